#include "base/files/folder.h"
#include "base/time/clock.h"
#include "output/document.h"

#include <stdlib.h>
#include <string.h>

bool document_is_of(const struct document *d, const struct document_owner *owner)
{
    const struct connect *connect = owner->connect;
    const struct snapshot *s = d->snapshot;
    bool known = s && snapshot_has(s, METRIC_device_serial);
    return strcmp(d->name, owner->name) == 0 &&
           (!connect || connect->way == CONNECT_AUTO || strcmp(d->connect, connect->text) == 0) &&
           (!owner->serial || !owner->serial[0] || !known ||
            strcmp(snapshot_text(s, METRIC_device_serial), owner->serial) == 0);
}

bool document_load(const char *path, const struct document_owner *owner, struct snapshot *s, struct document *d)
{
    size_t length;
    char *text = folder_read_path(path, DOCUMENT_BYTES_MAX, &length, NULL);
    bool good =
        text && document_read(text, length, clock_unix_ms() / 1000, s, d, NULL) && (!owner || document_is_of(d, owner));
    free(text);
    return good;
}
