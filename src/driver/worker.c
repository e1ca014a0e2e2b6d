#include "driver/worker.h"
#include "base/system_error.h"

#include "base/log.h"
#include "driver/worker_wire.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A message is a packed snapshot and its head: no worker of ours sends more. */
#define INPUT_MAX (sizeof(struct worker_message) + sizeof(struct snapshot) + SNAPSHOT_TEXT_MAX)

/* What the child has written is there when it ends; this is for the loop to read it. */
#define LAST_WORDS_MS 200

enum { STREAM_ORDER, STREAM_RESULT, STREAMS };

struct worker {
    struct snapshot *out;
    worker_done *done;
    void *user;
    struct worker_driver *driver; /* DESCRIBE */
    struct worker_order order;
    uv_process_t process;
    uv_pipe_t streams[STREAMS];
    uv_timer_t timer;
    uv_write_t write;
    unsigned open_handles;
    bool spawned, exited, ended; /* ended: the result pipe is at its end */
    bool killed, closing;
    int64_t exit_status;
    int exit_signal;
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
    else if (w->exit_signal)
        failure_explain(f, ERR_DRIVER_CRASHED, "signal %d ", "сигнал %d ", w->exit_signal);
    else
        failure_explain(f, ERR_DRIVER_CRASHED, "exit status %lld ", "код завершения %lld ", (long long)w->exit_status);
    failure_append(f, english, russian);
}

/* What the child left behind, as one result. */
static void conclude(struct worker *w)
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
        log_warn("driver: all was read, but libfptr_close %s", w->killed ? "did not return" : "crashed");
        return;
    }
    if (f->code != ERR_NONE)
        return;
    if (values && w->killed)
        failure_explain(f, ERR_PARTIAL, "%s did not return in time, nor was anything after it asked",
                        "%s не вернулся вовремя, дальше ничего не спрошено", w->message.next);
    else
        explain_end(w, f);
}

static void handle_closed(uv_handle_t *handle)
{
    struct worker *w = handle->data;
    if (--w->open_handles > 0)
        return;
    conclude(w);
    struct snapshot *out = w->out;
    worker_done *done = w->done;
    void *user = w->user;
    free(w);
    done(out, user);
}

static void close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, handle_closed);
}

static void close_all(struct worker *w)
{
    if (w->closing)
        return;
    w->closing = true;
    close_handle(&w->timer);
    close_handle(&w->process);
    for (unsigned i = 0; i < STREAMS; i++)
        close_handle(&w->streams[i]);
}

/* The child is gone and all that it said has been heard. */
static void close_when_over(struct worker *w)
{
    if (w->exited && w->ended)
        close_all(w);
}

static void kill_child(struct worker *w)
{
    w->killed = true;
    if (w->spawned && !w->exited)
        (void)uv_process_kill(&w->process, SIGKILL);
    else
        close_all(w);
}

static void on_deadline(uv_timer_t *timer)
{
    kill_child(timer->data);
}

/* The child is gone, but somebody whom it started holds its end of the pipe. */
static void on_nobody_left(uv_timer_t *timer)
{
    close_all(timer->data);
}

static void on_child_exit(uv_process_t *process, int64_t status, int signal_number)
{
    struct worker *w = process->data;
    w->exited = true;
    w->exit_status = status;
    w->exit_signal = signal_number;
    (void)uv_timer_start(&w->timer, on_nobody_left, LAST_WORDS_MS, 0);
    close_when_over(w);
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

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct worker *w = handle->data;
    (void)suggested;
    *buf = uv_buf_init(w->input + w->used, (unsigned)(sizeof w->input - w->used));
}

static void on_result(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct worker *w = stream->data;
    (void)buf;
    if (count > 0)
        w->used += (size_t)count;
    if (count >= 0 && read_messages(w))
        return;
    if (count >= 0)
        failure_explain(&w->out->failure, ERR_DRIVER_CRASHED, "its process sent no proper message",
                        "его процесс передал не сообщение");
    (void)uv_read_stop(stream);
    w->ended = true;
    close_when_over(w);
}

static void on_order_written(uv_write_t *write, int status)
{
    struct worker *w = write->data;
    (void)status; /* a child that is gone tells itself by its exit */
    close_handle(&w->streams[STREAM_ORDER]);
}

static int start_child(uv_loop_t *loop, struct worker *w)
{
    char file[4096];
    char command[] = "worker";
    size_t length = sizeof file;
    int status = uv_exepath(file, &length);
    if (status != 0)
        return status;
    char *arguments[] = {file, command, NULL};
    uv_stdio_container_t stdio[WORKER_FD + 1] = {
        {.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_READABLE_PIPE),
         .data.stream = (uv_stream_t *)&w->streams[STREAM_ORDER]       },
        {.flags = UV_IGNORE                                          },
        {.flags = UV_IGNORE                                                           },
        {.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE),
         .data.stream = (uv_stream_t *)&w->streams[STREAM_RESULT]},
    };
    if (log_get_level() >= LOG_LEVEL_DEBUG)
        stdio[2] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = 2};
    uv_process_options_t options = {.exit_cb = on_child_exit,
                                    .file = file,
                                    .args = arguments,
                                    .flags = UV_PROCESS_WINDOWS_HIDE,
                                    .stdio_count = WORKER_FD + 1,
                                    .stdio = stdio};
    return uv_spawn(loop, &w->process, &options);
}

static void run(uv_loop_t *loop, struct worker *w, const struct worker_ask *ask)
{
    int status = start_child(loop, w);
    if (status != 0) {
        failure_system(&w->out->failure, ERR_SYSTEM, "zabbix-atol worker", status);
        close_all(w);
        return;
    }
    w->spawned = true;
    uv_buf_t order = uv_buf_init((char *)&w->order, sizeof w->order);
    w->write.data = w;
    if (uv_write(&w->write, (uv_stream_t *)&w->streams[STREAM_ORDER], &order, 1, on_order_written) != 0 ||
        uv_read_start((uv_stream_t *)&w->streams[STREAM_RESULT], give_room, on_result) != 0) {
        failure_explain(&w->out->failure, ERR_SYSTEM, "no connection to the driver's process",
                        "нет связи с процессом драйвера");
        w->ended = true;
        kill_child(w);
        return;
    }
    (void)uv_timer_start(&w->timer, on_deadline, ask->timeout_ms, 0);
}

static struct worker *start(uv_loop_t *loop, const struct worker_ask *ask, struct worker *w, struct snapshot *out,
                            worker_done *done, void *user)
{
    w->out = out;
    w->done = done;
    w->user = user;
    w->order.magic = WORKER_MAGIC;
    w->order.size = sizeof w->order;
    w->order.ask.connect = ask->connect;
    w->order.ask.wanted = ask->wanted;
    memcpy(w->order.ask.password, ask->password, sizeof w->order.ask.password);
    w->order.ask.budget_ms = ask->timeout_ms - ask->timeout_ms / 10;
    w->order.lifetime_s = ask->timeout_ms / 1000 + 3;
    uv_update_time(loop);
    (void)uv_timer_init(loop, &w->timer);
    uv_handle_t *handles[] = {(uv_handle_t *)&w->timer, (uv_handle_t *)&w->process,
                              (uv_handle_t *)&w->streams[STREAM_ORDER], (uv_handle_t *)&w->streams[STREAM_RESULT]};
    for (unsigned i = 0; i < STREAMS; i++)
        (void)uv_pipe_init(loop, &w->streams[i], 0);
    for (unsigned i = 0; i < sizeof handles / sizeof handles[0]; i++)
        handles[i]->data = w;
    w->open_handles = sizeof handles / sizeof handles[0];
    run(loop, w, ask);
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

struct worker *worker_describe_start(uv_loop_t *loop, const struct worker_ask *ask, struct worker_driver *driver,
                                     struct snapshot *out, worker_done *done, void *user)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->order.task = WORKER_DESCRIBE;
    w->driver = driver;
    return start(loop, ask, w, out, done, user);
}

void worker_cancel(struct worker *worker)
{
    failure_set(&worker->out->failure, ERR_CANCELLED, "%s", worker->order.ask.connect.text);
    kill_child(worker);
}
