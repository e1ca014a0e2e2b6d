/* zabbix-atol: finds the command and hands over. */
#include "base/console.h"
#include "base/log.h"
#include "cli/commands.h"
#include "driver/worker.h"
#include "link/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

int cmd_worker(const struct args *args)
{
    (void)args;
    return worker_main();
}

/* clang-format off */
/* THE table of commands; one without texts is not for people. */
static const struct row {
    const char *name;
    enum command command;
    int (*run)(const struct args *args);
    unsigned least, most; /* words */
    const char *usage;
    const char *help[2];
} rows[] = {
    {"get", COMMAND_GET, cmd_get, 1, 1,
     "get CONNECT|NAME [-- PROGRAM ARG...]",
     {"read a register once and print one JSON document",
      "прочитать ККТ один раз и вывести документ JSON"}},
    {"show", COMMAND_SHOW, cmd_show, 1, 1,
     "show CONNECT|NAME",
     {"read a register once and print a table for a person",
      "прочитать ККТ один раз и вывести таблицу для человека"}},
    {"serve", COMMAND_SERVE, cmd_serve, 0, 0,
     "serve [-c FILE]",
     {"poll every register of the configuration, for ever",
      "опрашивать все ККТ из настроек, постоянно"}},
    {"discover", COMMAND_DISCOVER, cmd_discover, 0, 0,
     "discover [--lld] [--scan]",
     {"list the registers of the configuration, or the ports of this computer",
      "перечислить ККТ из настроек или порты компьютера"}},
    {"reboot", COMMAND_CONTROL, cmd_control, 1, 1,
     "reboot CONNECT|NAME",
     {"restart a register; refused unless allowed",
      "перезагрузить ККТ; только если разрешено"}},
    {"beep", COMMAND_CONTROL, cmd_control, 1, 1,
     "beep CONNECT|NAME",
     {"let a register beep; refused unless allowed",
      "подать сигнал на ККТ; только если разрешено"}},
    {"set-clock", COMMAND_CONTROL, cmd_control, 1, 1,
     "set-clock CONNECT|NAME",
     {"set a register's clock; refused unless allowed",
      "установить часы ККТ; только если разрешено"}},
    {"check", COMMAND_CHECK, cmd_check, 0, 1,
     "check [CONNECT|NAME]",
     {"say what is wrong with this installation and what to do",
      "сказать, что не так с установкой и что делать"}},
    {"metrics", COMMAND_METRICS, cmd_metrics, 0, 0,
     "metrics",
     {"print the catalogue of metrics",
      "вывести каталог метрик"}},
    {"service", COMMAND_SERVICE, cmd_service, 1, 1,
     "service install|uninstall|start|stop|reload|status",
     {"run `serve` as a Windows service",
      "выполнять `serve` службой Windows"}},
    {"worker", COMMAND_WORKER, cmd_worker, 0, 0,
     "worker",
     {NULL, NULL}},
};
/* clang-format on */

#define ROWS (sizeof rows / sizeof rows[0])

int command_fail(const struct args *args, const struct failure *failure)
{
    char text[1024];
    failure_text(failure, args->lang, text, sizeof text);
    log_error("%s", text);
    enum poll_state state = failure_state(failure);
    return state == STATE_USAGE || state == STATE_OK ? EXIT_USAGE : EXIT_NOT_READ;
}

static void print_help(enum lang lang)
{
    console_print(stdout, "zabbix-atol %s\n\n", ZABBIX_ATOL_VERSION);
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].help[lang])
            console_print(stdout, "  zabbix-atol %-42s %s\n", rows[i].usage, rows[i].help[lang]);
    console_print(stdout, "%s",
                  lang == LANG_RU
                      ? "\nCONNECT: tcp://АДРЕС[:5555], serial:/dev/ttyACM0, serial:COM5, driver:usb, driver:com/COM5, "
                        "driver:tcp/АДРЕС, auto\nПараметры команды: zabbix-atol КОМАНДА --help\n"
                      : "\nCONNECT: tcp://HOST[:5555], serial:/dev/ttyACM0, serial:COM5, driver:usb, driver:com/COM5, "
                        "driver:tcp/HOST, auto\nOptions of a command: zabbix-atol COMMAND --help\n");
}

static void print_command_help(const struct row *row, enum lang lang)
{
    if (row->help[lang])
        console_print(stdout, "zabbix-atol %s\n  %s\n\n", row->usage, row->help[lang]);
    args_print_options(row->command, lang);
}

static const struct row *find(const char *name)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* Before a command there may stand --help, --version and --lang. */
static int run_without_command(struct args *args, int argc, char **argv, int first, struct failure *failure)
{
    if (first >= argc) {
        print_help(args->lang);
        return EXIT_USAGE;
    }
    if (strcmp(argv[first], "--help") == 0 || strcmp(argv[first], "-h") == 0 || strcmp(argv[first], "help") == 0) {
        print_help(args->lang);
        return EXIT_DONE;
    }
    if (strcmp(argv[first], "--version") == 0) {
        console_print(stdout, "zabbix-atol %s\n", ZABBIX_ATOL_VERSION);
        return EXIT_DONE;
    }
    failure_set(failure, ERR_USAGE, "Unknown command \"%.60s\". `zabbix-atol --help` lists the commands.", argv[first]);
    return command_fail(args, failure);
}

/* --lang before the command, or the environment. Moves *first behind it. */
static bool choose_lang(struct args *args, int argc, char **argv, int *first, struct failure *failure)
{
    const char *lang = getenv("ZABBIX_ATOL_LANG");
    if (*first + 1 < argc && strcmp(argv[*first], "--lang") == 0) {
        lang = argv[*first + 1];
        *first += 2;
    }
    args->lang_set = lang && *lang;
    return !args->lang_set || args_lang(lang, &args->lang) ||
           failure_set(failure, ERR_USAGE, "The language \"%.20s\": expected en or ru.", lang);
}

static int run(int argc, char **argv)
{
    struct args args = {0};
    struct failure failure = {0}, lang_failure = {0};
    int first = 1;
    bool good = choose_lang(&args, argc, argv, &first, &lang_failure);
    const struct row *row = first < argc ? find(argv[first]) : NULL;
    if (!row)
        return good ? run_without_command(&args, argc, argv, first, &failure) : command_fail(&args, &lang_failure);
    args.command = row->name;
    /* The arguments are read in any case: they tell the program behind `--`. */
    bool parsed = args_parse(&args, row->command, row->least, row->most, argc, argv, first + 1, &failure);
    if (!good)
        return cmd_get_program(&args, command_fail(&args, &lang_failure));
    if (!parsed)
        return row->command == COMMAND_GET ? cmd_get_refused(&args, &failure) : command_fail(&args, &failure);
    if (args.verbose > 0)
        log_set_level(args.verbose > 1 ? LOG_LEVEL_WIRE : LOG_LEVEL_DEBUG);
    if (args.help) {
        print_command_help(row, args.lang);
        return EXIT_DONE;
    }
    return row->run(&args);
}

/* What was not printed was not done. `get` has looked at its own document already. */
static int flushed(int status)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || status != EXIT_DONE)
        return status;
    log_error("stdout: cannot be written");
    return EXIT_NOT_READ;
}

int main(int argc, char **argv)
{
    /* A child must not keep open what our reader waits for the end of. */
    uv_disable_stdio_inheritance();
    argv = console_begin(&argc, argv);
    argv = uv_setup_args(argc, argv); /* libuv may move the arguments */
    int status = flushed(run(argc, argv));
    /* A lookup of a name may still hang in a thread of libuv, which a plain exit would wait for. */
    if (link_lookups_pending() > 0) {
        (void)fflush(NULL);
        _Exit(status);
    }
    return status;
}
