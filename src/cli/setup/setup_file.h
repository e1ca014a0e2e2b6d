/* A file as it was before `setup` changed it, so that it can be put back. */
#ifndef CLI_SETUP_SETUP_FILE_H
#define CLI_SETUP_SETUP_FILE_H

#include "base/error.h"

#include <stddef.h>

struct setup_file {
    char path[600];
    char *text; /* NULL: it was not there. The caller's to free */
    size_t count;
};

/* Reads the file at `path`. False with ERR_FILE when it is there and cannot be read. */
bool setup_file_read(struct setup_file *file, struct failure *failure);

/* Writes a new text, with the rights of a file of the configuration. */
bool setup_file_write(const char *path, const char *text, struct failure *failure);

/* As it was; a file that was not there is removed. */
void setup_file_put_back(const struct setup_file *file);

#endif
