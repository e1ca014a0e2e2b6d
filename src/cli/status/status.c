/* status: all registers, one line each, the worst first. */
#include "base/log.h"
#include "base/process/console.h"
#include "base/process/once.h"
#include "cli/commands.h"
#include "cli/status/collect.h"
#include "cli/status/table.h"
#include "cli/target.h"
#include "cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define WATCH_MS 2000

static void add_to_page(const struct document *d, void *user)
{
    prometheus_add(user, d);
}

static bool is_prometheus(const struct args *args)
{
    return args->format && strcmp(args->format, "prometheus") == 0;
}

static bool print(const struct args *args, const struct status_row *rows, unsigned count, enum lang lang,
                  struct prometheus *page)
{
    const struct status_view view = {lang, words_colours(), words_columns()};
    if (!page && !args->json && !(args->format && strcmp(args->format, "json") == 0)) {
        status_print_table(rows, count, &view);
        return true;
    }
    char *text = page ? prometheus_end(page) : status_json(rows, count, uv_guess_handle(1) == UV_TTY);
    if (text)
        console_print(stdout, page ? "%s" : "%s\n", text);
    free(text);
    return text != NULL;
}

/* One look at all registers. Gives the exit status: the worst counts. */
static int look(const struct args *args, const struct config *config, enum lang lang, bool again)
{
    struct failure failure = {0};
    struct prometheus *page = is_prometheus(args) ? prometheus_begin() : NULL;
    struct status_ask ask = {.args = args, .config = config, .lang = lang, .user = page};
    ask.each = page ? add_to_page : NULL;
    struct status_row *rows = status_collect(&ask, &failure);
    if (!rows) {
        free(prometheus_end(page));
        return command_fail(&failure);
    }
    if (again && console_colours())
        console_print(stdout, "\033[H\033[J");
    int status = config->kkt_count > 0 && rows[0].level >= SEVERITY_WARNING ? EXIT_NOT_READ : EXIT_DONE;
    if (!print(args, rows, config->kkt_count, lang, page)) {
        failure_set(&failure, ERR_NO_MEMORY, "%s", args->command);
        status = command_fail(&failure);
    }
    free(rows);
    return status;
}

int cmd_status(const struct args *args)
{
    struct failure failure = {0};
    struct config *config = target_config(args, &failure);
    if (!config)
        return command_fail(&failure);
    target_follow_language(args, config);
    enum lang lang = log_language();
    int status = look(args, config, lang, args->watch);
    while (args->watch && !once_was_interrupted() && console_flush() == CONSOLE_WRITTEN) {
        uv_sleep(WATCH_MS);
        status = look(args, config, lang, true);
    }
    config_free(config);
    return status;
}
