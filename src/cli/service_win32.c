/* service install|uninstall|purge|start|stop|reload|status */
#include "base/process/console.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/target.h"
#include "winservice/service.h"

#include <stdio.h>
#include <string.h>

/* Exit statuses of `service status`, as those of Linux' services. */
enum { STATUS_RUNNING = 0, STATUS_RESTS = 3, STATUS_ABSENT = 4 };

static bool run_service(const struct args *args, struct failure *failure)
{
    return service_dispatch(args->config, args->lang, failure);
}

/* The configuration that was named, else that of the installed service, else NULL for the usual place. */
static const char *config_of(const struct args *args, struct service_facts *facts)
{
    struct failure failure = {0};
    if (args->config)
        return args->config;
    return service_look(facts, &failure) && facts->config[0] ? facts->config : NULL;
}

/* A configuration that is wrong now would keep the service from starting at night. */
static bool install(const struct args *args, struct failure *failure)
{
    struct service_facts facts;
    struct args with = *args;
    char usual[1024];
    with.config = config_of(args, &facts);
    struct config *config = target_config(&with, failure);
    const char *path = with.config ? with.config : config_default_path(usual, sizeof usual);
    bool good = config && service_may_run(path, config, failure) && service_install(with.config, config, failure);
    config_free(config);
    return good;
}

static bool uninstall(const struct args *args, struct failure *failure)
{
    (void)args;
    return service_uninstall(failure);
}

/* For the installer: with the service goes all that it and `setup` have written. */
static bool purge(const struct args *args, struct failure *failure)
{
    (void)args;
    return service_uninstall(failure) && service_folders_remove(failure);
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

/* A wrong configuration is reported here; the service goes on with what it has. */
static bool reload(const struct args *args, struct failure *failure)
{
    struct service_facts facts;
    struct args with = *args;
    if (!service_look(&facts, failure))
        return false;
    with.config = facts.config[0] ? facts.config : NULL;
    struct config *config = target_config(&with, failure);
    bool good = config && service_reload(failure);
    config_free(config);
    return good;
}

static void print_facts(const struct service_facts *facts, enum lang lang)
{
    static const char *const texts[][2] = {
        [SERVICE_IS_ABSENT] = {"not installed", "не установлена"   },
          [SERVICE_IS_STOPPED] = {"stopped",       "остановлена"        },
        [SERVICE_IS_STARTING] = {"starting",      "запускается"        },
          [SERVICE_IS_RUNNING] = {"running",       "работает"              },
        [SERVICE_IS_STOPPING] = {"stopping",      "останавливается"},
    };
    bool ru = lang == LANG_RU;
    char usual[1024], log[1024];
    console_print(stdout, "%s\n", texts[facts->state][lang]);
    if (facts->state == SERVICE_IS_ABSENT)
        return;
    if (facts->exit_code)
        console_print(stdout, "%s %lu\n", ru ? "завершилась с кодом" : "exited with status", facts->exit_code);
    if (facts->process)
        console_print(stdout, "%s %lu\n", ru ? "процесс:" : "process:", facts->process);
    console_print(stdout, "%s %s\n", ru ? "учётная запись:" : "account:", facts->account);
    console_print(stdout, "%s %s\n", ru ? "настройки:" : "configuration:",
                  facts->config[0] ? facts->config : config_default_path(usual, sizeof usual));
    if (service_log_path(log, sizeof log))
        console_print(stdout, "%s %s\n", ru ? "журнал:" : "log:", log);
}

static int status(const struct args *args)
{
    struct service_facts facts;
    struct failure failure = {0};
    if (!service_look(&facts, &failure))
        return command_fail(&failure);
    print_facts(&facts, args->lang);
    if (facts.state == SERVICE_IS_RUNNING)
        return STATUS_RUNNING;
    return facts.state == SERVICE_IS_ABSENT ? STATUS_ABSENT : STATUS_RESTS;
}

/* THE table of actions; `done` is said when one has succeeded. */
static const struct {
    const char *word;
    bool (*run)(const struct args *args, struct failure *failure);
    const char *done[2];
} actions[] = {
    {"install",
     install,                  {"The service is installed. Start it: zabbix-atol service start",
      "Служба установлена. Запустить: zabbix-atol service start"}                                                    },
    {"uninstall", uninstall,   {"The service is uninstalled.", "Служба удалена."}                                                              },
    {"purge",
     purge,                    {"The service and C:\\ProgramData\\zabbix-atol are removed.", "Служба и C:\\ProgramData\\zabbix-atol удалены."}},
    {"start",     start,       {"The service is running.", "Служба работает."}                                                                },
    {"stop",      stop,        {"The service has stopped.", "Служба остановлена."}                                                         },
    {"reload",    reload,      {"The service reads its configuration again.", "Служба перечитывает настройки."}                  },
    {"run",       run_service, {NULL, NULL}                                                                                                                 },
};

int cmd_service(const struct args *args)
{
    struct failure failure = {0};
    if (strcmp(args->words[0], "status") == 0)
        return status(args);
    for (unsigned i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(actions[i].word, args->words[0]) != 0)
            continue;
        if (!actions[i].run(args, &failure))
            return command_fail(&failure);
        if (actions[i].done[args->lang])
            console_print(stdout, "%s\n", actions[i].done[args->lang]);
        return EXIT_DONE;
    }
    failure_explain(&failure, ERR_USAGE, "service \"%s\": expected install, uninstall, start, stop, reload or status.",
                    "service «%s»: ожидается install, uninstall, start, stop, reload или status.",
                    TEXT_SHORT(args->words[0]));
    return command_fail(&failure);
}
