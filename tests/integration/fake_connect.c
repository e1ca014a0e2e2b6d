/* LD_PRELOAD: connect() of TCP fails with the errno FAKE_CONNECT, as a kernel out of buffers or a filter of the system
 * does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t) =
        (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
        return next(fd, address, length);
    errno = atoi(getenv("FAKE_CONNECT"));
    return -1;
}
