#include "output/writer.h"

#include <string.h>

void document_walk(const struct document *d, const struct writer *writer, void *to)
{
    const char *group = "";
    for (unsigned i = 0; document_was_read(d) && i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        if (!snapshot_has(d->snapshot, m))
            continue;
        if (strcmp(group, metric_row(m)->group) != 0) {
            group = metric_row(m)->group;
            if (writer->group)
                writer->group(to, d, group_row(group));
        }
        writer->value(to, d, m);
    }
}
