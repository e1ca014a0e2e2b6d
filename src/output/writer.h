/* One walk over a document's values, a writer a format: JSON, table, Prometheus, seed. Only output/ includes this. */
#ifndef OUTPUT_WRITER_H
#define OUTPUT_WRITER_H

#include "output/document.h"

/* What a format does with each piece; NULL: nothing. `to` is the format's own. */
struct writer {
    /* Before the first value of a group. */
    void (*group)(void *to, const struct document *d, const struct group_row *group);
    /* A value that is there. */
    void (*value)(void *to, const struct document *d, enum metric m);
};

/* The values in the catalogue's order; none of a register that was not read. */
void document_walk(const struct document *d, const struct writer *writer, void *to);

#endif
