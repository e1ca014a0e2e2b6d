/* bridge PTY TTYGS: joins an emulated register to the gadget's serial port. It opens the gadget's port again at once
 * after a hang-up (a USB reset, an unplugged cable), which general tools take for the end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static int open_raw(const char *name)
{
    struct termios settings;
    int fd = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && tcgetattr(fd, &settings) == 0) {
        cfmakeraw(&settings);
        settings.c_cflag |= CLOCAL;
        (void)tcsetattr(fd, TCSANOW, &settings);
    }
    return fd;
}

static void write_all(int fd, const char *bytes, ssize_t count)
{
    struct pollfd room = {fd, POLLOUT, 0};
    while (count > 0) {
        ssize_t written = write(fd, bytes, (size_t)count);
        if (written > 0) {
            bytes += written;
            count -= written;
        } else if (errno != EAGAIN || poll(&room, 1, 2000) <= 0 || !(room.revents & POLLOUT)) {
            return;
        }
    }
}

/* False at the end of the source. */
static int copy(int from, int to)
{
    char bytes[4096];
    ssize_t count = read(from, bytes, sizeof bytes);
    if (count > 0)
        write_all(to, bytes, count);
    return count > 0 || (count < 0 && errno == EAGAIN);
}

int main(int argc, char **argv)
{
    int gadget = -1;
    int kkt = argc == 3 ? open_raw(argv[1]) : -1;
    if (kkt < 0) {
        perror(argc == 3 ? argv[1] : "bridge PTY TTYGS");
        return 1;
    }
    for (;;) {
        if (gadget < 0 && (gadget = open_raw(argv[2])) < 0) {
            usleep(5000); /* the port is not there yet: nothing tells when */
            continue;
        }
        struct pollfd both[2] = {
            {kkt,    POLLIN, 0},
            {gadget, POLLIN, 0}
        };
        if (poll(both, 2, -1) <= 0)
            continue;
        if (both[0].revents && !copy(kkt, gadget))
            return 0;
        if (both[1].revents && !copy(gadget, kkt)) {
            (void)close(gadget);
            gadget = -1;
        }
    }
}
