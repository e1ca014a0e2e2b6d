/* zabbix-atol: finds the command and hands over. */
#include "base/files/within.h"
#include "base/log.h"
#include "base/process/console.h"
#include "base/process/executable.h"
#include "base/process/once.h"
#include "base/text.h"
#include "cli/commands.h"
#include "driver/worker.h"
#include "link/link.h"
#include "poll/poll.h"

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
     "get CONNECT|NAME [-o FILE] [--trace FILE] [-- PROGRAM ARG...]",
     {"read a register once and print one JSON document",
      "прочитать ККТ один раз и вывести документ JSON"}},
    {"show", COMMAND_SHOW, cmd_show, 1, 1,
     "show CONNECT|NAME [--watch]",
     {"read a register once and print a table for a person",
      "прочитать ККТ один раз и вывести таблицу для человека"}},
    {"status", COMMAND_STATUS, cmd_status, 0, 0,
     "status [--watch]",
     {"all registers of the configuration, one line each, the worst first",
      "все ККТ из настроек, по строке на каждую, худшие первыми"}},
    {"serve", COMMAND_SERVE, cmd_serve, 0, 0,
     "serve [-c FILE]",
     {"poll every register, for ever; no other serve may use its state_dir",
      "опрашивать все ККТ постоянно; у каждого serve своя папка state_dir"}},
    {"discover", COMMAND_DISCOVER, cmd_discover, 0, 0,
     "discover [--scan] [--serial] [--network CIDR] [--yaml|--lld]",
     {"list the registers of the configuration, or those that answer",
      "перечислить ККТ из настроек или те, которые отвечают"}},
    {"replay", COMMAND_REPLAY, cmd_replay, 1, 1,
     "replay FILE",
     {"decode a trace written by `get --trace`",
      "показать расшифровку записи, сделанной `get --trace`"}},
    {"reboot", COMMAND_CONTROL, cmd_control, 1, 1,
     "reboot CONNECT|NAME",
     {"restart a register; refused unless allowed",
      "перезагрузить ККТ; только если разрешено"}},
    {"beep", COMMAND_CONTROL, cmd_control, 1, 1,
     "beep CONNECT|NAME",
     {"make a register beep; refused unless allowed",
      "подать звуковой сигнал на ККТ; только если разрешено"}},
    {"set-clock", COMMAND_CONTROL, cmd_control, 1, 1,
     "set-clock CONNECT|NAME",
     {"set a register's clock; refused unless allowed",
      "установить часы ККТ; только если разрешено"}},
    {"check", COMMAND_CHECK, cmd_check, 0, 1,
     "check [CONNECT|NAME]",
     {"report what is wrong with this installation and what to do",
      "сказать, что не так с установкой и что делать"}},
    {"setup", COMMAND_SETUP, cmd_setup, 0, ARGS_WORDS_MAX,
     "setup [CONNECT...] [--network CIDR]",
     {"make this computer watch its registers in Zabbix, and prove it",
      "настроить наблюдение за ККТ этого компьютера в Zabbix и проверить"}},
    {"metrics", COMMAND_METRICS, cmd_metrics, 0, 0,
     "metrics",
     {"print the catalogue of metrics",
      "вывести каталог показателей"}},
    {"service", COMMAND_SERVICE, cmd_service, 1, 1,
     "service install|uninstall|start|stop|reload|status",
     {"run `serve` as a Windows service",
      "запускать `serve` как службу Windows"}},
    {"help", COMMAND_HELP, cmd_help, 0, 1,
     "help [COMMAND]",
     {"this list, or the options of a command",
      "этот список или параметры команды"}},
    {"worker", COMMAND_WORKER, cmd_worker, 0, 0,
     "worker",
     {NULL, NULL}},
};
/* clang-format on */

#define ROWS (sizeof rows / sizeof rows[0])

static void print_help(enum lang lang)
{
    console_print(stdout, "zabbix-atol %s\n\n", ZABBIX_ATOL_VERSION);
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].help[lang])
            console_print(stdout, "  zabbix-atol %s\n      %s\n", rows[i].usage, rows[i].help[lang]);
    console_print(stdout, "%s",
                  lang == LANG_RU ? "\nCONNECT: tcp://АДРЕС[:5555], serial:/dev/kkt-N, serial:COM5, driver:usb,\n"
                                    "driver:com/COM5, driver:tcp/АДРЕС, auto. NAME: имя ККТ из настроек.\n"
                                    "Параметры команды: zabbix-atol КОМАНДА --help\n"
                                  : "\nCONNECT: tcp://HOST[:5555], serial:/dev/kkt-N, serial:COM5, driver:usb,\n"
                                    "driver:com/COM5, driver:tcp/HOST, auto. NAME: a register of the configuration.\n"
                                    "Options of a command: zabbix-atol COMMAND --help\n");
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

static bool unknown_command(const char *name, struct failure *failure)
{
    const char *names[ROWS];
    unsigned count = 0;
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].help[0])
            names[count++] = rows[i].name;
    const char *nearest = args_nearest(name, names, count);
    if (nearest)
        return failure_explain(failure, ERR_USAGE, "Unknown command \"%s\". Did you mean `%s`?",
                               "Неизвестная команда «%s». Возможно, имелась в виду `%s`?", TEXT_SHORT(name), nearest);
    return failure_explain(failure, ERR_USAGE, "Unknown command \"%s\". `zabbix-atol --help` lists the commands.",
                           "Неизвестная команда «%s». Список команд: zabbix-atol --help.", TEXT_SHORT(name));
}

int cmd_help(const struct args *args)
{
    struct failure failure = {0};
    const struct row *row = args->word_count > 0 ? find(args->words[0]) : NULL;
    if (args->word_count > 0 && !row) {
        (void)unknown_command(args->words[0], &failure);
        return command_fail(&failure);
    }
    if (row)
        print_command_help(row, args->lang);
    else
        print_help(args->lang);
    return EXIT_DONE;
}

static int print_version(void)
{
    console_print(stdout, "zabbix-atol %s\n", ZABBIX_ATOL_VERSION);
    return EXIT_DONE;
}

static int run_without_command(const struct args *args, const struct failure *failure)
{
    if (failure->code != ERR_NONE)
        return cmd_get_program(args, command_fail(failure));
    if (args->version)
        return print_version();
    print_help(args->lang);
    return args->help ? EXIT_DONE : cmd_get_program(args, EXIT_USAGE);
}

/* What cannot be done as it was written: `get` says so in a document, too, and opens the till all the same. */
static int refuse(struct args *args, const struct failure *failure)
{
    args->refused = true;
    return strcmp(args->command, "get") == 0 ? cmd_get_refused(args, failure)
                                             : cmd_get_program(args, command_fail(failure));
}

static int run(int argc, char **argv)
{
    struct args args = {0};
    struct failure environment = {0}, failure = {0};
    (void)args_environment(&args, &environment);
    log_set_language(args.lang);
    args.command = args_command(&args, argc, argv, &failure);
    if (!args.command)
        return run_without_command(&args, &failure);
    const struct row *row = find(args.command);
    if (!row) {
        (void)unknown_command(args.command, &failure);
        return cmd_get_program(&args, command_fail(&failure));
    }
    /* The arguments are read in any case: they name the program behind `--`. */
    bool parsed = args_parse(&args, row->command, row->least, row->most, argc - 1, argv + 1, &failure);
    log_set_language(args.lang);
    if (environment.code != ERR_NONE && !args.lang_set) /* --lang makes up for it */
        return refuse(&args, &environment);
    if (!parsed)
        return refuse(&args, &failure);
    if (args.verbose > 0)
        log_begin_service();
    if (args.verbose > 0)
        log_set_level(args.verbose > 1 ? LOG_LEVEL_WIRE : LOG_LEVEL_DEBUG);
    if (args.version)
        return print_version();
    if (args.help) {
        print_command_help(row, args.lang);
        return EXIT_DONE;
    }
    return row->run(&args);
}

/* What was not printed was not done, unless nobody wants it any more. An error keeps its own status. */
static int flushed(int status)
{
    if (console_flush() != CONSOLE_FAILED)
        return status;
    log_error("stdout cannot be written, the output is lost. Check the disk or the program that it goes to.",
              "Записать в stdout не удалось, вывод потерян. Проверьте диск или программу, куда он направлен.");
    return status == EXIT_DONE || status == EXIT_WARNINGS ? EXIT_NOT_READ : status;
}

int main(int argc, char **argv)
{
    /* A child must not keep open what our reader waits for the end of. */
    uv_disable_stdio_inheritance();
    executable_open();
    argv = console_begin(&argc, argv);
    argv = uv_setup_args(argc, argv); /* libuv may move the arguments */
    int status = flushed(run(argc, argv));
    once_end_by_signal();
    /* A lookup of a name may still hang in a thread, and so may a file on a share that is gone: a plain exit might
     * wait. */
    if (link_lookups_pending() > 0 || within_pending() > 0) {
        (void)fflush(NULL);
        _Exit(status);
    }
    return status;
}
