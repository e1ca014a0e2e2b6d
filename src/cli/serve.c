/* serve: polls every register of the configuration, for ever. */
#include "serve/serve.h"

#include "base/log.h"
#include "cli/commands.h"
#include "cli/target.h"

#include <stdio.h>
#include <stdlib.h>

static struct config *read_config(const void *context, struct failure *failure)
{
    return target_config(context, failure);
}

/* Before a reload: a wrong file is an error of whoever asked for it. */
static int check_only(const struct args *args)
{
    struct failure failure = {0};
    struct config *config = target_config(args, &failure);
    if (!config)
        return command_fail(&failure);
    config_free(config);
    return EXIT_DONE;
}

int cmd_serve(const struct args *args)
{
    struct failure failure = {0};
    struct serve_settings settings = {read_config, args, args->lang_set, args->lang, args->stop_on_eof};
    if (args->check_only)
        return check_only(args);
    log_begin_service();
    if (args->verbose == 0)
        log_set_level(LOG_LEVEL_INFO);
    bool closed = false;
    if (!serve_run(&settings, &closed, &failure))
        return command_fail(&failure);
    if (closed)
        return EXIT_DONE;
    /* Threads that hang are left to the end of the process, which must not wait for them. */
    (void)fflush(NULL);
    _Exit(EXIT_DONE);
}
