/* A serial port made of a pty. The slave is not kept open here, so that what a client does to it (exclusive mode) ends
 * with the client; the price is that the master must be watched for the next client. */
#include "dialogue.h"
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define WATCH_MS 20
#define READ_MS  200

static struct {
    struct server *server;
    struct conn conn;
    int fd;
    bool open;
    uv_poll_t poll;
    uv_timer_t watch;
} pty;

/* Does the client make room? What nobody reads is lost, as on a line without flow control. */
static bool is_read(void)
{
    struct pollfd state = {.fd = pty.fd, .events = POLLOUT, .revents = 0};
    return poll(&state, 1, READ_MS) > 0 && (state.revents & POLLOUT);
}

static void send_conn(struct conn *conn, const uint8_t *bytes, size_t count)
{
    (void)conn;
    while (count > 0) {
        ssize_t n = write(pty.fd, bytes, count);
        if (n < 0 && errno != EINTR && !(errno == EAGAIN && is_read()))
            return;
        if (n > 0) {
            bytes += n;
            count -= (size_t)n;
        }
    }
}

/* A serial line cannot be closed from the register's side: what follows is lost, that is all. */
static void close_conn(struct conn *conn)
{
    (void)conn;
}

static const struct conn_handlers handlers = {send_conn, close_conn};

static void client_left(void)
{
    (void)uv_poll_stop(&pty.poll);
    if (pty.open)
        conn_gone(&pty.conn);
    pty.open = false;
}

static void readable(uv_poll_t *poll, int status, int events)
{
    (void)poll, (void)events;
    uint8_t bytes[4096];
    ssize_t n = status == 0 ? read(pty.fd, bytes, sizeof bytes) : -1;
    if (n > 0)
        dialogue_input(&pty.conn, bytes, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        client_left();
}

static void look(uv_timer_t *timer)
{
    (void)timer;
    struct pollfd state = {.fd = pty.fd, .events = POLLIN, .revents = 0};
    if (pty.open || poll(&state, 1, 0) < 0 || (state.revents & POLLHUP && !(state.revents & POLLIN)))
        return;
    pty.open = true;
    pty.conn.number = ++pty.server->connections;
    conn_open(&pty.conn);
    (void)uv_poll_start(&pty.poll, UV_READABLE, readable);
}

/* Opens and closes the slave once: from then on the master says whether somebody is there. */
static bool prepare(int fd, const char *slave)
{
    struct termios raw;
    int s = open(slave, O_RDWR | O_NOCTTY);
    if (s < 0)
        return false;
    bool good = tcgetattr(s, &raw) == 0;
    cfmakeraw(&raw);
    good = good && tcsetattr(s, TCSANOW, &raw) == 0;
    (void)close(s);
    return good && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

/* A link left by an earlier run is replaced; anything else is somebody's file. */
static bool make_room(const char *path)
{
    struct stat s;
    if (lstat(path, &s) != 0)
        return errno == ENOENT;
    errno = EEXIST;
    return S_ISLNK(s.st_mode) && unlink(path) == 0;
}

bool pty_listen(struct server *server)
{
    const struct options *o = server->options;
    pty.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    const char *slave = NULL;
    if (pty.fd >= 0 && grantpt(pty.fd) == 0 && unlockpt(pty.fd) == 0)
        slave = ptsname(pty.fd);
    bool good = slave && prepare(pty.fd, slave);
    if (!good || !make_room(o->pty) || symlink(slave, o->pty) != 0) {
        (void)fprintf(stderr, "atol-emulator: --pty %s: %s\n", o->pty, strerror(errno));
        return false;
    }
    pty.server = server;
    pty.conn = (struct conn){.loop = server->loop,
                             .handlers = &handlers,
                             .device = &server->device,
                             .faults = &server->options->faults,
                             .log = server->log,
                             .protocol = o->protocol,
                             .strict = o->strict_buffer,
                             .latency_ms = o->latency_ms};
    (void)uv_poll_init(server->loop, &pty.poll, pty.fd);
    (void)uv_timer_init(server->loop, &pty.watch);
    (void)uv_timer_start(&pty.watch, look, 0, WATCH_MS);
    (void)printf("listening %s\n", o->pty);
    return true;
}

void pty_remove(const struct server *server)
{
    (void)unlink(server->options->pty);
}
