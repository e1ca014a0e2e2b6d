#include "base/console.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

/* A closed standard descriptor would be given to the next file that is opened, and libuv ends the program over it. What
 * stands in its place still refuses to be read or written. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

char **console_begin(int *argc, char **argv)
{
    (void)argc;
    fill_standard_descriptors();
    /* A register or a child that goes away is an error of that write, not the end of the program. */
    (void)signal(SIGPIPE, SIG_IGN);
    return argv;
}

void console_print(FILE *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vfprintf(to, format, args);
    va_end(args);
}

bool console_colours(void)
{
    return isatty(STDOUT_FILENO) == 1;
}
