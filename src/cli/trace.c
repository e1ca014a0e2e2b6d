#include "cli/trace.h"

#include "base/files/file.h"
#include "output/trace_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 1000

bool trace_prepare(const struct args *args, struct target *target, struct failure *failure)
{
    if (!args->trace)
        return !args->trace_private || failure_explain(failure, ERR_USAGE, "--trace-private requires --trace FILE.",
                                                       "--trace-private задаётся вместе с --trace FILE.");
    if (args->max_age_ms)
        return failure_explain(failure, ERR_USAGE,
                               "--trace and --max-age contradict each other: only a poll has a dialogue.",
                               "--trace и --max-age противоречат друг другу: обмен бывает только при опросе.");
    if (args->output && file_same_place_within(args->output, args->trace, LOOK_MS))
        return failure_explain(failure, ERR_USAGE, "--output and --trace name the same file.",
                               "--output и --trace указывают на один файл.");
    if (target->ask.connect->way == CONNECT_DRIVER)
        return failure_explain(failure, ERR_USAGE,
                               "--trace: the dialogue of the vendor's driver cannot be recorded. Give an address "
                               "without the driver, as tcp://10.0.0.15.",
                               "--trace: обмен драйвера производителя записать нельзя. Укажите адрес без драйвера, "
                               "например tcp://10.0.0.15.");
    target->ask.trace = trace_new();
    return target->ask.trace || failure_set(failure, ERR_NO_MEMORY, "--trace");
}

bool trace_write(const struct args *args, struct target *target, const struct document *d, uint32_t ms,
                 struct failure *failure)
{
    struct trace *t = target->ask.trace;
    if (!t)
        return true;
    (void)snprintf(t->name, sizeof t->name, "%s", d->name);
    (void)snprintf(t->used, sizeof t->used, "%s", d->connect);
    t->failure = d->snapshot->failure;
    t->duration_ms = d->snapshot->duration_ms;
    t->held_ms = d->snapshot->port_held_ms;
    t->clock_read_ms = d->snapshot->clock_read_ms;
    char *text = trace_mask(t, args->trace_private) ? trace_text(t) : NULL;
    bool good = text ? file_write_within(args->trace, text, strlen(text), ms, failure)
                     : failure_set(failure, ERR_NO_MEMORY, "--trace");
    free(text);
    trace_free(t);
    target->ask.trace = NULL;
    return good;
}
