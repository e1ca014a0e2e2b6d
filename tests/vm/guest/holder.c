/* holder DEVICE [flock]: a till's program that has a port open and reads from it; says what comes, ends with the port.
 * With `flock` it holds the advisory lock too. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char bytes[256];
    ssize_t count;
    struct termios settings;
    int fd = argc > 1 ? open(argv[1], O_RDWR | O_NOCTTY) : -1;
    if (fd < 0 || (argc > 2 && strcmp(argv[2], "flock") == 0 && flock(fd, LOCK_EX | LOCK_NB) != 0)) {
        perror("holder");
        return 1;
    }
    (void)tcgetattr(fd, &settings);
    cfmakeraw(&settings);
    (void)tcsetattr(fd, TCSANOW, &settings);
    puts("holding");
    (void)fflush(stdout);
    while ((count = read(fd, bytes, sizeof bytes)) > 0) {
        printf("%zd bytes\n", count);
        (void)fflush(stdout);
    }
    printf("lost: %s\n", count < 0 ? strerror(errno) : "end");
    return 0;
}
