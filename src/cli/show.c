/* show: one register, once, as a table for a person. */
#include "base/console.h"
#include "cli/commands.h"
#include "cli/target.h"

#include <stdio.h>
#include <stdlib.h>

static bool colour_wanted(void)
{
    const char *no_color = getenv("NO_COLOR");
    return console_colours() && !(no_color && *no_color);
}

int cmd_show(const struct args *args)
{
    static struct snapshot snapshot;
    struct target target;
    struct document document;
    struct failure failure = {0};
    if (!target_find(args, args->words[0], &target, &failure))
        return command_fail(args, &failure);
    target_read(args, &target, &snapshot, &document);
    char *text = args->json ? document_json(&document, console_colours())
                            : document_table(&document, target.lang, colour_wanted());
    if (!text) {
        failure_set(&failure, ERR_NO_MEMORY, "the table");
        return command_fail(args, &failure);
    }
    console_print(stdout, args->json ? "%s\n" : "%s", text);
    free(text);
    return document_was_read(&document) ? EXIT_DONE : EXIT_NOT_READ;
}
