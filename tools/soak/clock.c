/* LD_PRELOAD: the computer's clock is SOAK_CLOCK (a file of 8 bytes, a number of seconds) away from the right time. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int64_t away_s(void)
{
    static const volatile int64_t *away;
    if (!away) {
        const char *path = getenv("SOAK_CLOCK");
        int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        void *at = fd >= 0 ? mmap(NULL, sizeof *away, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
        if (fd >= 0)
            (void)close(fd);
        if (at == MAP_FAILED)
            return 0;
        away = at;
    }
    return *away;
}

int gettimeofday(struct timeval *restrict to, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    if (syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) != 0)
        return -1;
    *to = (struct timeval){now.tv_sec + away_s(), now.tv_nsec / 1000};
    return 0;
}
