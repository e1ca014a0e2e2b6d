/* show: one register, once, as a table for a person. */
#include "base/log.h"
#include "base/process/console.h"
#include "base/process/once.h"
#include "cli/commands.h"
#include "cli/target.h"
#include "cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#define WATCH_MS 2000

/* One look; gives the exit status. */
static int look(const struct args *args, const struct target *target, bool again)
{
    static struct snapshot snapshot;
    struct document document;
    struct failure failure = {0};
    target_read(args, target, &snapshot, &document);
    char *text = args->json ? document_json(&document, uv_guess_handle(1) == UV_TTY)
                            : document_table(&document, log_language(), words_colours(), words_columns());
    if (!text) {
        failure_set(&failure, ERR_NO_MEMORY, "%s", args->command);
        return command_fail(&failure);
    }
    if (again && console_colours())
        console_print(stdout, "\033[H\033[J");
    console_print(stdout, args->json ? "%s\n" : "%s", text);
    free(text);
    return document_was_read(&document) ? EXIT_DONE : EXIT_NOT_READ;
}

int cmd_show(const struct args *args)
{
    struct target target;
    struct failure failure = {0};
    if (!target_find(args, args->words[0], &target, &failure))
        return command_fail(&failure);
    int status = look(args, &target, args->watch);
    while (args->watch && !once_was_interrupted() && console_flush() == CONSOLE_WRITTEN) {
        uv_sleep(WATCH_MS);
        status = look(args, &target, true);
    }
    target_free(&target);
    return status;
}
