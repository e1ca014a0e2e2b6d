#include "base/process/child.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* What the child has written is there when it ends; this is for the loop to read it. */
#define LAST_OUTPUT_MS 300

#ifdef _WIN32
#define GROUP_FLAG 0
#else
#define GROUP_FLAG UV_PROCESS_DETACHED
#endif

struct child {
    struct child_handlers handlers;
    void *user;
    struct child_end end;
    uv_process_t process;
    uv_pipe_t pipes[CHILD_STREAMS];
    bool piped[CHILD_STREAMS];
    uv_timer_t timer;
    uv_write_t write;
    unsigned open_handles, outputs; /* outputs: that are not at their end */
    bool group, exited;
    struct output {
        char bytes[4096];
        size_t held; /* of a line that is not at its end yet */
    } output[CHILD_STREAMS];
};

static void handle_closed(uv_handle_t *handle)
{
    struct child *c = handle->data;
    if (--c->open_handles > 0)
        return;
    struct child_handlers handlers = c->handlers;
    struct child_end end = c->end;
    void *user = c->user;
    free(c);
    handlers.ended(&end, user);
}

static void close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, handle_closed);
}

static void close_all(struct child *c)
{
    close_handle(&c->timer);
    close_handle(&c->process);
    for (unsigned i = 0; i < CHILD_STREAMS; i++)
        if (c->piped[i])
            close_handle(&c->pipes[i]);
}

static void close_when_over(struct child *c)
{
    if (c->exited && c->outputs == 0)
        close_all(c);
}

static void on_timeout(uv_timer_t *timer)
{
    child_kill(timer->data);
}

/* How much of it goes on now. What comes on stdout and on stderr goes on in whole lines: zabbix_sender -vv writes a
 * line of stderr in three pieces, and has a process for each server. */
static size_t ready_count(const struct child *c, unsigned number)
{
    const struct output *o = &c->output[number];
    size_t count = o->held;
    if (number > 2 || o->held == sizeof o->bytes)
        return o->held;
    while (count > 0 && o->bytes[count - 1] != '\n')
        count--;
    return count;
}

static bool pass_on(struct child *c, unsigned number, size_t count)
{
    struct output *o = &c->output[number];
    bool wanted = count == 0 || c->handlers.output(o->bytes, count, c->user);
    o->held -= count;
    memmove(o->bytes, o->bytes + count, o->held);
    return wanted;
}

/* It is gone, but somebody whom it started holds its end of a pipe. */
static void on_output_timeout(uv_timer_t *timer)
{
    struct child *c = timer->data;
    for (unsigned i = 0; i < CHILD_STREAMS; i++)
        (void)pass_on(c, i, c->output[i].held);
    close_all(c);
}

static void on_child_exit(uv_process_t *process, int64_t status, int signal_number)
{
    struct child *c = process->data;
    c->exited = true;
    c->end.status = status;
    c->end.signal_number = signal_number;
    (void)uv_timer_start(&c->timer, on_output_timeout, LAST_OUTPUT_MS, 0);
    close_when_over(c);
}

static unsigned number_of(const struct child *c, const void *pipe)
{
    return (unsigned)((const uv_pipe_t *)pipe - c->pipes);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct child *c = handle->data;
    struct output *o = &c->output[number_of(c, handle)];
    (void)suggested;
    *buf = uv_buf_init(o->bytes + o->held, (unsigned)(sizeof o->bytes - o->held));
}

static void on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct child *c = stream->data;
    unsigned number = number_of(c, stream);
    (void)buf;
    if (count > 0)
        c->output[number].held += (size_t)count;
    bool wanted = pass_on(c, number, count < 0 ? c->output[number].held : ready_count(c, number));
    if (count >= 0 && wanted)
        return;
    (void)uv_read_stop(stream);
    c->outputs--;
    close_when_over(c);
}

static void on_written(uv_write_t *write, int status)
{
    struct child *c = write->data;
    (void)status; /* the exit of the child reports the error */
    close_handle(write->handle);
    (void)c;
}

static uv_stdio_container_t container(struct child *c, uv_loop_t *loop, unsigned number, enum child_stream stream)
{
    switch (stream) {
    case CHILD_INHERITED:
        return (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = (int)number};
    case CHILD_READS:
    case CHILD_WRITES:
        (void)uv_pipe_init(loop, &c->pipes[number], 0);
        c->pipes[number].data = c;
        c->piped[number] = true;
        c->open_handles++;
        return (uv_stdio_container_t){
            .flags = (uv_stdio_flags)(UV_CREATE_PIPE | (stream == CHILD_READS ? UV_READABLE_PIPE : UV_WRITABLE_PIPE)),
            .data.stream = (uv_stream_t *)&c->pipes[number]};
    case CHILD_NOTHING:
        break;
    }
    return (uv_stdio_container_t){.flags = UV_IGNORE};
}

static int spawn(struct child *c, uv_loop_t *loop, const struct child_options *o)
{
    char *args[CHILD_ARGS_MAX + 1] = {NULL};
    uv_stdio_container_t stdio[CHILD_STREAMS];
    for (unsigned i = 0; i < CHILD_STREAMS; i++)
        stdio[i] = container(c, loop, i, o->streams[i]);
    /* libuv takes char *, and does not write to it. */
    for (unsigned i = 0; o->args[i]; i++)
        memcpy(&args[i], &o->args[i], sizeof args[i]);
    uv_process_options_t options = {.exit_cb = on_child_exit,
                                    .file = o->file,
                                    .args = args,
                                    .cwd = o->folder,
                                    .flags = UV_PROCESS_WINDOWS_HIDE | (o->group ? GROUP_FLAG : 0U),
                                    .stdio = stdio,
                                    .stdio_count = CHILD_STREAMS};
    int status = uv_spawn(loop, &c->process, &options);
    c->process.data = c;
    return status;
}

static int start_stream(struct child *c, const struct child_options *o, unsigned number)
{
    uv_stream_t *stream = (uv_stream_t *)&c->pipes[number];
    if (o->streams[number] == CHILD_READS) {
        uv_buf_t buf = uv_buf_init((char *)(uintptr_t)o->input, (unsigned)o->input_count);
        c->write.data = c;
        return uv_write(&c->write, stream, &buf, 1, on_written);
    }
    int status = uv_read_start(stream, on_alloc, on_output);
    c->outputs += status == 0;
    return status;
}

static bool has_too_many_arguments(const struct child_options *o)
{
    unsigned count = 0;
    while (count <= CHILD_ARGS_MAX && o->args[count])
        count++;
    return count > CHILD_ARGS_MAX;
}

struct child *child_start(uv_loop_t *loop, const struct child_options *o, const struct child_handlers *handlers,
                          void *user)
{
    struct child *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->handlers = *handlers;
    c->user = user;
    c->group = o->group;
    uv_update_time(loop);
    (void)uv_timer_init(loop, &c->timer);
    c->timer.data = c;
    if (has_too_many_arguments(o)) {
        c->end.error = UV_E2BIG;
        c->open_handles = 1;
        close_handle(&c->timer);
        return c;
    }
    c->open_handles = 2; /* with the process, which libuv wants closed even when it did not start */
    c->end.error = spawn(c, loop, o);
    if (c->end.error != 0) {
        close_all(c);
        return c;
    }
    if (o->timeout_ms > 0)
        (void)uv_timer_start(&c->timer, on_timeout, o->timeout_ms, 0);
    for (unsigned i = 0; i < CHILD_STREAMS && c->end.error == 0; i++)
        if (c->piped[i])
            c->end.error = start_stream(c, o, i);
    if (c->end.error != 0)
        child_kill(c);
    return c;
}

void child_kill(struct child *c)
{
    if (c->exited || uv_is_closing((uv_handle_t *)&c->process))
        return;
    c->end.killed = true;
    if (!c->group || uv_kill(-c->process.pid, SIGKILL) != 0)
        (void)uv_process_kill(&c->process, SIGKILL);
}

int child_detach(const char *file, char **args)
{
    uv_loop_t loop;
    uv_process_t process;
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_IGNORE}};
    uv_process_options_t options = {
        .file = file, .args = args, .flags = UV_PROCESS_DETACHED, .stdio = stdio, .stdio_count = 3};
    int status = uv_loop_init(&loop);
    if (status != 0)
        return status;
    status = uv_spawn(&loop, &process, &options);
    if (status == 0)
        uv_unref((uv_handle_t *)&process);
    uv_close((uv_handle_t *)&process, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
    return status;
}
