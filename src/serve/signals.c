#include "serve/signals.h"

#include "base/system_error.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

#define STANDARD_INPUT 0

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

bool signals_can_watch_input(struct failure *failure)
{
    uv_handle_type type = uv_guess_handle(STANDARD_INPUT);
    if (type == UV_NAMED_PIPE || type == UV_TCP || type == UV_TTY)
        return true;
    return failure_explain(failure, ERR_USAGE,
                           "--stop-on-eof: standard input is a file, a device or closed, its end cannot be waited for. "
                           "Give serve a pipe as its input, or leave out --stop-on-eof.",
                           "--stop-on-eof: стандартный ввод — файл, устройство или закрыт, ждать его конца нельзя. "
                           "Подайте на вход serve канал или уберите --stop-on-eof.");
}

static int open_input(struct signals *s, uv_loop_t *loop)
{
    if (uv_guess_handle(STANDARD_INPUT) == UV_TTY)
        return uv_tty_init(loop, &s->input.tty, STANDARD_INPUT, 0);
    int status = uv_pipe_init(loop, &s->input.pipe, 0);
    if (status == 0 && (status = uv_pipe_open(&s->input.pipe, STANDARD_INPUT)) != 0)
        uv_close(&s->input.handle, NULL);
    return status;
}

static bool watch_input(struct signals *s, uv_loop_t *loop, struct failure *failure)
{
    int status = open_input(s, loop);
    if (status == 0) {
        s->reads_input = true;
        s->input.handle.data = s;
        status = uv_read_start(&s->input.stream, give_input_buffer, on_input);
    }
    if (status == 0)
        return true;
    failure_explain(failure, ERR_USAGE,
                    "--stop-on-eof: standard input cannot be read: ", "--stop-on-eof: стандартный ввод не читается: ");
    failure_append(failure, system_error_text(status, LANG_EN), system_error_text(status, LANG_RU));
    return false;
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

bool signals_start(struct signals *s, uv_loop_t *loop, const struct signal_handlers *handlers, bool stop_on_eof,
                   void *user, struct failure *failure)
{
    s->handlers = handlers;
    s->user = user;
    for (unsigned i = 0; i < ROWS; i++) {
        uv_signal_t *signal = signal_at(s, i);
        (void)uv_signal_init(loop, signal);
        signal->data = s;
        (void)uv_signal_start(signal, rows[i].callback, rows[i].number);
    }
    return !stop_on_eof || watch_input(s, loop, failure);
}

void signals_end(struct signals *s)
{
    for (unsigned i = 0; i < ROWS; i++)
        uv_close((uv_handle_t *)signal_at(s, i), NULL);
    if (s->reads_input)
        uv_close(&s->input.handle, NULL);
}
