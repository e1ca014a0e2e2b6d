#include "base/process/command.h"

#include "base/process/child.h"
#include "base/process/once.h"
#include "base/system_error.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

struct run {
    const struct command_options *command;
    struct once *once;
    struct child *child;
    struct child_end end;
    char *out;
    size_t used, cap;
};

/* What does not fit is read all the same, so that the program can end. */
static bool on_output(const char *bytes, size_t count, void *user)
{
    struct run *r = user;
    size_t room = r->cap - 1 - r->used, fits = count < room ? count : room;
    memcpy(r->out + r->used, bytes, fits);
    r->used += fits;
    r->out[r->used] = '\0';
    return true;
}

static void on_ended(const struct child_end *end, void *user)
{
    struct run *r = user;
    r->child = NULL;
    r->end = *end;
    once_done(r->once);
}

static bool start(uv_loop_t *loop, struct once *once, void *user)
{
    static const struct child_handlers handlers = {on_output, on_ended};
    struct run *r = user;
    const struct command_options *c = r->command;
    const struct child_options options = {
        .file = c->argv[0],
        .args = c->argv,
        .folder = c->folder,
        .streams = {c->input ? CHILD_READS : CHILD_NOTHING, CHILD_WRITES, c->errors ? CHILD_WRITES : CHILD_NOTHING},
        .input = c->input,
        .input_count = c->input ? strlen(c->input) : 0,
        .timeout_ms = c->timeout_ms,
    };
    r->once = once;
    r->child = child_start(loop, &options, &handlers, r);
    return r->child != NULL;
}

static void cancel(void *user)
{
    child_kill(((struct run *)user)->child);
}

bool command_run(const struct command_options *command, char *out, size_t cap, int *status, struct failure *failure)
{
    struct run r = {.command = command, .out = out, .cap = cap};
    const struct once_task task = {start, cancel, &r};
    out[0] = '\0';
    if (!once_run(&task, failure))
        return false;
    if (r.end.error)
        return failure_system(failure, ERR_SYSTEM, command->argv[0], r.end.error);
    if (r.end.killed && once_was_interrupted())
        return failure_explain(failure, ERR_SYSTEM, "%s was stopped", "%s остановлена", TEXT_PATH(command->argv[0]));
    if (r.end.killed)
        return failure_explain(failure, ERR_SYSTEM, "%s did not end within %" PRIu32 " s",
                               "%s не завершилась за %" PRIu32 " с", TEXT_PATH(command->argv[0]),
                               command->timeout_ms / 1000);
    if (r.end.signal_number)
        return failure_explain(failure, ERR_SYSTEM, "%s was ended by signal %d", "%s завершена сигналом %d",
                               TEXT_PATH(command->argv[0]), r.end.signal_number);
    *status = (int)r.end.status;
    return true;
}
