#include "base/files/folder.h"
#include "base/time/clock.h"
#include "output/document.h"

#include <stdlib.h>
#include <string.h>

bool document_load(const char *path, const char *name, struct snapshot *s, struct document *d)
{
    size_t length;
    char *text = folder_read_path(path, DOCUMENT_BYTES_MAX, &length, NULL);
    bool good = text && document_read(text, length, clock_unix_ms() / 1000, s, d, NULL) &&
                (!name || strcmp(d->name, name) == 0);
    free(text);
    return good;
}
