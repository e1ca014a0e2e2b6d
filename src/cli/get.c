/* get: one register, once, as JSON (or another form) on stdout or in a file. The Zabbix agent puts stderr into the item
 * too, so a poll that failed says so in the document alone; only a mistake of the user goes to stderr as well, where a
 * person looks for it (the agent's file of ours throws it away). */
#include "base/clock.h"
#include "base/console.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/program.h"
#include "cli/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum form { FORM_JSON, FORM_SEED, FORM_PROMETHEUS };

static enum form form_of(const struct args *args)
{
    if (args->format && strcmp(args->format, "seed") == 0)
        return FORM_SEED;
    return args->format && strcmp(args->format, "prometheus") == 0 ? FORM_PROMETHEUS : FORM_JSON;
}

static char *print(const struct args *args, const struct document *d)
{
    switch (form_of(args)) {
    case FORM_SEED:
        return document_seed(d);
    case FORM_PROMETHEUS:
        return document_prometheus(d);
    case FORM_JSON:
        break;
    }
    return document_json(d, !args->output && uv_guess_handle(1) == UV_TTY);
}

static bool write_out(const struct args *args, const struct document *d, struct failure *failure)
{
    char *text = print(args, d);
    size_t length = text ? strlen(text) : 0;
    bool good = text != NULL;
    if (!text)
        failure_set(failure, ERR_NO_MEMORY, "the output");
    /* Prometheus' lines end themselves. */
    const char *end = length > 0 && text[length - 1] == '\n' ? "" : "\n";
    if (good && args->output) {
        char *whole = malloc(length + 2);
        good = whole != NULL;
        if (whole) {
            int n = snprintf(whole, length + 2, "%s%s", text, end);
            good = file_write_atomic(args->output, whole, (size_t)n, true, failure);
        }
        free(whole);
    } else if (good) {
        console_print(stdout, "%s%s", text, end);
        good = fflush(stdout) == 0 && !ferror(stdout);
        if (!good)
            failure_set(failure, ERR_SYSTEM, "stdout: cannot be written");
    }
    free(text);
    return good;
}

/* Writes the document; the seed's file keeps its last good content. */
static bool put_document(const struct args *args, const struct document *d, struct failure *failure)
{
    if (args->output && form_of(args) == FORM_SEED && !document_was_read(d))
        return true;
    return write_out(args, d, failure);
}

/* The till opens whatever the register said, and whatever was wrong with our own command line. */
int cmd_get_program(const struct args *args, int status)
{
    struct failure failure = {0};
    if (!args->program || program_start(args->program, &failure))
        return status;
    int told = command_fail(args, &failure);
    /* One that is not there is a mistake of the shortcut and tells nothing of the register. */
    return failure.code == ERR_PROGRAM_RIGHTS && status == EXIT_DONE ? told : status;
}

static int refuse(const struct args *args, const struct failure *failure)
{
    static struct snapshot nothing;
    struct document document;
    struct failure unwritten = {0};
    const struct zone zone = {.host = true};
    snapshot_clear(&nothing);
    nothing.failure = *failure;
    nothing.polled_ms = clock_unix_ms();
    document_of(&document, args->word_count > 0 ? args->words[0] : "", "", &nothing, &zone, NULL, args->lang);
    if (!put_document(args, &document, &unwritten))
        (void)command_fail(args, &unwritten);
    return command_fail(args, failure);
}

int cmd_get_refused(const struct args *args, const struct failure *failure)
{
    return cmd_get_program(args, refuse(args, failure));
}

int cmd_get(const struct args *args)
{
    static struct snapshot snapshot;
    struct target target;
    struct document document;
    struct failure failure = {0};
    int status;
    if (target_find(args, args->words[0], &target, &failure)) {
        target_read(args, &target, &snapshot, &document);
        bool read = document_was_read(&document);
        status = read ? EXIT_DONE : EXIT_NOT_READ;
        if (!put_document(args, &document, &failure))
            status = command_fail(args, &failure);
        if (!read && args->output)
            log_error("%s", document.error);
    } else {
        status = refuse(args, &failure);
    }
    return cmd_get_program(args, status);
}
