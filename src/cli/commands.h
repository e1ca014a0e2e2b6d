/* The commands: each takes its arguments and gives the exit status. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "base/exit_status.h"
#include "cli/args.h"

int cmd_get(const struct args *args);
/* What `get` does in place of a poll when a mistake in the command line keeps it from one: the sentence on stderr, the
 * document that says so on stdout, even with -o, for nothing of such a line is believed; and the program behind `--`.
 * Gives the exit status. */
int cmd_get_refused(const struct args *args, const struct failure *failure);
/* Starts the program behind `--`, if there is one; gives the exit status: `status`, or 1 in place of 0 when the program
 * could not be started. */
int cmd_get_program(const struct args *args, int status);
int cmd_show(const struct args *args);
int cmd_status(const struct args *args);
/* What a trace of `get --trace` says, without contacting anything. */
int cmd_replay(const struct args *args);
int cmd_serve(const struct args *args);
/* Windows only; elsewhere it says what stands in for it. */
int cmd_service(const struct args *args);
int cmd_discover(const struct args *args);
int cmd_control(const struct args *args);
int cmd_check(const struct args *args);
/* Makes this computer watch its registers, and proves it (design.md §2). */
int cmd_setup(const struct args *args);
int cmd_metrics(const struct args *args);
int cmd_help(const struct args *args);
/* One task of the vendor's driver, for the program itself (driver/worker_wire.h). */
int cmd_worker(const struct args *args);

/* Prints the sentence of a failure on stderr and gives the exit status that it stands for. */
int command_fail(const struct failure *failure);

#endif
