/* replay: what a trace says. Reads one file, contacts nothing. */
#include "poll/replay.h"
#include "base/files/file.h"
#include "base/log.h"
#include "base/process/console.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/target.h"
#include "output/document.h"
#include "output/trace_text.h"

#include <stdlib.h>
#include <string.h>

static bool print(const struct args *args, const struct trace *trace, const struct snapshot *s, struct failure *failure)
{
    struct document d;
    const struct zone zone = {.offset_s = trace->zone_offset_s};
    document_of(&d, trace->name, trace->used, s, &zone, NULL, log_language());
    char *story = args->json ? NULL : trace_story(trace), *json = document_json(&d, !args->json);
    bool good = json && (story || args->json);
    if (good)
        console_print(stdout, "%s%s%s\n", story ? story : "", story ? "\n" : "", json);
    free(story);
    free(json);
    return good || failure_explain(failure, ERR_NO_MEMORY, "the trace", "запись обмена");
}

struct reading {
    const char *path; /* of the command line, which outlives every thread */
    char *text;
    size_t count;
    struct failure failure;
};

static void read_trace(void *data)
{
    struct reading *r = data;
    r->text = file_read(r->path, TRACE_TEXT_MAX, &r->count, NULL, &r->failure);
}

/* The text of the trace, which the caller frees; NULL with the reason. A pipe that nobody writes is not waited for. */
static char *read_file(const struct args *args, size_t *count, struct failure *failure)
{
    struct reading *r = calloc(1, sizeof *r);
    if (!r) {
        failure_set(failure, ERR_NO_MEMORY, "%s", TEXT_PATH(args->words[0]));
        return NULL;
    }
    r->path = args->words[0];
    if (!target_read_within(args, r->path, read_trace, r, failure))
        return NULL;
    char *text = r->text;
    *count = r->count;
    *failure = r->failure;
    free(r);
    return text;
}

int cmd_replay(const struct args *args)
{
    static struct snapshot snapshot;
    struct failure failure = {0};
    size_t count = 0;
    char *text = read_file(args, &count, &failure);
    if (!text) {
        failure.code = ERR_USAGE;
        return command_fail(&failure);
    }
    struct trace *trace = trace_parse(text, count, &failure);
    free(text);
    bool good = trace && poll_replay(trace, &snapshot, &failure);
    if (!good)
        (void)failure_prepend(&failure, failure.code, "%s: ", "%s: ", TEXT_PATH(args->words[0]));
    good = good && print(args, trace, &snapshot, &failure);
    trace_free(trace);
    return good ? EXIT_DONE : command_fail(&failure);
}
