/* The task buffer of a protocol 3 register (protocol-3.md §2). */
#include "answer3.h"
#include "dialogue.h"

#include <stdlib.h>
#include <string.h>

static void send_frame(struct conn *conn, uint32_t delay_ms, uint8_t id, const uint8_t *data, size_t count,
                       const struct fault *fault, const char *name)
{
    uint8_t wire[ATOL3_FRAME_ROOM(ATOL3_DATA_MAX)];
    size_t length = atol3_frame_encode(id, data, count, wire, sizeof wire);
    conn_send(conn, delay_ms, wire, length, fault, name);
}

static void send_status(struct conn *conn, uint8_t id, uint8_t status, const char *name)
{
    send_frame(conn, 0, id, &status, 1, NULL, name);
}

static struct task *find(struct conn *conn, uint8_t tid)
{
    for (unsigned i = 0; i < TASKS_MAX; i++)
        if (conn->device->tasks[i].used && conn->device->tasks[i].tid == tid)
            return &conn->device->tasks[i];
    return NULL;
}

static struct task *find_free(struct conn *conn)
{
    for (unsigned i = 0; i < TASKS_MAX; i++)
        if (!conn->device->tasks[i].used)
            return &conn->device->tasks[i];
    return NULL;
}

/* `55 code ext` with a code is an error; 3F, A5 and 45 have forms of their own. */
static bool is_error(const uint8_t *task, const struct answer *a)
{
    return task[0] != 0x45 && a->count >= 2 && a->bytes[0] == 0x55 && a->bytes[1] != 0x00;
}

/* False: the task failed. */
static bool execute(struct conn *conn, const struct fault *fault, const uint8_t *task, size_t count, struct answer *a)
{
    requests3_answer(&conn->device->kkt, task, count, a);
    enum fault_kind kind = fault ? fault->kind : FAULT_NONE;
    if (kind == FAULT_ERROR) {
        unsigned long code = strtoul(fault->text, NULL, 16);
        if (code > 0xFF) { /* EE and its extended code, for 91 37 */
            conn->device->kkt.extended_command = task[0];
            conn->device->kkt.extended_error = (uint16_t)code;
            code >>= 16;
        }
        answer3_fail(a, (unsigned)code);
        return false;
    }
    if (kind == FAULT_BUSY) {
        answer3_fail(a, 0x76);
        return false;
    }
    bool good = !is_error(task, a);
    if (kind == FAULT_FEW && fault->number < a->count) {
        a->count = fault->number;
    } else if (kind == FAULT_MANY) {
        answer_bytes(a, "\x99\xFE\xFD\x99", 4);
    }
    return good;
}

static void send_result(struct conn *conn, uint32_t delay_ms, uint8_t id, const struct task *task,
                        const struct fault *fault, const char *name)
{
    struct answer data = {0};
    if (id == ATOL3_ID_PUSHED) {
        answer_byte(&data, task->error ? ATOL3_PUSHED_ERROR : ATOL3_PUSHED_RESULT);
        answer_byte(&data, task->tid);
    } else {
        answer_byte(&data, task->error ? ATOL3_ERROR : ATOL3_RESULT);
    }
    answer_bytes(&data, task->answer.bytes, task->answer.count);
    if (fault && fault->kind == FAULT_EMPTY)
        data.count = 0;
    if (fault && fault->kind == FAULT_WRONG_ID)
        id = (uint8_t)(id + 1);
    send_frame(conn, delay_ms, id, data.bytes, data.count, fault, name);
}

/* A result of somebody else's task, as one of an earlier connection that comes late. */
static void send_foreign(struct conn *conn, uint8_t tid, const char *name)
{
    const uint8_t data[] = {ATOL3_PUSHED_RESULT, (uint8_t)(tid ^ 1), 0x55, 0x00, 0x99, 0x99, 0x99, 0x99, 0x99, 0x99};
    send_frame(conn, 0, ATOL3_ID_PUSHED, data, sizeof data, NULL, name);
}

/* Faults that a status of its own stands for; 0 for the others. */
static uint8_t status_of(const struct fault *fault)
{
    switch (fault ? fault->kind : FAULT_NONE) {
    case FAULT_FULL:
        return ATOL3_BUFFER_FULL;
    case FAULT_STOPPED:
        return ATOL3_STOPPED;
    case FAULT_EXISTS:
        return ATOL3_TASK_EXISTS;
    default:
        return 0;
    }
}

/* In a strict buffer a task that fails without the flag "go on" stops all others until C4. */
static void block_task_buffer(struct conn *conn, uint8_t flags, bool good)
{
    if (conn->strict && !good && !(flags & ATOL3_FLAG_GO_ON))
        conn->device->stopped = true;
}

static void add(struct conn *conn, uint8_t id, uint8_t flags, uint8_t tid, const uint8_t *body, size_t count)
{
    /* password, 2 bytes, then the command */
    const uint8_t *command = body + 2;
    char name[24];
    requests3_name(command, count - 2, name, sizeof name);
    const struct fault *fault = fault_match(conn->faults, name);
    if (fault && fault->kind == FAULT_LOST_REQUEST)
        return;
    uint8_t status = status_of(fault);
    struct task *task = find_free(conn);
    if (!status && conn->device->stopped)
        status = ATOL3_STOPPED;
    if (!status && find(conn, tid))
        status = ATOL3_TASK_EXISTS;
    if (!status && !task)
        status = ATOL3_BUFFER_FULL;
    if (status) {
        send_status(conn, id, status, name);
        return;
    }
    bool good = execute(conn, fault, command, count - 2, &task->answer);
    task->used = true;
    task->tid = tid;
    task->ready_at = uv_now(conn->loop) + conn->latency_ms;
    task->error = !good;
    block_task_buffer(conn, flags, good);
    switch (fault ? fault->kind : FAULT_NONE) {
    case FAULT_LOST_ANSWER:
        return;
    case FAULT_PENDING:
        send_status(conn, id, ATOL3_PENDING, name);
        send_result(conn, conn->latency_ms + fault->number, ATOL3_ID_PUSHED, task, NULL, name);
        return;
    case FAULT_LATE:
        send_result(conn, conn->latency_ms + fault->number, ATOL3_ID_PUSHED, task, NULL, name);
        return;
    case FAULT_PROGRESS:
        task->ready_at += fault->number;
        send_status(conn, id, ATOL3_IN_PROGRESS, name);
        return;
    case FAULT_FOREIGN:
        send_foreign(conn, tid, name);
        break;
    default:
        break;
    }
    if (conn->strict) {
        send_status(conn, id, ATOL3_IN_PROGRESS, name);
        id = ATOL3_ID_PUSHED;
    }
    send_result(conn, conn->latency_ms, id, task, fault, name);
}

static void request_result(struct conn *conn, uint8_t id, uint8_t tid)
{
    const struct task *task = find(conn, tid);
    if (!task)
        send_status(conn, id, ATOL3_TASK_UNKNOWN, "req");
    else if (uv_now(conn->loop) < task->ready_at)
        send_status(conn, id, ATOL3_IN_PROGRESS, "req");
    else
        send_result(conn, 0, id, task, NULL, "req");
}

/* Is there such a task? It is no more. */
static bool acknowledge(struct conn *conn, uint8_t tid)
{
    struct task *task = find(conn, tid);
    if (task)
        task->used = false;
    return task != NULL;
}

static const char *frame_name(const uint8_t *data, size_t count, char buf[24])
{
    static const char *const names[] = {"add", "ack", "req", "abort", "ack-add"};
    size_t at = count > 0 && data[0] == ATOL3_ACKNOWLEDGE_ADD ? 6 : 5;
    if (count > at && (data[0] == ATOL3_ADD || data[0] == ATOL3_ACKNOWLEDGE_ADD)) {
        requests3_name(data + at, count - at, buf, 24);
        return buf;
    }
    return count > 0 && data[0] >= ATOL3_ADD && data[0] <= ATOL3_ACKNOWLEDGE_ADD ? names[data[0] - ATOL3_ADD]
                                                                                 : "unknown";
}

void dialogue3_frame(struct conn *conn, uint8_t id, const uint8_t *data, size_t count)
{
    uint8_t wire[ATOL3_FRAME_ROOM(ATOL3_DATA_MAX)];
    char buf[24];
    size_t length = atol3_frame_encode(id, data, count, wire, sizeof wire);
    conn_log(conn, '>', frame_name(data, count, buf), wire, length);
    if (count == 0)
        return;
    switch (data[0]) {
    case ATOL3_ADD:
        if (count > 5)
            add(conn, id, data[1], data[2], data + 3, count - 3);
        break;
    case ATOL3_ACKNOWLEDGE: {
        bool known = count > 1 && acknowledge(conn, data[1]);
        send_status(conn, id, known || !conn->strict ? ATOL3_RESULT : ATOL3_TASK_UNKNOWN, "ack");
        break;
    }
    case ATOL3_REQUEST:
        if (count > 1)
            request_result(conn, id, data[1]);
        break;
    case ATOL3_ABORT:
        for (unsigned i = 0; i < TASKS_MAX; i++)
            conn->device->tasks[i].used = false;
        conn->device->stopped = false;
        send_status(conn, id, ATOL3_RESULT, "abort");
        break;
    case ATOL3_ACKNOWLEDGE_ADD:
        if (count > 6) {
            (void)acknowledge(conn, data[1]);
            add(conn, id, data[2], data[3], data + 4, count - 4);
        }
        break;
    default:
        break;
    }
}
