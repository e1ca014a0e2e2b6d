/* LD_PRELOAD: a serial port and a network as they can be, and as no pty and no loopback is.
 *
 * FAKE_CONNECT_MS=N  connect() comes back N ms later: what the other side did by then has happened
 * FAKE_NO_ROUTE=IP   there is no way to this address
 * FAKE_PORT=odd      the port begins with parity, two stop bits and flow control, by wires and by XON/XOFF
 * FAKE_PORT=stubborn the same, and what is set does not change it, though tcsetattr says so
 * FAKE_OUTPUT=N      N times the port still has bytes to send
 * FAKE_WRITE=N       a write into a port or a connection takes at most N bytes
 * FAKE_LOG=FILE      what was called, a line each */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

static int number(const char *name)
{
    const char *text = getenv(name);
    return text ? atoi(text) : 0;
}

static void say(const char *what, int value)
{
    const char *path = getenv("FAKE_LOG");
    char line[64];
    int n = snprintf(line, sizeof line, "%s %d\n", what, value);
    int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (file >= 0) {
        (void)syscall(SYS_write, file, line, (size_t)n);
        (void)close(file);
    }
}

static int is_terminal(int fd)
{
    struct termios t;
    return syscall(SYS_ioctl, fd, TCGETS, &t) == 0 && fd > 2;
}

static int is_connection(int fd)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    return getsockname(fd, (struct sockaddr *)&name, &length) == 0 && name.ss_family == AF_INET;
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    const char *none = getenv("FAKE_NO_ROUTE");
    if (none && address->sa_family == AF_INET &&
        ((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr == inet_addr(none)) {
        errno = EHOSTUNREACH;
        return -1;
    }
    int status = (int)syscall(SYS_connect, fd, address, length);
    if (number("FAKE_CONNECT_MS") > 0 && address->sa_family == AF_INET)
        (void)usleep((useconds_t)number("FAKE_CONNECT_MS") * 1000);
    return status;
}

static struct termios kept;
static int have_kept;

int tcgetattr(int fd, struct termios *t)
{
    const char *port = getenv("FAKE_PORT");
    memset(t, 0, sizeof *t);
    if (!is_terminal(fd))
        return -1;
    if (port && have_kept && strcmp(port, "stubborn") != 0) {
        *t = kept;
        return 0;
    }
    t->c_cflag = port ? CS8 | CREAD | PARENB | CSTOPB | CRTSCTS : CS8 | CREAD;
    t->c_iflag = port ? IXON | IXOFF | IXANY : 0;
    (void)cfsetspeed(t, B115200);
    return 0;
}

int tcsetattr(int fd, int when, const struct termios *t)
{
    (void)fd, (void)when;
    kept = *t;
    have_kept = 1;
    say("parity", (t->c_cflag & PARENB) != 0);
    say("stop bits", t->c_cflag & CSTOPB ? 2 : 1);
    say("flow control", (t->c_cflag & CRTSCTS) != 0);
    say("XON/XOFF", (t->c_iflag & (IXON | IXOFF | IXANY)) != 0);
    return 0;
}

int tcflush(int fd, int what)
{
    say(what == TCIOFLUSH ? "both buffers dropped" : "output dropped", what);
    return (int)syscall(SYS_ioctl, fd, TCFLSH, what);
}

int ioctl(int fd, unsigned long request, ...)
{
    static int asked;
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    if (request != TIOCOUTQ)
        return (int)syscall(SYS_ioctl, fd, request, argument);
    *(int *)argument = asked++ < number("FAKE_OUTPUT") ? 100 : 0;
    say("bytes left", *(int *)argument);
    return 0;
}

ssize_t write(int fd, const void *bytes, size_t count)
{
    size_t most = (size_t)number("FAKE_WRITE");
    if (most > 0 && count > most && (is_terminal(fd) || is_connection(fd)))
        count = most;
    return syscall(SYS_write, fd, bytes, count);
}
