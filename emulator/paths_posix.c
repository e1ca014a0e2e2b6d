#include "paths.h"

char **paths_arguments(int *argc, char **argv)
{
    (void)argc;
    return argv;
}

FILE *paths_open(const char *path, const char *mode)
{
    return fopen(path, mode);
}
