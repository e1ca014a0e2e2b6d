/* service install|uninstall|start|stop|status */
#include "base/console.h"
#include "cli/commands.h"
#include "cli/target.h"
#include "winservice/service.h"

#include <string.h>

static bool run_service(const struct args *args, struct failure *failure)
{
    return service_dispatch(args->config, failure);
}

/* A configuration that is wrong now would keep the service from starting at night. */
static bool install(const struct args *args, struct failure *failure)
{
    struct config *config = target_config(args, failure);
    bool good = config && service_install(args->config, config, failure);
    config_free(config);
    return good;
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
    static const char *const texts[][2] = {
        [SERVICE_IS_ABSENT] = {"not installed", "не установлена"   },
          [SERVICE_IS_STOPPED] = {"stopped",       "остановлена"        },
        [SERVICE_IS_STARTING] = {"starting",      "запускается"        },
          [SERVICE_IS_RUNNING] = {"running",       "работает"              },
        [SERVICE_IS_STOPPING] = {"stopping",      "останавливается"},
    };
    (void)failure;
    console_print(stdout, "%s\n", texts[service_state()][args->lang]);
    return true;
}

/* THE table of actions; `done` is said when one has succeeded. */
static const struct {
    const char *word;
    bool (*run)(const struct args *args, struct failure *failure);
    const char *done[2];
} actions[] = {
    {"install",
     install,                  {"The service is installed. Start it: zabbix-atol service start",
      "Служба установлена. Запустить: zabbix-atol service start"}},
    {"uninstall", uninstall,   {"The service is uninstalled.", "Служба удалена."}          },
    {"start",     start,       {"The service runs.", "Служба работает."}                  },
    {"stop",      stop,        {"The service has stopped.", "Служба остановлена."}     },
    {"status",    status,      {NULL, NULL}                                                             },
    {"run",       run_service, {NULL, NULL}                                                             },
};

int cmd_service(const struct args *args)
{
    struct failure failure = {0};
    for (unsigned i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(actions[i].word, args->words[0]) != 0)
            continue;
        if (!actions[i].run(args, &failure))
            return command_fail(args, &failure);
        if (actions[i].done[args->lang])
            console_print(stdout, "%s\n", actions[i].done[args->lang]);
        return EXIT_DONE;
    }
    failure_set(&failure, ERR_USAGE, "service \"%.40s\": expected install, uninstall, start, stop or status.",
                args->words[0]);
    return command_fail(args, &failure);
}
