/* The lines of `status`. */
#ifndef CLI_STATUS_TABLE_H
#define CLI_STATUS_TABLE_H

#include "cli/status/collect.h"

struct status_view {
    enum lang lang;
    bool colour;
    int columns; /* of the terminal; at least 80 are used */
};

/* Prints the heads, one line a register and a last line with counts, none wider than the columns. */
void status_print_table(const struct status_row *rows, unsigned count, const struct status_view *view);

/* The same facts as JSON: {"registers": [...], "worst": code}, what is not known left out. Memory is the caller's; NULL
 * when there is none. */
char *status_json(const struct status_row *rows, unsigned count, bool indent);

#endif
