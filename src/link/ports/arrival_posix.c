/* The kernel's own events (netlink, NETLINK_KOBJECT_UEVENT), without udev's library. */
#include "link/ports/arrival.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __linux__

#include <linux/netlink.h>

#define KERNEL_GROUP  1
#define MESSAGE_MAX   8192
#define SETTLE_MS     1000 /* until udev has made the links and given the rights */
#define SLOW_MS       4000 /* some registers enumerate twice, or answer late */
#define AFTER_SETTLED 1

struct arrival {
    uv_poll_t poll;
    uv_timer_t timer;
    int socket;
    unsigned notified; /* since the last event */
    void (*arrived)(void *user);
    void *user;
};

static bool has_word(const char *message, size_t length, const char *word)
{
    for (size_t at = 0; at < length; at += strlen(message + at) + 1)
        if (strcmp(message + at, word) == 0)
            return true;
    return false;
}

/* "add@/devices/…" NUL "ACTION=add" NUL "SUBSYSTEM=tty" NUL … */
static bool is_arrival(const char *message, size_t length)
{
    return has_word(message, length, "ACTION=add") &&
           (has_word(message, length, "SUBSYSTEM=tty") || has_word(message, length, "DEVTYPE=usb_device"));
}

static void on_settled(uv_timer_t *timer)
{
    struct arrival *a = timer->data;
    if (a->notified++ < AFTER_SETTLED)
        (void)uv_timer_start(timer, on_settled, SLOW_MS, 0);
    a->arrived(a->user);
}

/* Whatever the socket holds is read: a burst of events is one arrival. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct arrival *a = poll->data;
    char message[MESSAGE_MAX];
    struct sockaddr_nl from;
    socklen_t length = sizeof from;
    ssize_t count;
    bool came = false;
    (void)events;
    while (status == 0 &&
           (count = recvfrom(a->socket, message, sizeof message - 1, 0, (struct sockaddr *)&from, &length)) > 0) {
        message[count] = '\0';
        came = came || (from.nl_pid == 0 && is_arrival(message, (size_t)count)); /* 0: the kernel, nobody else */
        length = sizeof from;
    }
    if (!came)
        return;
    a->notified = 0;
    (void)uv_timer_start(&a->timer, on_settled, SETTLE_MS, 0);
}

static int open_socket(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
    int s = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
    if (s < 0 || bind(s, (struct sockaddr *)&address, sizeof address) == 0)
        return s;
    (void)close(s);
    return -1;
}

struct arrival *arrival_watch(uv_loop_t *loop, void (*arrived)(void *user), void *user)
{
    struct arrival *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->arrived = arrived;
    a->user = user;
    a->socket = open_socket();
    if (a->socket < 0 || uv_poll_init(loop, &a->poll, a->socket) != 0) {
        if (a->socket >= 0)
            (void)close(a->socket);
        free(a);
        return NULL;
    }
    (void)uv_timer_init(loop, &a->timer);
    a->poll.data = a->timer.data = a;
    (void)uv_poll_start(&a->poll, UV_READABLE, on_readable);
    uv_unref((uv_handle_t *)&a->poll);
    uv_unref((uv_handle_t *)&a->timer);
    return a;
}

static void timer_closed(uv_handle_t *handle)
{
    struct arrival *a = handle->data;
    (void)close(a->socket);
    free(a);
}

static void poll_closed(uv_handle_t *handle)
{
    struct arrival *a = handle->data;
    uv_close((uv_handle_t *)&a->timer, timer_closed);
}

void arrival_end(struct arrival *a)
{
    if (a)
        uv_close((uv_handle_t *)&a->poll, poll_closed);
}

#else

struct arrival *arrival_watch(uv_loop_t *loop, void (*arrived)(void *user), void *user)
{
    (void)loop, (void)arrived, (void)user;
    return NULL;
}

void arrival_end(struct arrival *arrival)
{
    (void)arrival;
}

#endif
