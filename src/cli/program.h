/* The program behind `--`: the till's own, started once the port is free. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "base/error.h"

#include <stdbool.h>

/* Starts it detached, so that nobody waits for it, and without our stdout, whose reader waits for its end. False with
 * ERR_SYSTEM, or with ERR_PROGRAM_RIGHTS when it needs an administrator and did not get one. */
bool program_start(char **program, struct failure *failure);

/* ---- the system's part: program_posix.c, program_win32.c ---- */

/* What this process has set for itself and a child would inherit goes back to the system's usual. */
void program_prepare(void);

/* Is `status` of uv_spawn the wish for an administrator's rights? Then asks the user for them and starts the program;
 * false when that is not the reason, or with ERR_PROGRAM_RIGHTS. */
bool program_start_as_administrator(char **program, int status, struct failure *failure);

#endif
