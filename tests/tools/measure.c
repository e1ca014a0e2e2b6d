/* measure FILE PROGRAM ARG…: runs the program and writes "wall_us cpu_us peak_kib" to FILE. Small on purpose: the peak
 * memory of a child counts from its birth, and a big parent would lend it its own. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long us(struct timeval t)
{
    return (long long)t.tv_sec * 1000000 + t.tv_usec;
}

int main(int argc, char **argv)
{
    struct timespec began, ended;
    struct rusage usage;
    int status = 0;
    if (argc < 3)
        return 2;
    (void)clock_gettime(CLOCK_MONOTONIC, &began);
    pid_t child = fork();
    if (child == 0) {
        (void)execv(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child)
        return 2;
    (void)clock_gettime(CLOCK_MONOTONIC, &ended);
    FILE *f = fopen(argv[1], "w");
    if (!f)
        return 2;
    long long wall = (ended.tv_sec - began.tv_sec) * 1000000LL + (ended.tv_nsec - began.tv_nsec) / 1000;
    (void)fprintf(f, "%lld %lld %ld\n", wall, us(usage.ru_utime) + us(usage.ru_stime), usage.ru_maxrss);
    return fclose(f) == 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
