/* COM ports of Windows: raw 8N1, exclusive as every COM port is. Overlapped I/O; the system's wait thread wakes the
 * loop when a read or a write is complete. Opened and closed in a thread of their own: Bluetooth ports and bad drivers
 * take their time. */
#include "base/system_error.h"
#include "link/backend.h"

#include "base/process/background.h"
#include "link/key.h"
#include "link/ports/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define OUTPUT_MAX 8192

/* A close that takes longer is interrupted, again and again, and left to itself in the end. */
#define CLOSE_STEP_MS 20
#define CLOSE_STEPS   50

struct transfer {
    OVERLAPPED overlapped;
    HANDLE event; /* auto-reset */
    HANDLE wait;  /* registered wait on it */
    bool pending;
};

struct serial_link {
    struct link link;
    struct port *state; /* owned; the thread's while `opening` runs */
    struct background *opening, *closing;
    unsigned rounds;
    HANDLE port;
    uv_async_t wake;
    uv_timer_t drain;
    bool has_wake;
    unsigned open_handles;
    struct transfer reading, writing;
    HANDLE read_now; /* event of read_rest */
    uint8_t input[1024];
    uint8_t output[OUTPUT_MAX];
    size_t waiting;   /* bytes in output */
    size_t in_flight; /* of them, given to the system */
};

static void fail_lost(struct serial_link *s)
{
    struct failure failure;
    (void)failure_windows(&failure, ERR_CONNECTION_LOST, s->state->device, GetLastError());
    link_emit_failure(&s->link, &failure);
}

/* In the system's wait thread: only wakes the loop. */
static void CALLBACK completed(PVOID context, BOOLEAN timed_out)
{
    (void)timed_out;
    (void)uv_async_send(context);
}

static bool prepare(struct serial_link *s, struct transfer *t)
{
    t->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    return t->event &&
           RegisterWaitForSingleObject(&t->wait, t->event, completed, &s->wake, INFINITE, WT_EXECUTEINWAITTHREAD);
}

static void restart(struct transfer *t)
{
    memset(&t->overlapped, 0, sizeof t->overlapped);
    t->overlapped.hEvent = t->event;
    t->pending = true;
}

/* Waits for one byte; what has come with it is taken by read_rest. A read of more would wait for the whole of it. */
static void read_more(struct serial_link *s)
{
    restart(&s->reading);
    if (!ReadFile(s->port, s->input, 1, NULL, &s->reading.overlapped) && GetLastError() != ERROR_IO_PENDING) {
        s->reading.pending = false;
        fail_lost(s);
    }
}

static void write_more(struct serial_link *s)
{
    if (s->waiting == 0 || s->writing.pending)
        return;
    restart(&s->writing);
    s->in_flight = s->waiting;
    if (!WriteFile(s->port, s->output, (DWORD)s->in_flight, NULL, &s->writing.overlapped) &&
        GetLastError() != ERROR_IO_PENDING) {
        s->writing.pending = false;
        fail_lost(s);
    }
}

/* Has a transfer ended? *count: its bytes. False: not yet, or failed and reported. */
static bool ended(struct serial_link *s, struct transfer *t, DWORD *count)
{
    if (!t->pending || !HasOverlappedIoCompleted(&t->overlapped))
        return false;
    t->pending = false;
    if (GetOverlappedResult(s->port, &t->overlapped, count, FALSE))
        return true;
    if (!s->link.closing)
        fail_lost(s);
    return false;
}

static void finish_write(struct serial_link *s)
{
    DWORD count;
    if (!ended(s, &s->writing, &count))
        return;
    size_t sent = count < s->in_flight ? count : s->in_flight;
    s->waiting -= sent;
    memmove(s->output, s->output + sent, s->waiting);
    write_more(s);
}

/* The bytes that are there already, so this ends at once. */
static DWORD read_rest(struct serial_link *s)
{
    COMSTAT state;
    DWORD errors, count = 0;
    if (!ClearCommError(s->port, &errors, &state) || state.cbInQue == 0)
        return 0;
    OVERLAPPED now = {.hEvent = s->read_now};
    DWORD wanted = state.cbInQue < sizeof s->input - 1 ? state.cbInQue : (DWORD)sizeof s->input - 1;
    if (!ReadFile(s->port, s->input + 1, wanted, NULL, &now) && GetLastError() != ERROR_IO_PENDING)
        return 0;
    return GetOverlappedResult(s->port, &now, &count, TRUE) ? count : 0;
}

static void on_wake(uv_async_t *async)
{
    struct serial_link *s = async->data;
    DWORD count;
    finish_write(s);
    if (!ended(s, &s->reading, &count))
        return;
    if (count > 0)
        link_emit_input(&s->link, s->input, count + read_rest(s));
    if (!s->link.failed && !s->link.closing)
        read_more(s);
}

static void on_opened(void *data)
{
    struct port *state = data;
    struct serial_link *s = state->owner;
    struct link *link = &s->link;
    s->opening = NULL;
    if (state->failure.code != ERR_NONE) {
        link_emit_failure(link, &state->failure);
        return;
    }
    s->port = (HANDLE)state->handle;
    if (uv_async_init(link->loop, &s->wake, on_wake) != 0) {
        link_emit_failed(link, ERR_SYSTEM, "%s", state->device);
        return;
    }
    s->wake.data = s;
    s->has_wake = true;
    s->read_now = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!s->read_now || !prepare(s, &s->reading) || !prepare(s, &s->writing)) {
        struct failure failure;
        (void)failure_windows(&failure, ERR_SYSTEM, state->device, GetLastError());
        link_emit_failure(link, &failure);
        return;
    }
    read_more(s);
    link_emit_opened(link);
}

static void open_port(struct link *link)
{
    struct serial_link *s = (struct serial_link *)link;
    s->opening = background_start(link->loop, port_open, on_opened, s->state);
    if (!s->opening)
        link_emit_failed(link, ERR_NO_MEMORY, "%s", s->state->device);
}

static void serial_start(struct link *link)
{
    struct serial_link *s = (struct serial_link *)link;
    char key[TURN_KEY_MAX];
    s->port = INVALID_HANDLE_VALUE;
    (void)uv_timer_init(link->loop, &s->drain);
    s->drain.data = s;
    s->state = calloc(1, sizeof *s->state);
    if (!s->state) {
        link_emit_failed(link, ERR_NO_MEMORY, "%s", connect_device(link->connect));
        return;
    }
    (void)snprintf(s->state->device, sizeof s->state->device, "%s", connect_device(link->connect));
    s->state->baud = link->connect->baud;
    s->state->handle = PORT_NONE;
    s->state->owner = s;
    key_of(link->connect, key);
    link_await_turn(link, key, open_port);
}

static void serial_write(struct link *link, const uint8_t *bytes, size_t count)
{
    struct serial_link *s = (struct serial_link *)link;
    /* A port that does not send is found out by the session's deadline. */
    if (count > sizeof s->output - s->waiting)
        return;
    memcpy(s->output + s->waiting, bytes, count);
    s->waiting += count;
    write_more(s);
}

static void release(struct serial_link *s, struct transfer *t)
{
    DWORD count;
    /* First the system's wait: the event wakes one waiter only, and that has to be this one. */
    if (t->wait)
        (void)UnregisterWaitEx(t->wait, INVALID_HANDLE_VALUE);
    if (t->pending)
        (void)GetOverlappedResult(s->port, &t->overlapped, &count, TRUE);
    if (t->event)
        (void)CloseHandle(t->event);
}

static void handle_closed(uv_handle_t *handle)
{
    struct serial_link *s = handle->data;
    if (--s->open_handles > 0)
        return;
    free(s->state);
    link_emit_closed(&s->link);
}

static void finish(struct serial_link *s)
{
    s->open_handles = s->has_wake ? 2 : 1;
    uv_close((uv_handle_t *)&s->drain, handle_closed);
    if (s->has_wake)
        uv_close((uv_handle_t *)&s->wake, handle_closed);
}

/* In the thread: what was begun is cancelled and waited for, for its buffers are the link's. */
static void close_port(void *data)
{
    struct serial_link *s = data;
    (void)CancelIoEx(s->port, NULL);
    release(s, &s->reading);
    release(s, &s->writing);
    if (s->read_now)
        (void)CloseHandle(s->read_now);
    port_close(s->state);
}

static void on_port_closed(void *data)
{
    struct serial_link *s = data;
    s->closing = NULL;
    (void)uv_timer_stop(&s->drain);
    finish(s);
}

/* The driver may write into the buffers yet: they are never freed. */
static void keep_buffers(void *data)
{
    (void)data;
}

static void on_close_late(uv_timer_t *timer)
{
    struct serial_link *s = timer->data;
    if (++s->rounds < CLOSE_STEPS) {
        background_interrupt(s->closing);
        return;
    }
    (void)uv_timer_stop(timer);
    background_abandon(s->closing, keep_buffers);
    s->state = NULL;
    s->link.leaked = true;
    finish(s);
}

static void close_handles(struct serial_link *s)
{
    if (s->port == INVALID_HANDLE_VALUE) {
        finish(s);
        return;
    }
    s->closing = background_start(s->link.loop, close_port, on_port_closed, s);
    if (s->closing) {
        (void)uv_timer_start(&s->drain, on_close_late, CLOSE_STEP_MS, CLOSE_STEP_MS);
        return;
    }
    close_port(s);
    finish(s);
}

static void on_drain(uv_timer_t *timer)
{
    struct serial_link *s = timer->data;
    finish_write(s);
    if (s->waiting == 0 || s->link.failed || uv_timer_get_repeat(timer) > LINK_DRAIN_MS) {
        (void)uv_timer_stop(timer);
        close_handles(s);
        return;
    }
    /* The pauses grow, so that their sum is bounded. */
    uv_timer_set_repeat(timer, uv_timer_get_repeat(timer) * 2);
}

static void serial_close(struct link *link)
{
    struct serial_link *s = (struct serial_link *)link;
    if (s->opening) {
        background_abandon(s->opening, port_discard);
        s->opening = NULL;
        s->state = NULL;
    }
    finish_write(s);
    if (link->failed || s->waiting == 0)
        close_handles(s);
    else
        (void)uv_timer_start(&s->drain, on_drain, 5, 5);
}

const struct link_backend link_serial = {sizeof(struct serial_link), serial_start, serial_write, serial_close};
