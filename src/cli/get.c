/* get: one register, once, as JSON (or another form) on stdout or in a file. The Zabbix agent puts stderr into the item
 * too, so a poll that failed says so in the document alone; only a mistake of the user goes to stderr as well, where a
 * person looks for it (the agent's file of ours throws it away). */
#include "base/files/file.h"
#include "base/log.h"
#include "base/process/console.h"
#include "base/text.h"
#include "base/time/clock.h"
#include "cli/commands.h"
#include "cli/program/program.h"
#include "cli/target.h"
#include "cli/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define LEAST_WRITE_MS 1000
#define LOOK_MS        1000

enum form { FORM_JSON, FORM_SEED, FORM_PROMETHEUS };

static enum form form_of(const struct args *args)
{
    if (args->refused)
        return FORM_JSON;
    if (args->format && strcmp(args->format, "seed") == 0)
        return FORM_SEED;
    return args->format && strcmp(args->format, "prometheus") == 0 ? FORM_PROMETHEUS : FORM_JSON;
}

/* Nothing of a command line that is wrong is believed, its -o neither. */
static const char *file_of(const struct args *args)
{
    return args->refused ? NULL : args->output;
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
    return document_json(d, !file_of(args) && uv_guess_handle(1) == UV_TTY);
}

/* What is left until the deadline, but at least a second: a slow register must not cost the document that says so. */
static uint32_t time_left(uint64_t deadline_ms)
{
    uint64_t now = clock_steady_ms();
    return now + LEAST_WRITE_MS < deadline_ms ? (uint32_t)(deadline_ms - now) : LEAST_WRITE_MS;
}

/* The document with its last line ended; Prometheus' lines end themselves. The caller frees it; NULL: no memory. */
static char *print_whole(const struct args *args, const struct document *d)
{
    char *text = print(args, d);
    size_t length = text ? strlen(text) : 0;
    char *whole = text ? malloc(length + 2) : NULL;
    if (whole)
        (void)snprintf(whole, length + 2, "%s%s", text, length > 0 && text[length - 1] == '\n' ? "" : "\n");
    free(text);
    return whole;
}

static bool write_out(const struct args *args, const struct document *d, uint64_t deadline_ms, struct failure *failure)
{
    char *text = print_whole(args, d);
    if (!text)
        return failure_explain(failure, ERR_NO_MEMORY, "the output", "вывод");
    const char *path = file_of(args);
    bool written = path && file_write_within(path, text, strlen(text), time_left(deadline_ms), failure);
    if (!written) { /* also what its file did not take: a document that was made is not lost */
        console_print(stdout, "%s", text);
        (void)console_flush(); /* before the till's program starts; main says it when the document is lost */
    }
    free(text);
    return written || !path;
}

/* A poll whose result has no place to go is not begun. */
static bool may_stand(const char *option, const char *path, struct failure *failure)
{
    enum file_spot spot = path ? file_spot_within(path, LOOK_MS) : FILE_SPOT_GOOD;
    if (spot == FILE_SPOT_FOLDER)
        return failure_explain(failure, ERR_USAGE, "%s \"%s\" is a folder: give the name of a file in it.",
                               "%s «%s» — папка: укажите имя файла в ней.", option, TEXT_PATH(path));
    return spot == FILE_SPOT_GOOD ||
           failure_explain(failure, ERR_USAGE, "%s \"%s\": its folder does not exist. Create it, or correct the path.",
                           "%s «%s»: такой папки нет. Создайте её или исправьте путь.", option, TEXT_PATH(path));
}

static bool outputs_may_stand(const struct args *args, struct failure *failure)
{
    return may_stand("--output", args->output, failure) && may_stand("--trace", args->trace, failure);
}

/* Writes the document; the seed's file keeps its last good content. */
static bool put_document(const struct args *args, const struct document *d, uint64_t deadline_ms,
                         struct failure *failure)
{
    if (file_of(args) && form_of(args) == FORM_SEED && !document_was_read(d))
        return true;
    return write_out(args, d, deadline_ms, failure);
}

/* The till opens whatever the register said, and whatever was wrong with our own command line. */
int cmd_get_program(const struct args *args, int status)
{
    struct failure failure = {0};
    if (!args->program || program_start(args->program, &failure))
        return status;
    int failed_status = command_fail(&failure);
    program_show_failure(&failure, log_language());
    return status == EXIT_DONE ? failed_status : status;
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
    document_of(&document, args->word_count > 0 ? args->words[0] : "", "", &nothing, &zone, NULL, log_language());
    if (!put_document(args, &document, clock_steady_ms() + TARGET_TIMEOUT_MS, &unwritten))
        (void)command_fail(&unwritten);
    return command_fail(failure);
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
    uint64_t began = clock_steady_ms();
    int status;
    if (target_find(args, args->words[0], &target, &failure) && outputs_may_stand(args, &failure) &&
        trace_prepare(args, &target, &failure)) {
        target_read(args, &target, &snapshot, &document);
        bool read = document_was_read(&document);
        status = read ? EXIT_DONE : EXIT_NOT_READ;
        if (!put_document(args, &document, began + target.ask.timeout_ms, &failure))
            status = command_fail(&failure);
        if (!trace_write(args, &target, &document, time_left(began + target.ask.timeout_ms), &failure))
            status = command_fail(&failure);
        if (!read && file_of(args))
            log_error("%s", "%s", document.error);
    } else {
        struct args refused = *args;
        refused.refused = failure.code == ERR_USAGE;
        status = refuse(&refused, &failure);
    }
    target_free(&target);
    return cmd_get_program(args, status);
}
