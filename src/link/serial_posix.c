/* Serial ports of Linux: RS-232, the USB virtual COM port (ttyACM), ptys. Raw 8N1, held exclusively. */
#include "link/backend.h"
#include "link/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* A request is at most a few hundred bytes; more than this waiting means that the port does not send. */
#define OUTPUT_MAX 8192

struct serial_link {
    struct link link;
    uv_poll_t poll;
    uv_timer_t drain;
    int fd; /* -1: none */
    bool polling;
    bool locked; /* the port is ours: nothing else may be done to it while it is somebody else's */
    unsigned open_handles;
    unsigned drain_rounds;
    char device[128];
    size_t waiting; /* bytes of output that the port did not take yet */
    uint8_t output[OUTPUT_MAX];
};

static const struct speed {
    uint32_t baud;
    speed_t code;
} speeds[] = {
    {1200,   B1200  },
    {2400,   B2400  },
    {4800,   B4800  },
    {9600,   B9600  },
    {19200,  B19200 },
    {38400,  B38400 },
    {57600,  B57600 },
    {115200, B115200},
    {230400, B230400},
    {460800, B460800},
    {921600, B921600},
};

static void fail_busy(struct serial_link *s)
{
    char holder[128];
    if (link_find_holder(s->device, holder, sizeof holder))
        link_emit_failed(&s->link, ERR_PORT_BUSY, "%s is held by %s", s->device, holder);
    else
        link_emit_failed(&s->link, ERR_PORT_BUSY, "%s", s->device);
}

static void fail_rights(struct serial_link *s)
{
    struct stat st;
    uid_t uid = geteuid();
    const struct passwd *user = getpwuid(uid);
    char user_name[64];
    (void)snprintf(user_name, sizeof user_name, "%s", user ? user->pw_name : "?");
    if (stat(s->device, &st) != 0) {
        link_emit_failed(&s->link, ERR_PORT_RIGHTS, "%s, as the user %s", s->device, user_name);
        return;
    }
    const struct passwd *owner = getpwuid(st.st_uid);
    const struct group *group = getgrgid(st.st_gid);
    link_emit_failed(&s->link, ERR_PORT_RIGHTS, "%s, as the user %s (owner %s, group %s, mode %04o)", s->device,
                     user_name, owner ? owner->pw_name : "?", group ? group->gr_name : "?",
                     (unsigned)st.st_mode & 07777U);
}

static void fail_open(struct serial_link *s, int error)
{
    switch (error) {
    case EBUSY:
        fail_busy(s);
        return;
    case EACCES:
    case EPERM:
        fail_rights(s);
        return;
    case ENOENT:
    case ENXIO:
    case ENODEV:
    case ENOTDIR:
        link_emit_failed(&s->link, ERR_PORT_MISSING, "%s", s->device);
        return;
    default:
        link_emit_failed(&s->link, ERR_SYSTEM, "%s: %s", s->device, strerror(error));
    }
}

/* Exclusive for programs that look at the lock (flock) and for those that do not (TIOCEXCL). Root is let in by the
 * kernel in spite of TIOCEXCL, so the mark is asked for first. */
static bool lock_port(struct serial_link *s)
{
    int marked = 0;
    if (flock(s->fd, LOCK_EX | LOCK_NB) != 0 || (ioctl(s->fd, TIOCGEXCL, &marked) == 0 && marked)) {
        fail_busy(s);
        return false;
    }
    if (ioctl(s->fd, TIOCEXCL) != 0) {
        link_emit_failed(&s->link, ERR_PORT_SETTINGS, "%s: %s", s->device, strerror(errno));
        return false;
    }
    s->locked = true;
    return true;
}

static bool set_raw(struct serial_link *s, uint32_t baud)
{
    struct termios want, have;
    speed_t code = 0;
    for (unsigned i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i].baud == baud)
            code = speeds[i].code;
    if (tcgetattr(s->fd, &want) != 0) {
        link_emit_failed(&s->link, ERR_PORT_SETTINGS, "%s is not a serial port", s->device);
        return false;
    }
    cfmakeraw(&want);
    want.c_cflag |= CS8 | CREAD | CLOCAL;
    want.c_cflag &= ~(tcflag_t)(CSTOPB | PARENB | CRTSCTS);
    want.c_cc[VMIN] = 1;
    want.c_cc[VTIME] = 0;
    /* tcsetattr succeeds when it could do any of it, so the result is read back. */
    if (cfsetspeed(&want, code) != 0 || tcsetattr(s->fd, TCSANOW, &want) != 0 || tcgetattr(s->fd, &have) != 0 ||
        cfgetospeed(&have) != code || (have.c_cflag & (CSIZE | CSTOPB | PARENB)) != CS8) {
        link_emit_failed(&s->link, ERR_PORT_SETTINGS, "%s, %u baud, 8N1", s->device, (unsigned)baud);
        return false;
    }
    /* What stands in the buffers belongs to somebody else's dialogue. */
    (void)tcflush(s->fd, TCIOFLUSH);
    return true;
}

static void fail_lost(struct serial_link *s, const char *why)
{
    link_emit_failed(&s->link, ERR_CONNECTION_LOST, "%s: %s", s->device, why);
}

static void watch(struct serial_link *s);

static void push_output(struct serial_link *s)
{
    ssize_t n = write(s->fd, s->output, s->waiting);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        fail_lost(s, strerror(errno));
        return;
    }
    if (n > 0) {
        s->waiting -= (size_t)n;
        memmove(s->output, s->output + n, s->waiting);
    }
    if (s->waiting == 0)
        watch(s);
}

static void on_events(uv_poll_t *poll, int status, int events)
{
    struct serial_link *s = poll->data;
    uint8_t bytes[1024];
    if (status != 0) {
        fail_lost(s, uv_strerror(status));
        return;
    }
    if (events & UV_WRITABLE && s->waiting > 0)
        push_output(s);
    if (s->link.failed || s->link.closing || !(events & (UV_READABLE | UV_DISCONNECT)))
        return;
    ssize_t n = read(s->fd, bytes, sizeof bytes);
    if (n > 0)
        link_emit_input(&s->link, bytes, (size_t)n);
    else if (n == 0)
        fail_lost(s, "the port hung up");
    else if (errno != EAGAIN && errno != EINTR)
        fail_lost(s, strerror(errno));
    if (s->link.failed && !s->link.closing)
        (void)uv_poll_stop(poll);
}

static void watch(struct serial_link *s)
{
    int events = UV_READABLE | UV_DISCONNECT | (s->waiting > 0 ? UV_WRITABLE : 0);
    int status = uv_poll_start(&s->poll, events, on_events);
    if (status != 0)
        fail_lost(s, uv_strerror(status));
}

static void serial_start(struct link *link)
{
    struct serial_link *s = (struct serial_link *)link;
    uint32_t baud = link->connect->baud;
    s->fd = -1;
    (void)snprintf(s->device, sizeof s->device, "%s", link->connect->device);
    (void)uv_timer_init(link->loop, &s->drain);
    s->drain.data = s;
    s->fd = open(s->device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (s->fd < 0) {
        fail_open(s, errno);
        return;
    }
    if (!isatty(s->fd)) {
        link_emit_failed(link, ERR_PORT_SETTINGS, "%s is not a serial port", s->device);
        return;
    }
    if (!lock_port(s) || !set_raw(s, baud))
        return;
    int status = uv_poll_init(link->loop, &s->poll, s->fd);
    if (status != 0) {
        link_emit_failed(link, ERR_SYSTEM, "%s: %s", s->device, uv_strerror(status));
        return;
    }
    s->poll.data = s;
    s->polling = true;
    watch(s);
    link_emit_opened(link);
}

static void serial_write(struct link *link, const uint8_t *bytes, size_t count)
{
    struct serial_link *s = (struct serial_link *)link;
    if (s->waiting == 0) {
        ssize_t n = write(s->fd, bytes, count);
        /* An error is told from the loop: the port is readable or hung up then. */
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

static void handle_closed(uv_handle_t *handle)
{
    struct serial_link *s = handle->data;
    if (--s->open_handles > 0)
        return;
    if (s->locked)
        (void)ioctl(s->fd, TIOCNXCL);
    if (s->fd >= 0)
        (void)close(s->fd);
    link_emit_closed(&s->link);
}

static void close_handles(struct serial_link *s)
{
    /* close() would wait for bytes that do not go out. */
    if (s->locked)
        (void)tcflush(s->fd, TCOFLUSH);
    s->open_handles = s->polling ? 2 : 1;
    uv_close((uv_handle_t *)&s->drain, handle_closed);
    if (s->polling)
        uv_close((uv_handle_t *)&s->poll, handle_closed);
}

#define DRAIN_STEP_MS 5

static bool output_left(struct serial_link *s)
{
    int queued = 0;
    if (s->waiting > 0) {
        ssize_t n = write(s->fd, s->output, s->waiting);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (n > 0) {
            s->waiting -= (size_t)n;
            memmove(s->output, s->output + n, s->waiting);
        }
    }
    return s->waiting > 0 || (ioctl(s->fd, TIOCOUTQ, &queued) == 0 && queued > 0);
}

static void on_drain(uv_timer_t *timer)
{
    struct serial_link *s = timer->data;
    if (!output_left(s) || ++s->drain_rounds >= LINK_DRAIN_MS / DRAIN_STEP_MS) {
        (void)uv_timer_stop(timer);
        close_handles(s);
    }
}

static void serial_close(struct link *link)
{
    struct serial_link *s = (struct serial_link *)link;
    if (s->polling)
        (void)uv_poll_stop(&s->poll);
    if (link->failed || !s->locked || !output_left(s))
        close_handles(s);
    else
        (void)uv_timer_start(&s->drain, on_drain, DRAIN_STEP_MS, DRAIN_STEP_MS);
}

const struct link_backend link_serial = {sizeof(struct serial_link), serial_start, serial_write, serial_close};
