#include "driver/worker.h"
#include "base/system_error.h"

#include "base/log.h"
#include "base/process/background.h"
#include "base/process/child.h"
#include "base/process/executable.h"
#include "driver/abi/abi.h"
#include "driver/guard.h"
#include "driver/worker_wire.h"
#include "link/key.h"
#include "link/turn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel may take its time with a register that has just been reset. */
#define RESTORE_MAX_MS 2000

/* A message is a packed snapshot and its head: no worker of ours sends more. */
#define INPUT_MAX (sizeof(struct worker_message) + sizeof(struct snapshot) + SNAPSHOT_TEXT_MAX)

/* One task of the driver: its turn, a look at who holds the port, the child, what is put right behind it. */
struct worker {
    uv_loop_t *loop;
    struct snapshot *out;
    worker_done *done;
    void *user;
    struct fptr_driver *driver;    /* DESCRIBE */
    const struct connect *connect; /* held */
    struct worker_order order;
    uv_timer_t timer; /* waits for the turn, then keeps the deadline of the check */
    uint64_t deadline_ms;
    struct turn turn;
    char key[TURN_KEY_MAX];
    struct guard *guard; /* owned; the thread's while `checking` or `restoring` runs */
    struct background *checking, *restoring;
    struct child *child;
    bool started, killed;
    struct child_end end;
    bool has_message; /* `message` and `latest` are filled */
    struct worker_message message;
    struct snapshot latest;
    size_t used;
    char input[INPUT_MAX];
};

/* How it ended, and what it was doing. */
static void explain_end(const struct worker *w, struct failure *f)
{
    char english[64] = "while the library was loaded or the register opened";
    char russian[120] = "при загрузке библиотеки или открытии ККТ";
    if (w->has_message && w->message.next[0]) {
        (void)snprintf(english, sizeof english, "in %s", w->message.next);
        (void)snprintf(russian, sizeof russian, "в %s", w->message.next);
    }
    if (w->killed)
        failure_set(f, ERR_DRIVER_HUNG, "%s", "");
    else if (w->end.signal_number)
        failure_explain(f, ERR_DRIVER_CRASHED, "signal %d ", "сигнал %d ", w->end.signal_number);
    else
        failure_explain(f, ERR_DRIVER_CRASHED, "exit status %lld ", "код выхода %lld ", (long long)w->end.status);
    failure_append(f, english, russian);
}

/* What the child left behind, as one result. */
static void build_result(struct worker *w)
{
    struct failure *f = &w->out->failure;
    bool values = w->has_message && !metric_set_empty(&w->latest.present);
    bool closing = w->has_message && strcmp(w->message.next, "close") == 0;
    if (w->has_message && (w->message.last || closing || (values && w->killed && f->code == ERR_NONE)))
        *w->out = w->latest;
    fptr_reconcile(w->out);
    if (w->has_message && w->message.last) {
        if (w->driver)
            *w->driver = w->message.driver;
        return;
    }
    if (closing) {
        if (w->killed)
            log_warn("driver: everything was read, but libfptr_close did not return",
                     "драйвер: всё прочитано, но libfptr_close не вернулся");
        else
            log_warn("driver: everything was read, but libfptr_close crashed",
                     "драйвер: всё прочитано, но libfptr_close аварийно завершился");
        return;
    }
    if (f->code != ERR_NONE)
        return;
    if (values && w->killed)
        failure_explain(f, ERR_PARTIAL, "%s did not return in time; nothing after it was requested",
                        "%s не вернулся вовремя, остальное не запрошено", w->message.next);
    else
        explain_end(w, f);
}

static void timer_closed(uv_handle_t *handle)
{
    struct worker *w = handle->data;
    turn_release(&w->turn);
    if (w->started)
        build_result(w);
    struct snapshot *out = w->out;
    worker_done *done = w->done;
    void *user = w->user;
    guard_free(w->guard);
    connect_release(w->connect);
    free(w);
    done(out, user);
}

static void finish(struct worker *w)
{
    if (!uv_is_closing((uv_handle_t *)&w->timer))
        uv_close((uv_handle_t *)&w->timer, timer_closed);
}

/* Takes the whole messages out of the input. False when it holds something else. */
static bool read_messages(struct worker *w)
{
    struct worker_message head;
    size_t at = 0;
    while (w->used - at >= sizeof head) {
        memcpy(&head, w->input + at, sizeof head);
        if (head.magic != WORKER_MAGIC || head.size > INPUT_MAX - sizeof head)
            return false;
        if (w->used - at - sizeof head < head.size)
            break;
        if (!snapshot_unpack(&w->latest, w->input + at + sizeof head, head.size))
            return false;
        w->message = head;
        w->has_message = true;
        at += sizeof head + head.size;
    }
    memmove(w->input, w->input + at, w->used - at);
    w->used -= at;
    return true;
}

static bool on_output(const char *bytes, size_t count, void *user)
{
    struct worker *w = user;
    while (count > 0) {
        size_t room = sizeof w->input - w->used, taken = count < room ? count : room;
        memcpy(w->input + w->used, bytes, taken);
        w->used += taken;
        bytes += taken;
        count -= taken;
        if (taken == 0 || !read_messages(w)) {
            failure_explain(&w->out->failure, ERR_DRIVER_CRASHED, "its process sent a malformed message",
                            "его процесс передал неразборчивое сообщение");
            return false;
        }
    }
    return true;
}

static void on_restored(void *data)
{
    struct worker *w = ((struct guard *)data)->owner;
    w->restoring = NULL;
    finish(w);
}

static void on_restore_late(uv_timer_t *timer)
{
    struct worker *w = timer->data;
    background_abandon(w->restoring, guard_free);
    w->restoring = NULL;
    w->guard = NULL;
    finish(w);
}

static void cannot_start(struct worker *w, int status)
{
    struct failure *f = &w->out->failure;
    failure_words(f, system_error_is_shortage(status) ? ERR_LOCAL_SHORTAGE : ERR_SYSTEM, status);
    failure_prepend(f, f->code, "cannot start the driver's process: ", "не запускается процесс драйвера: ");
}

static void on_ended(const struct child_end *end, void *user)
{
    struct worker *w = user;
    w->child = NULL;
    w->end = *end;
    w->killed = w->killed || end->killed;
    if (end->error != 0 && w->out->failure.code == ERR_NONE)
        cannot_start(w, end->error);
    w->restoring = w->guard->path[0] ? background_start(w->loop, guard_restore, on_restored, w->guard) : NULL;
    if (w->restoring)
        (void)uv_timer_start(&w->timer, on_restore_late, RESTORE_MAX_MS, 0);
    else
        finish(w);
}

static uint32_t left_ms(const struct worker *w)
{
    uint64_t now = uv_now(w->loop);
    return w->deadline_ms > now ? (uint32_t)(w->deadline_ms - now) : 0;
}

static void start_child(struct worker *w)
{
    static const struct child_handlers handlers = {on_output, on_ended};
    char file[4096];
    static const char *const args[] = {"zabbix-atol", "worker", NULL};
    uint32_t left = left_ms(w);
    w->order.budget_ms = left - left / 10;
    w->order.lifetime_s = left / 1000 + 3;
    struct child_options options = {
        .file = file,
        .args = args,
        .streams = {CHILD_READS, CHILD_NOTHING, CHILD_NOTHING, CHILD_WRITES},
        .input = &w->order,
        .input_count = sizeof w->order,
        .timeout_ms = left,
    };
    if (log_get_level() >= LOG_LEVEL_DEBUG)
        options.streams[2] = CHILD_INHERITED;
    if (left > 0 && executable_path(file, sizeof file)) {
        w->started = true;
        w->child = child_start(w->loop, &options, &handlers, w);
        if (w->child)
            return;
        failure_set(&w->out->failure, ERR_NO_MEMORY, "%s", w->connect->text);
    } else if (left == 0) {
        failure_set(&w->out->failure, ERR_DRIVER_HUNG, "%s", w->connect->text);
    } else {
        failure_explain(&w->out->failure, ERR_SYSTEM, "the system does not report the path of this program",
                        "система не сообщает файл этой программы");
    }
    finish(w);
}

static void on_checked(void *data)
{
    struct guard *guard = data;
    struct worker *w = guard->owner;
    w->checking = NULL;
    (void)uv_timer_stop(&w->timer);
    if (w->killed || guard->failure.code != ERR_NONE) {
        if (!w->killed)
            w->out->failure = guard->failure;
        finish(w);
        return;
    }
    start_child(w);
}

/* The system does not answer who holds the port. */
static void on_check_late(uv_timer_t *timer)
{
    struct worker *w = timer->data;
    background_abandon(w->checking, guard_free);
    w->checking = NULL;
    w->guard = NULL;
    failure_set(&w->out->failure, ERR_CONNECT_TIMEOUT, "%s", w->connect->text);
    finish(w);
}

static void check(struct worker *w)
{
    w->checking = background_start(w->loop, guard_check, on_checked, w->guard);
    if (w->checking) {
        (void)uv_timer_start(&w->timer, on_check_late, left_ms(w), 0);
        return;
    }
    failure_set(&w->out->failure, ERR_NO_MEMORY, "%s", w->connect->text);
    finish(w);
}

/* From the loop, so that no callback is called from inside worker_start; again while another poll has the turn. */
static void on_begin(uv_timer_t *timer)
{
    struct worker *w = timer->data;
    if (!fptr_is_built(&w->out->failure)) { /* a child could say no more */
        finish(w);
    } else if (w->order.task == WORKER_DESCRIBE) {
        start_child(w);
    } else if (!w->key[0] || turn_acquire(&w->turn, w->key)) {
        check(w);
    } else if (left_ms(w) > 0) {
        (void)uv_timer_start(timer, on_begin, TURN_STEP_MS, 0);
    } else {
        turn_explain(w->key, w->connect->text, &w->out->failure);
        finish(w);
    }
}

static struct worker *start(uv_loop_t *loop, const struct worker_ask *ask, struct worker *w, struct snapshot *out,
                            worker_done *done, void *user)
{
    w->guard = calloc(1, sizeof *w->guard);
    if (!w->guard) {
        free(w);
        return NULL;
    }
    w->loop = loop;
    w->out = out;
    w->done = done;
    w->user = user;
    w->connect = connect_hold(ask->connect);
    w->guard->connect = connect_hold(ask->connect);
    w->guard->owner = w;
    w->order.magic = WORKER_MAGIC;
    w->order.size = sizeof w->order;
    (void)snprintf(w->order.connect, sizeof w->order.connect, "%s", ask->connect->text);
    w->order.wanted = ask->wanted;
    memcpy(w->order.password, ask->password, sizeof w->order.password);
    turn_init(&w->turn);
    key_of(ask->connect, w->key);
    uv_update_time(loop);
    w->deadline_ms = uv_now(loop) + ask->timeout_ms;
    (void)uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    (void)uv_timer_start(&w->timer, on_begin, 0, 0);
    return w;
}

struct worker *worker_start(uv_loop_t *loop, const struct worker_ask *ask, struct snapshot *out, worker_done *done,
                            void *user)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->order.task = WORKER_READ;
    return start(loop, ask, w, out, done, user);
}

struct worker *worker_control_start(uv_loop_t *loop, const struct worker_ask *ask, enum kkt_control_action action,
                                    const struct civil *clock, struct snapshot *out, worker_done *done, void *user)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->order.task = WORKER_CONTROL;
    w->order.action = action;
    if (clock)
        w->order.clock = *clock;
    return start(loop, ask, w, out, done, user);
}

struct worker *worker_describe_start(uv_loop_t *loop, const struct worker_ask *ask, struct fptr_driver *driver,
                                     struct snapshot *out, worker_done *done, void *user)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->order.task = WORKER_DESCRIBE;
    w->driver = driver;
    return start(loop, ask, w, out, done, user);
}

void worker_cancel(struct worker *w)
{
    if (w->killed)
        return;
    w->killed = true;
    failure_set(&w->out->failure, ERR_CANCELLED, "%s", w->connect->text);
    if (w->child)
        child_kill(w->child);
    else if (!w->checking && !w->restoring) /* both end soon by themselves */
        finish(w);
}
