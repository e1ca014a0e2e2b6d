/* What is not sent any more: lines that zabbix_sender cannot read, and values that Zabbix refused for good. They are
 * kept in SPOOL/refused for a person to look at: `values`, and `values.1` with the older ones, at most 4 MiB each.
 * And whose values Zabbix refused last. */
#ifndef PUSH_REFUSED_H
#define PUSH_REFUSED_H

#include "base/files/folder.h"
#include "push/line.h"

#include <stddef.h>

/* Keeps a line (without its newline). False when it could not be kept, with ERR_FILE. */
bool refused_keep(const struct folder *spool, const char *line, size_t length, struct failure *failure);

/* Keeps a whole file of the spool, by its own name. False when it could not be moved, with ERR_FILE. */
bool refused_keep_file(const struct folder *spool, const char *name, struct failure *failure);

#define DOUBT_PLACES 4096

/* Whose values Zabbix refused last: they go alone until one of them is accepted, so that they hold up nobody else's.
 * Start with zeros. A hash of host and key each; of two with the same place the older one is forgotten, which costs
 * packets and no value. */
struct doubt {
    uint64_t hashes[DOUBT_PLACES];
};

void doubt_add(struct doubt *doubt, const struct line_name *name);
void doubt_remove(struct doubt *doubt, const struct line_name *name);
bool doubt_has(const struct doubt *doubt, const struct line_name *name);

#endif
