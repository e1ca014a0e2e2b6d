/* Paths with any letters: UTF-8 on every system. */
#ifndef EMULATOR_PATHS_H
#define EMULATOR_PATHS_H

#include <stdio.h>

/* The program's arguments in UTF-8; the memory is the program's until it ends. */
char **paths_arguments(int *argc, char **argv);

/* fopen of such a path. */
FILE *paths_open(const char *path, const char *mode);

#endif
