/* The program behind `--`: the till's own, started once the port is free. */
#ifndef CLI_PROGRAM_PROGRAM_H
#define CLI_PROGRAM_PROGRAM_H

#include "base/error.h"

#include <stdbool.h>

/* Starts it detached, so that nobody waits for it, and without our stdout, whose reader waits for its end. On Windows a
 * shortcut, a document or a program that needs an administrator is opened as a double click does. False with
 * ERR_PROGRAM_START, or with ERR_PROGRAM_RIGHTS when it needs an administrator and did not get one. */
bool program_start(char **program, struct failure *failure);

/* ---- the system's part: program_posix.c, program_win32.c ---- */

/* What this process has set for itself and a child would inherit goes back to the system's usual. */
void program_prepare(void);

/* The second try, after uv_spawn. False on systems whose programs are all plain (the failure stays as it was), else
 * with the failure. */
bool program_start_by_shell(char **program, struct failure *failure);

/* Says it where the person at the till sees it, who has no console: on Windows a message box, when there is a desktop,
 * and the event log. Elsewhere nothing: stderr has it already. */
void program_show_failure(const struct failure *failure, enum lang lang);

#endif
