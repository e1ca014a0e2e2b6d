/* The findings of `check`: a mark and a sentence each, in the language of the person, and as JSON. */
#ifndef CLI_CHECK_CHECK_REPORT_H
#define CLI_CHECK_CHECK_REPORT_H

#include "cli/args.h"
#include "cli/status/collect.h"
#include "cli/target.h"
#include "config/config.h"
#include "push/agent_config.h"

#include <jansson.h>

enum finding {
#define FINDING(name, code, severity, en, ru, next_en, next_ru) FINDING_##name,
#include "cli/check/findings.def"
#undef FINDING
    FINDING_COUNT
};

struct check_report {
    const struct args *args;
    enum lang lang;
    bool pushes; /* the configuration has `push` */
    unsigned warnings, errors;
    bool usage;       /* the register of the command line is none: the exit status of every command */
    json_t *findings; /* with --json: what text would say; else NULL */
};

/* The text in the language of the report. */
const char *check_in(const struct check_report *report, const char *en, const char *ru);

/* A sentence in the language of the report, cut at a whole character; both formats take the same arguments. Returns
 * buf. */
const char *check_print(const struct check_report *report, char *buf, size_t cap, const char *en, const char *ru, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));

/* [ok] and [--]: nothing is wrong; the second is only said. */
void check_good(struct check_report *report, const char *what, const char *detail);
void check_note(struct check_report *report, const char *what, const char *detail);

/* [!!], or [! ] for a warning: what was found, of whom (a name, a path; "" when the row says it), the sentence, and
 * what to do next. `about`: what a command of the next step is given, a path or a name; it is quoted for a shell. */
void check_found(struct check_report *report, enum finding finding, const char *whose, const char *sentence);
void check_failed(struct check_report *report, enum finding finding, const char *whose, const struct failure *failure);
void check_found_about(struct check_report *report, enum finding finding, const char *whose, const char *sentence,
                       const char *about);
void check_failed_about(struct check_report *report, enum finding finding, const struct failure *failure,
                        const char *about);

/* Prints the end; gives the exit status: 0 nothing wrong, 3 warnings only, 1 errors, 2 no such register. */
int check_end(struct check_report *report);

/* "config-wrong" and its English and Russian rows; for documents and tests. */
const char *finding_code(enum finding finding);

/* The agent's file, read within --timeout; false with the reason. */
bool check_read_agent(const struct check_report *report, const char *path, struct agent_config *agent,
                      struct failure *failure);

/* ---- the parts of the chain ---- */

/* Every register of the configuration, or the one of the command line: `target` is what target_find made of the word;
 * NULL: it did not, for that failure. */
void check_registers(struct check_report *report, const struct config *config);
void check_register(struct check_report *report, const char *word, const struct target *target,
                    const struct failure *failure);
/* Files and folders as the service's user sees them; serve and its snapshots. */
void check_service(struct check_report *report, const struct config *config, const char *config_path);
/* The snapshots of serve beside what `rows` (by polling, one a register) say now. Only where serve runs. */
void check_snapshots(struct check_report *report, const struct config *config, const struct status_row *rows);
/* The agent's file: include, time-out, rights of its user. */
void check_agent(struct check_report *report, const char *config_path);
/* Can `serve` push as the configuration says: the agent's file and its TLS files, the program, the server, the hosts?
 * Nothing is said without `push`. */
void check_push(struct check_report *report, const struct config *config);
/* Ports of this computer; the vendor's driver, which counts only when one of the registers needs it. */
void check_ports(struct check_report *report);
void check_driver(struct check_report *report, const struct connect *connect);

#define CHECK_PROGRAM_MAX 1200

/* A program as the system looks for it: along PATH, unless the name has a folder. 0 with its path in `found`, or an
 * error of libuv with the name; both escaped. */
int check_find_program(const char *name, char *found, size_t cap);

/* ---- the system's part: access_posix.c, access_win32.c ---- */

enum { CHECK_MAY_RUN = 1, CHECK_MAY_WRITE = 2, CHECK_MAY_READ = 4, CHECK_MAY_ALL = 7 };

/* May that user do it? 0 or an error of libuv. Only root can ask for another user; else, and for a user that there is
 * not, this process is asked. */
int check_access(const char *user, const char *path, int mode);

/* May the person ask for that user's rights? False with ERR_USAGE and why. */
bool check_may_ask_for(const char *user, struct failure *failure);

/* Is there such a user, and can it be asked for? */
bool check_knows_user(const char *user);

/* The files of the Zabbix agents that are here: those of the usual places, on Windows those of the installed services.
 * Returns how many; the texts stay the callee's. */
#define CHECK_AGENTS_MAX 8
unsigned check_agent_files(const char *files[CHECK_AGENTS_MAX]);

#endif
