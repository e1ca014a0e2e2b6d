/* service install|uninstall|start|stop|status */
#include "base/console.h"
#include "cmd/commands.h"
#include "cmd/service.h"

#include <stdio.h>
#include <string.h>

static bool run_service(const struct args *args, struct failure *failure)
{
    return service_dispatch(args->config, failure);
}

static bool install(const struct args *args, struct failure *failure)
{
    return service_install(args->config, failure);
}

static bool uninstall(const struct args *args, struct failure *failure)
{
    (void)args;
    return service_uninstall(failure);
}

static bool start(const struct args *args, struct failure *failure)
{
    (void)args;
    return service_start(failure);
}

static bool stop(const struct args *args, struct failure *failure)
{
    (void)args;
    return service_stop(failure);
}

static bool status(const struct args *args, struct failure *failure)
{
    (void)args;
    (void)failure;
    console_print(stdout, "%s\n", service_status());
    return true;
}

static const struct {
    const char *word;
    bool (*run)(const struct args *args, struct failure *failure);
} actions[] = {
    {"install",   install    },
    {"uninstall", uninstall  },
    {"start",     start      },
    {"stop",      stop       },
    {"status",    status     },
    {"run",       run_service}
};

int cmd_service(const struct args *args)
{
    struct failure failure = {0};
    for (unsigned i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].word, args->words[0]) == 0)
            return actions[i].run(args, &failure) ? EXIT_DONE : command_fail(args, &failure);
    failure_set(&failure, ERR_USAGE, "service \"%.40s\": expected install, uninstall, start, stop or status.",
                args->words[0]);
    return command_fail(args, &failure);
}
