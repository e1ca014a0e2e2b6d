#include "base/console.h"

char **console_begin(int *argc, char **argv)
{
    (void)argc;
    return argv;
}
