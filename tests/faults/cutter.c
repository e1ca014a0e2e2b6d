/* A line between a client and the emulator that breaks at a byte: cutter EMULATOR-PORT. Prints its own port.
 *
 * The address that a client connects to says where and how: 127.K.H.L is byte H * 256 + L; K & 3 is 1 closed, 2 reset,
 * 3 reset, and every later connection too; K & 4: the bytes of the client are counted, not the register's. The first
 * connection to an address is broken, those behind it go through (but for 3). */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLOSED = 1, RESET = 2, FOR_GOOD = 3, OF_CLIENT = 4, LINES_MAX = 256 };

struct line {
    int client, kkt;
    unsigned kind;
    long left; /* bytes until it breaks; -1: it does not */
};

static struct line lines[LINES_MAX];
static unsigned count;
static bool broken[8][65536];

static void reset(int fd)
{
    const struct linger now = {1, 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    (void)close(fd);
}

static void end(struct line *line, bool with_reset)
{
    if (with_reset)
        reset(line->client);
    else
        (void)close(line->client);
    (void)close(line->kkt);
    *line = lines[--count];
}

static int connect_to(uint16_t port)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        exit(1);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void accept_one(int listener, uint16_t port)
{
    struct sockaddr_in own;
    socklen_t length = sizeof own;
    int one = 1, fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return;
    if (count == LINES_MAX || getsockname(fd, (struct sockaddr *)&own, &length) != 0) {
        reset(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    uint32_t address = ntohl(own.sin_addr.s_addr);
    unsigned kind = address >> 16 & 7, at = address & 0xFFFF;
    if (broken[kind][at] && (kind & 3) == FOR_GOOD) {
        reset(fd);
        return;
    }
    struct line *line = &lines[count++];
    *line = (struct line){fd, connect_to(port), kind, broken[kind][at] ? -1 : (long)at};
    broken[kind][at] = true;
    if (line->left == 0)
        end(line, (kind & 3) != CLOSED);
}

/* False: the line is gone. */
static bool pass(struct line *line, bool from_client)
{
    char bytes[4096];
    ssize_t n = read(from_client ? line->client : line->kkt, bytes, sizeof bytes);
    bool counted = line->left > 0 && from_client == ((line->kind & OF_CLIENT) != 0);
    if (n <= 0) {
        end(line, false);
        return false;
    }
    if (counted && n > line->left)
        n = line->left;
    if (write(from_client ? line->kkt : line->client, bytes, (size_t)n) != n) {
        end(line, false);
        return false;
    }
    if (counted)
        line->left -= n;
    if (!counted || line->left > 0)
        return true;
    end(line, (line->kind & 3) != CLOSED);
    return false;
}

static int listen_anywhere(void)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    socklen_t length = sizeof own;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&own, sizeof own) != 0 || listen(fd, 64) != 0 ||
        getsockname(fd, (struct sockaddr *)&own, &length) != 0)
        exit(1);
    (void)printf("%u\n", ntohs(own.sin_port));
    (void)fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    uint16_t port = (uint16_t)atoi(argv[1]);
    (void)signal(SIGPIPE, SIG_IGN);
    int listener = listen_anywhere();
    for (;;) {
        struct pollfd fds[1 + 2 * LINES_MAX];
        unsigned n = count;
        fds[0] = (struct pollfd){listener, POLLIN, 0};
        for (unsigned i = 0; i < n; i++) {
            fds[1 + 2 * i] = (struct pollfd){lines[i].client, POLLIN, 0};
            fds[2 + 2 * i] = (struct pollfd){lines[i].kkt, POLLIN, 0};
        }
        if (poll(fds, 1 + 2 * n, -1) < 0)
            return 1;
        /* From the last: a line that ends is replaced by the last one, which was served. */
        for (unsigned i = n; i-- > 0;) {
            if (fds[1 + 2 * i].revents && !pass(&lines[i], true))
                continue;
            if (fds[2 + 2 * i].revents)
                (void)pass(&lines[i], false);
        }
        if (fds[0].revents)
            accept_one(listener, port);
    }
}
