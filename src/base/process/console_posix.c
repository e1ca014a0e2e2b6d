#include "base/process/console.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
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
    /* Nor is a limit of the size of files (ulimit -f). Children have the usual ways again: libuv sees to it. */
    (void)signal(SIGXFSZ, SIG_IGN);
    return argv;
}

static bool reader_gone; /* of stdout */

void console_print(FILE *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    errno = 0;
    if (vfprintf(to, format, args) < 0 && to == stdout && errno == EPIPE)
        reader_gone = true;
    va_end(args);
}

enum console_end console_flush(void)
{
    errno = 0;
    if (fflush(stdout) != 0 && errno == EPIPE)
        reader_gone = true;
    if (reader_gone)
        return CONSOLE_READER_GONE;
    return ferror(stdout) ? CONSOLE_FAILED : CONSOLE_WRITTEN;
}

int console_columns(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool console_colours(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) == 1 && !(terminal && strcmp(terminal, "dumb") == 0);
}

bool console_outputs_are_one(void)
{
    struct stat out, error;
    return isatty(STDOUT_FILENO) != 1 && fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &error) == 0 &&
           out.st_dev == error.st_dev && out.st_ino == error.st_ino;
}
