/* What was found, in the forms of `discover`. */
#ifndef CLI_DISCOVER_PRINT_H
#define CLI_DISCOVER_PRINT_H

#include "cli/discover/find.h"

/* For a person. */
void print_found(const struct found_list *list, const struct args *args);

/* The lines that are missing in a configuration, to be pasted into it, names chosen; everything else is comment.
 * `config` is the one that there is, NULL: none; `path` its file. */
void print_yaml(const struct found_list *list, const struct config *config, const char *path, enum lang lang);

/* JSON for Zabbix's discovery (only what was read), and all facts as JSON; the caller frees the text. NULL when there
 * is no memory. */
char *found_lld(const struct found_list *list);
char *found_json(const struct found_list *list, enum lang lang);

#endif
