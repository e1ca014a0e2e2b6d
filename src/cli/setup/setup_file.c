#include "cli/setup/setup_file.h"

#include "base/files/file.h"
#include "cli/setup/setup_system.h"

#include <string.h>

#define TEXT_MAX (1U << 20)

bool setup_file_read(struct setup_file *file, struct failure *failure)
{
    bool missing = false;
    file->text = file_read(file->path, TEXT_MAX, &file->count, &missing, failure);
    if (!file->text && missing)
        failure_clear(failure);
    return file->text || missing;
}

bool setup_file_write(const char *path, const char *text, struct failure *failure)
{
    return file_write_atomic(path, text, strlen(text), true, failure) && setup_protect(path, failure);
}

void setup_file_put_back(const struct setup_file *file)
{
    struct failure ignored;
    if (file->text)
        (void)file_write_atomic(file->path, file->text, file->count, true, &ignored);
    else
        file_remove(file->path);
}
