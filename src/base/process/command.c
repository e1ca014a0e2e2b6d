#include "base/process/command.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <uv.h>

#define WORDS_MAX      15
#define STREAMS        2 /* its stdout and stderr */
#define OUTPUT_WAIT_MS 500

struct child {
    uv_process_t process;
    uv_pipe_t streams[STREAMS];
    uv_timer_t timer;
    char *out;
    size_t used, cap;
    char spare[4096]; /* what does not fit is read all the same, so that the child can end */
    int64_t status;
    int signal_number;
    bool late;
};

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct child *c = handle->data;
    (void)suggested;
    *buf = uv_buf_init(c->spare, sizeof c->spare);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void close_streams(struct child *c)
{
    for (unsigned i = 0; i < STREAMS; i++)
        close_handle((uv_handle_t *)&c->streams[i]);
}

static void on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct child *c = stream->data;
    size_t room = c->cap - 1 - c->used, got = count > 0 ? (size_t)count : 0, fits = got < room ? got : room;
    if (fits > 0)
        memcpy(c->out + c->used, buf->base, fits);
    c->used += fits;
    c->out[c->used] = '\0';
    if (count < 0)
        close_handle((uv_handle_t *)stream);
}

static void on_timer(uv_timer_t *timer)
{
    struct child *c = timer->data;
    if (uv_is_active((uv_handle_t *)&c->process)) {
        c->late = true;
        (void)uv_process_kill(&c->process, SIGKILL);
    }
    close_streams(c);
}

/* A child of the child may keep the output open: it is waited for a little. */
static void on_ended(uv_process_t *process, int64_t status, int signal_number)
{
    struct child *c = process->data;
    c->status = status;
    c->signal_number = signal_number;
    close_handle((uv_handle_t *)process);
    (void)uv_timer_start(&c->timer, on_timer, OUTPUT_WAIT_MS, 0);
}

static int spawn(uv_loop_t *loop, struct child *c, const char *const *argv, const char *folder)
{
    char *words[WORDS_MAX + 1] = {0};
    for (unsigned i = 0; argv[i]; i++) {
        if (i == WORDS_MAX)
            return UV_E2BIG;
        memcpy(&words[i], &argv[i], sizeof words[i]); /* libuv takes char *, and does not write to it */
    }
    uv_stdio_container_t stdio[1 + STREAMS] = {{.flags = UV_IGNORE}};
    for (unsigned i = 0; i < STREAMS; i++)
        stdio[1 + i] = (uv_stdio_container_t){.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE),
                                              .data.stream = (uv_stream_t *)&c->streams[i]};
    uv_process_options_t options = {.file = argv[0],
                                    .args = words,
                                    .cwd = folder,
                                    .exit_cb = on_ended,
                                    .stdio = stdio,
                                    .stdio_count = 1 + STREAMS,
                                    .flags = UV_PROCESS_WINDOWS_HIDE};
    return uv_spawn(loop, &c->process, &options);
}

static bool goes_on(const struct child *c)
{
    bool reading = false;
    for (unsigned i = 0; i < STREAMS; i++)
        reading = reading || !uv_is_closing((const uv_handle_t *)&c->streams[i]);
    return reading || uv_is_active((const uv_handle_t *)&c->process);
}

static void run_loop(uv_loop_t *loop, struct child *c, uint32_t timeout_ms)
{
    for (unsigned i = 0; i < STREAMS; i++)
        if (uv_read_start((uv_stream_t *)&c->streams[i], give_room, on_output) != 0)
            close_handle((uv_handle_t *)&c->streams[i]);
    (void)uv_timer_start(&c->timer, on_timer, timeout_ms, 0);
    while (goes_on(c))
        (void)uv_run(loop, UV_RUN_ONCE);
}

bool command_run(const char *const *argv, const char *folder, uint32_t timeout_ms, char *out, size_t cap, int *status,
                 struct failure *failure)
{
    struct child c = {.out = out, .cap = cap};
    uv_loop_t loop;
    out[0] = '\0';
    int failed = uv_loop_init(&loop);
    if (failed)
        return failure_set(failure, ERR_SYSTEM, "%.100s: %s", argv[0], uv_strerror(failed));
    for (unsigned i = 0; i < STREAMS; i++) {
        (void)uv_pipe_init(&loop, &c.streams[i], 0);
        c.streams[i].data = &c;
    }
    (void)uv_timer_init(&loop, &c.timer);
    c.timer.data = &c;
    failed = spawn(&loop, &c, argv, folder);
    c.process.data = &c;
    if (!failed)
        run_loop(&loop, &c, timeout_ms);
    close_streams(&c);
    close_handle((uv_handle_t *)&c.process);
    close_handle((uv_handle_t *)&c.timer);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
    if (failed)
        return failure_set(failure, ERR_SYSTEM, "%.100s: %s", argv[0], uv_strerror(failed));
    if (c.late)
        return failure_explain(failure, ERR_SYSTEM, "%.100s did not end within %" PRIu32 " s",
                               "%.100s не завершилась за %" PRIu32 " с", argv[0], timeout_ms / 1000);
    if (c.signal_number)
        return failure_explain(failure, ERR_SYSTEM, "%.100s was ended by signal %d", "%.100s завершена сигналом %d",
                               argv[0], c.signal_number);
    *status = (int)c.status;
    return true;
}
