/* The lines of `check`: a mark and a sentence, in the language of the person. */
#ifndef CLI_CHECK_CHECK_REPORT_H
#define CLI_CHECK_CHECK_REPORT_H

#include "cli/args.h"
#include "config/config.h"

struct check_report {
    const struct args *args;
    bool wrong; /* a line with [!!] was written */
};

/* The text in the language of the report. */
const char *check_in(const struct check_report *report, const char *en, const char *ru);

/* [ok] or [!!]: counts for the verdict. */
void check_say(struct check_report *report, bool good, const char *what, const char *detail);

/* [--]: does not count. */
void check_note(const char *what, const char *detail);

/* Can `serve` push as the configuration says: the agent's file and its TLS files, the program, the folders? Nothing is
 * written without `push`. */
void check_push(struct check_report *report, const struct config *config);

#endif
