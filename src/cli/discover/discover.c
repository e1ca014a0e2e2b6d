/* discover: which registers there are. */
#include "base/log.h"
#include "base/process/console.h"
#include "cli/commands.h"
#include "cli/discover/print.h"
#include "cli/target.h"
#include "output/lld.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* The configuration, if there is one: which registers it has, and which names are in use. NULL with the failure when it
 * is wrong, or named and not there (a new one may be written with --yaml). */
static struct config *load(const struct args *args, char *path, size_t cap, struct failure *failure)
{
    bool missing = false;
    char usual[512];
    (void)snprintf(path, cap, "%s", args->config ? args->config : config_default_path(usual, sizeof usual));
    struct config *config = target_config_at(args, path, &missing, failure);
    if (config)
        target_follow_language(args, config);
    else if (missing && args->config && !args->yaml)
        (void)target_no_config(path, failure);
    else if (missing)
        failure_clear(failure);
    return config;
}

/* Prints the JSON text and frees it. */
static int print_text(char *text)
{
    if (!text) {
        struct failure failure;
        failure_explain(&failure, ERR_NO_MEMORY, "the list of registers", "список касс");
        return command_fail(&failure);
    }
    console_print(stdout, "%s\n", text);
    free(text);
    return EXIT_DONE;
}

static int print_list(const struct args *args, const struct found_list *list, const struct config *config,
                      const char *path)
{
    if (args->lld)
        return print_text(found_lld(list));
    if (args->json)
        return print_text(found_json(list, log_language()));
    if (args->yaml)
        print_yaml(list, config, path, log_language());
    else
        print_found(list, args);
    return EXIT_DONE;
}

/* What was found is told all the same, but not as if the configuration had been read: who named it learns it by the
 * status, too. Who only looks for registers need not be allowed to read that of the usual place. */
static int tell_unread(const struct args *args, const struct failure *unread, int status)
{
    char text[1024];
    /* An agent reads both outputs as the value: what stands beside the list would spoil it. */
    if (args->config && !console_outputs_are_one())
        return command_fail(unread);
    if (args->config)
        return EXIT_USAGE;
    failure_text(unread, log_language(), text, sizeof text);
    if (!console_outputs_are_one())
        log_warn("what was found is not compared with the configuration: %s", "найденное не сверено с настройками: %s",
                 text);
    return status;
}

static int scan(const struct args *args)
{
    struct failure failure = {0}, unread = {0};
    struct found_list list = {0};
    char path[600];
    struct config *config = load(args, path, sizeof path, &unread);
    if (args->yaml && unread.code != ERR_NONE) /* it will be written into */
        return command_fail(&unread);
    int status =
        find_registers(args, config, &list, &failure) ? print_list(args, &list, config, path) : command_fail(&failure);
    if (unread.code != ERR_NONE && failure.code == ERR_NONE)
        status = tell_unread(args, &unread, status);
    find_free(&list);
    config_free(config);
    return status;
}

/* A name that no host of Zabbix can have would fail the whole rule. */
static bool add_lld(json_t *list, const struct config_kkt *kkt)
{
    if (config_is_host_name(kkt->name))
        return json_array_append_new(list, lld_of_kkt(kkt)) == 0;
    if (!console_outputs_are_one())
        log_warn(
            "\"%s\" is left out: no host of Zabbix can have that name (only A-Z a-z 0-9, blank, . _ -). Give it such a "
            "name, and write what people call it as `title`",
            "«%s» пропущена: у узла Zabbix не может быть такого имени (только A-Z a-z 0-9, пробел, . _ -). Дайте ей "
            "такое имя, а название любыми буквами запишите в `title`",
            kkt->name);
    return true;
}

static bool add_json(json_t *list, const struct config_kkt *kkt)
{
    json_t *row = json_pack("{s:s, s:s}", "name", kkt->name, "connect", kkt->connect->text);
    int failed = row ? 0 : -1;
    if (*kkt->serial)
        failed |= json_object_set_new(row, "serial", json_string(kkt->serial));
    if (*kkt->title)
        failed |= json_object_set_new(row, "title", json_string(kkt->title));
    if (failed)
        json_decref(row);
    return !failed && json_array_append_new(list, row) == 0;
}

static int print_configured(const struct args *args, const struct config *config)
{
    json_t *list = json_array();
    bool good = list != NULL;
    for (uint32_t i = 0; i < config->kkt_count && good; i++)
        good = args->lld ? add_lld(list, &config->kkts[i]) : add_json(list, &config->kkts[i]);
    char *text = good ? json_dumps(list, args->lld ? JSON_COMPACT : JSON_INDENT(2)) : NULL;
    json_decref(list);
    return print_text(text);
}

/* The registers of the configuration. */
static int configured(const struct args *args)
{
    struct failure failure = {0};
    struct config *config = target_config(args, &failure);
    int status = EXIT_DONE;
    if (!config)
        return command_fail(&failure);
    target_follow_language(args, config);
    if (args->lld || args->json)
        status = print_configured(args, config);
    else
        for (uint32_t i = 0; i < config->kkt_count; i++) {
            const struct config_kkt *kkt = &config->kkts[i];
            console_print(stdout, "%s\t%s%s%s\n", kkt->name, kkt->connect->text, *kkt->serial ? "\t" : "", kkt->serial);
        }
    config_free(config);
    return status;
}

int cmd_discover(const struct args *args)
{
    struct failure failure;
    if (args->scan || args->serial || args->network)
        return scan(args);
    if (args->yaml) {
        failure_explain(&failure, ERR_USAGE, "--yaml prints what was found%s: add --scan, or --network 10.0.12.0/24.",
                        "--yaml печатает найденное%s: добавьте --scan или --network 10.0.12.0/24.", "");
        return command_fail(&failure);
    }
    return configured(args);
}
