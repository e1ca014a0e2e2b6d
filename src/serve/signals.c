#include "serve/signals.h"

#include "base/log.h"
#include "base/system_error.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

/* On Windows SIGHUP is the closing of the window. */
#ifdef _WIN32
#define HANGUP_RELOADS false
#else
#define HANGUP_RELOADS true
#endif

static void on_terminate(uv_signal_t *signal, int number)
{
    struct signals *s = signal->data;
    (void)number;
    s->handlers->stop(s->user);
}

static void on_hangup(uv_signal_t *signal, int number)
{
    struct signals *s = signal->data;
    if (HANGUP_RELOADS)
        s->handlers->reload(s->user);
    else
        on_terminate(signal, number);
}

static void give_input_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    static char bytes[64];
    (void)handle, (void)suggested;
    *buf = uv_buf_init(bytes, sizeof bytes);
}

/* The end of the input is the end; a line `reload` is what SIGHUP is elsewhere. */
static void on_input(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    static const char command[] = "reload\n";
    struct signals *s = stream->data;
    if (count < 0)
        s->handlers->stop(s->user);
    else if ((size_t)count >= sizeof command - 1 && memcmp(buf->base, command, sizeof command - 1) == 0)
        s->handlers->reload(s->user);
}

static void watch_input(struct signals *s, uv_loop_t *loop)
{
    (void)uv_pipe_init(loop, &s->input, 0);
    s->input.data = s;
    int status = uv_pipe_open(&s->input, 0);
    if (status == 0)
        status = uv_read_start((uv_stream_t *)&s->input, give_input_buffer, on_input);
    if (status != 0)
        log_warn("--stop-on-eof: standard input is not a pipe: %s", "--stop-on-eof: стандартный ввод — не канал: %s",
                 system_error_text(status, log_language()));
}

static const struct {
    size_t offset;
    int number;
    uv_signal_cb callback;
} rows[] = {
    {offsetof(struct signals, hangup),    SIGHUP,   on_hangup   },
    {offsetof(struct signals, terminate), SIGTERM,  on_terminate},
    {offsetof(struct signals, interrupt), SIGINT,   on_terminate},
#ifdef SIGBREAK
    {offsetof(struct signals, broken),    SIGBREAK, on_terminate},
#endif
};

#define ROWS (sizeof rows / sizeof rows[0])

static uv_signal_t *signal_at(struct signals *s, unsigned row)
{
    return (uv_signal_t *)(void *)((char *)s + rows[row].offset);
}

void signals_start(struct signals *s, uv_loop_t *loop, const struct signal_handlers *handlers, bool stop_on_eof,
                   void *user)
{
    s->handlers = handlers;
    s->user = user;
    for (unsigned i = 0; i < ROWS; i++) {
        uv_signal_t *signal = signal_at(s, i);
        (void)uv_signal_init(loop, signal);
        signal->data = s;
        (void)uv_signal_start(signal, rows[i].callback, rows[i].number);
    }
    s->reads_input = stop_on_eof;
    if (stop_on_eof)
        watch_input(s, loop);
}

void signals_end(struct signals *s)
{
    for (unsigned i = 0; i < ROWS; i++)
        uv_close((uv_handle_t *)signal_at(s, i), NULL);
    if (s->reads_input)
        uv_close((uv_handle_t *)&s->input, NULL);
}
