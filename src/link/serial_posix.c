/* Serial ports of Linux: RS-232, the USB virtual COM port (ttyACM), ptys. Opened and closed in a thread of their own:
 * either may block for half a minute at a port that takes no data. */
#include "base/system_error.h"
#include "link/backend.h"

#include "base/process/background.h"
#include "link/key.h"
#include "link/ports/port.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A request is at most a few hundred bytes; more than this waiting means that the port does not send. */
#define OUTPUT_MAX 8192

/* A close that takes longer is interrupted, again and again, and left to itself in the end. */
#define CLOSE_STEP_MS 20
#define CLOSE_STEPS   50
#define DRAIN_STEP_MS 5

struct serial_link {
    struct link link;
    struct port *port; /* owned; the thread's while `opening` or `closing` runs */
    struct background *opening, *closing;
    uv_poll_t poll;
    uv_timer_t timer;
    bool polling;
    unsigned rounds;
    size_t waiting; /* bytes of output that the port did not take yet */
    uint8_t output[OUTPUT_MAX];
};

static int descriptor(const struct serial_link *s)
{
    return (int)s->port->handle;
}

static void fail_lost(struct serial_link *s, int error)
{
    struct failure failure;
    if (error)
        failure_system(&failure, ERR_CONNECTION_LOST, s->port->device, error);
    else
        failure_explain(&failure, ERR_CONNECTION_LOST, "%s, the port hung up", "%s, порт закрылся сам",
                        s->port->device);
    link_emit_failure(&s->link, &failure);
}

static void watch(struct serial_link *s);

/* Writes what waits; false with the error when the port is gone. */
static bool push(struct serial_link *s, int *error)
{
    ssize_t n = s->waiting > 0 ? write(descriptor(s), s->output, s->waiting) : 0;
    if (n > 0) {
        s->waiting -= (size_t)n;
        memmove(s->output, s->output + n, s->waiting);
    }
    *error = n < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
    return *error == 0;
}

static void on_events(uv_poll_t *poll, int status, int events)
{
    struct serial_link *s = poll->data;
    uint8_t bytes[1024];
    int error = status;
    if (status == 0 && events & UV_WRITABLE && s->waiting > 0 && push(s, &error) && s->waiting == 0)
        watch(s);
    if (error != 0)
        fail_lost(s, error);
    if (s->link.failed || s->link.closing || !(events & (UV_READABLE | UV_DISCONNECT)))
        return;
    ssize_t n = read(descriptor(s), bytes, sizeof bytes);
    if (n > 0)
        link_emit_input(&s->link, bytes, (size_t)n);
    else if (n == 0)
        fail_lost(s, 0);
    else if (errno != EAGAIN && errno != EINTR)
        fail_lost(s, -errno);
    if (s->link.failed && !s->link.closing)
        (void)uv_poll_stop(poll);
}

static void watch(struct serial_link *s)
{
    int events = UV_READABLE | UV_DISCONNECT | (s->waiting > 0 ? UV_WRITABLE : 0);
    int status = uv_poll_start(&s->poll, events, on_events);
    if (status != 0)
        fail_lost(s, status);
}

static void on_opened(void *data)
{
    struct port *port = data;
    struct serial_link *s = port->owner;
    s->opening = NULL;
    if (port->failure.code != ERR_NONE) {
        link_emit_failure(&s->link, &port->failure);
        return;
    }
    int status = uv_poll_init(s->link.loop, &s->poll, descriptor(s));
    if (status != 0) {
        link_emit_system_error(&s->link, ERR_SYSTEM, port->device, status);
        return;
    }
    s->poll.data = s;
    s->polling = true;
    watch(s);
    link_emit_opened(&s->link);
}

static void open_port(struct link *link)
{
    struct serial_link *s = (struct serial_link *)link;
    s->opening = background_start(link->loop, port_open, on_opened, s->port);
    if (!s->opening)
        link_emit_failed(link, ERR_NO_MEMORY, "%s", s->port->device);
}

static void serial_start(struct link *link)
{
    struct serial_link *s = (struct serial_link *)link;
    char key[TURN_KEY_MAX];
    (void)uv_timer_init(link->loop, &s->timer);
    s->timer.data = s;
    s->port = calloc(1, sizeof *s->port);
    if (!s->port) {
        link_emit_failed(link, ERR_NO_MEMORY, "%s", connect_device(link->connect));
        return;
    }
    (void)snprintf(s->port->device, sizeof s->port->device, "%s", connect_device(link->connect));
    s->port->baud = link->connect->baud;
    s->port->handle = PORT_NONE;
    s->port->owner = s;
    key_of(link->connect, key);
    link_await_turn(link, key, open_port);
}

static void serial_write(struct link *link, const uint8_t *bytes, size_t count)
{
    struct serial_link *s = (struct serial_link *)link;
    if (s->waiting == 0) {
        ssize_t n = write(descriptor(s), bytes, count);
        /* An error is reported from the loop: the port is readable or hung up then. */
        if (n > 0) {
            bytes += n;
            count -= (size_t)n;
        }
    }
    if (count == 0)
        return;
    /* A port that does not send is found out by the session's deadline. */
    if (count <= sizeof s->output - s->waiting) {
        memcpy(s->output + s->waiting, bytes, count);
        s->waiting += count;
        watch(s);
    }
}

static void timer_closed(uv_handle_t *handle)
{
    struct serial_link *s = handle->data;
    free(s->port);
    link_emit_closed(&s->link);
}

static void finish(struct serial_link *s)
{
    uv_close((uv_handle_t *)&s->timer, timer_closed);
}

static void on_port_closed(void *data)
{
    struct port *port = data;
    struct serial_link *s = port->owner;
    s->closing = NULL;
    (void)uv_timer_stop(&s->timer);
    finish(s);
}

static void on_close_late(uv_timer_t *timer)
{
    struct serial_link *s = timer->data;
    if (++s->rounds < CLOSE_STEPS) {
        background_interrupt(s->closing);
        return;
    }
    (void)uv_timer_stop(timer);
    background_abandon(s->closing, port_discard);
    s->port = NULL;
    finish(s);
}

static void close_port(struct serial_link *s)
{
    s->rounds = 0;
    s->closing = background_start(s->link.loop, port_close, on_port_closed, s->port);
    if (s->closing) {
        (void)uv_timer_start(&s->timer, on_close_late, CLOSE_STEP_MS, CLOSE_STEP_MS);
        return;
    }
    port_close(s->port);
    finish(s);
}

static void poll_closed(uv_handle_t *handle)
{
    close_port(handle->data);
}

/* The descriptor is closed after the loop has released it. */
static void close_handles(struct serial_link *s)
{
    if (s->polling)
        uv_close((uv_handle_t *)&s->poll, poll_closed);
    else if (s->port && s->port->handle != PORT_NONE)
        close_port(s);
    else
        finish(s);
}

static bool output_left(struct serial_link *s)
{
    int queued = 0, error;
    if (!push(s, &error))
        return false;
    return s->waiting > 0 || (ioctl(descriptor(s), TIOCOUTQ, &queued) == 0 && queued > 0);
}

static void on_drain(uv_timer_t *timer)
{
    struct serial_link *s = timer->data;
    if (!output_left(s) || ++s->rounds >= LINK_DRAIN_MS / DRAIN_STEP_MS) {
        (void)uv_timer_stop(timer);
        close_handles(s);
    }
}

static void serial_close(struct link *link)
{
    struct serial_link *s = (struct serial_link *)link;
    if (s->opening) {
        background_abandon(s->opening, port_discard);
        s->opening = NULL;
        s->port = NULL;
    }
    if (s->polling)
        (void)uv_poll_stop(&s->poll);
    if (link->failed || !s->polling || !output_left(s))
        close_handles(s);
    else
        (void)uv_timer_start(&s->timer, on_drain, DRAIN_STEP_MS, DRAIN_STEP_MS);
}

const struct link_backend link_serial = {sizeof(struct serial_link), serial_start, serial_write, serial_close};
