/* setup: makes this computer watch its registers, and proves it. What it would do, what it did, and what is left to do
 * in Zabbix fit on one screen; run again, it changes nothing. */
#include "base/log.h"
#include "base/text.h"
#include "cli/setup/setup_steps.h"

#include "base/process/console.h"
#include "base/process/once.h"
#include "cli/commands.h"
#include "cli/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static const char *in(const char *en, const char *ru)
{
    return log_language() == LANG_RU ? ru : en;
}

void setup_say(struct setup *s, enum setup_mark mark, const char *en, const char *ru, const char *detail)
{
    static const char *const marks[] = {[SETUP_DONE] = "[+]", [SETUP_SAME] = "[=]", [SETUP_WRONG] = "[!!]"};
    console_print(stdout, "%s %s%s%s\n", marks[mark], in(en, ru), *detail ? ": " : "", detail);
    s->changed = s->changed || mark == SETUP_DONE;
    s->wrong = s->wrong || mark == SETUP_WRONG;
}

void setup_fail(struct setup *s, const struct failure *failure)
{
    char text[1400];
    failure_text(failure, log_language(), text, sizeof text);
    setup_say(s, SETUP_WRONG, text, text, "");
}

/* A register that the configuration has at another address. One that answers there, too, is as it should be. */
static void print_known(struct setup *s, const struct setup_kkt *k)
{
    char place[800], text[2400];
    if (!k->moved) {
        console_print(stdout, "[=] %s: %s = %s; %s: %s\n", in("Register, configured", "ККТ, уже в настройках"),
                      TEXT_PATH(k->name), TEXT_PATH(k->known_at),
                      in("it answers at another address, too", "отвечает и по другому адресу"), TEXT_PATH(k->connect));
    } else if (setup_owns_address(s, k, place, sizeof place)) {
        console_print(stdout, "[+] %s: %s = %s; %s: %s\n", in("Register, another address", "ККТ, новый адрес"),
                      TEXT_PATH(k->name), TEXT_PATH(k->connect), in("until now", "прежде"), TEXT_PATH(k->known_at));
    } else {
        (void)snprintf(text, sizeof text, "%s %s %s; %s %s: %s `connect` (%s)", TEXT_PATH(k->name),
                       in("stands in the configuration with", "записана в настройках с адресом"),
                       TEXT_PATH(k->known_at), in("it now answers at", "теперь она отвечает по адресу"),
                       TEXT_PATH(k->connect), in("correct", "исправьте"), place);
        setup_say(s, SETUP_WRONG, text, text, "");
    }
}

static void print_found(struct setup *s)
{
    for (unsigned i = 0; i < s->kkt_count; i++) {
        const struct setup_kkt *k = &s->kkts[i];
        char text[900];
        if (k->failure.code != ERR_NONE) {
            char why[700];
            failure_text(&k->failure, log_language(), why, sizeof why);
            (void)snprintf(text, sizeof text, "%s. %s", TEXT_SHORT(k->connect), why);
            setup_say(s, SETUP_WRONG, "A register that is not read", "ККТ не читается", text);
            continue;
        }
        (void)snprintf(text, sizeof text, "%s = %s%s%s%s%s", TEXT_PATH(k->name), TEXT_PATH(k->connect),
                       k->model[0] ? ", " : "", k->model, k->serial[0] ? ", " : "", k->serial);
        if (k->known_at[0]) {
            print_known(s, k);
            continue;
        }
        console_print(stdout, "%s %s: %s\n", k->configured ? "[=]" : "[+]",
                      k->configured ? in("Register, configured", "ККТ, уже в настройках")
                                    : in("Register, new", "ККТ, новая"),
                      text);
    }
}

static bool has_registers(const struct setup *s)
{
    for (unsigned i = 0; i < s->kkt_count; i++)
        if (s->kkts[i].failure.code == ERR_NONE)
            return true;
    return s->config && s->config->kkt_count > 0;
}

/* Nobody can be asked: --yes must have been given. */
static bool confirmed(struct setup *s, struct failure *failure)
{
    char answer[16] = "";
    if (s->args->yes)
        return true;
    if (uv_guess_handle(0) != UV_TTY)
        return failure_explain(failure, ERR_SETUP_CONFIRM, "standard input is not a terminal",
                               "стандартный ввод — не терминал");
    console_print(stdout, "%s [y/N] ", in("Go on?", "Продолжить?"));
    (void)fflush(stdout);
    if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
        return true;
    return failure_explain(failure, ERR_CONTROL_REFUSED, "you did not answer %s", "ответ не %s", "y");
}

static void print_zabbix(void)
{
    char host[256] = "", templates[600];
    size_t cap = sizeof host;
    if (uv_os_gethostname(host, &cap) != 0)
        (void)snprintf(host, sizeof host, "%s", in("this computer", "этот компьютер"));
    setup_templates_path(templates, sizeof templates);
    if (log_language() == LANG_RU)
        console_print(stdout,
                      "\nВ Zabbix (один раз): импортируйте из %s шаблон активного агента,\n"
                      "привяжите его к узлу этого компьютера (%s) и задайте {$KKT.NAME}: имя ККТ.\n"
                      "Если касс здесь несколько: docs/zabbix.ru.md, «Настройка для сети касс».\n",
                      templates, host);
    else
        console_print(stdout,
                      "\nIn Zabbix (once): import a template of %s for the agent, active,\n"
                      "link it to the host of this computer (%s) and set {$KKT.NAME} to the register's name.\n"
                      "More registers than one here: docs/zabbix.md, \"Setup for a chain\".\n",
                      templates, host);
}

static void load(struct setup *s, struct failure *failure)
{
    bool missing = false;
    config_free(s->config);
    s->config = target_config_at(s->args, s->path, &missing, failure);
    if (s->config)
        target_follow_language(s->args, s->config);
    if (!s->config && missing)
        failure_clear(failure);
}

static int finish(struct setup *s)
{
    if (!s->wrong && !s->changed)
        console_print(stdout, "%s\n", in("Nothing to change.", "Изменений не требуется."));
    if (!s->args->remove && !s->args->dry_run && !s->wrong)
        print_zabbix();
    if (s->wrong)
        console_print(stdout, "%s\n",
                      in("Not everything is done: see [!!] above. `zabbix-atol setup` can be run again at any time.",
                         "Сделано не всё: см. [!!] выше. `zabbix-atol setup` можно повторять в любое время."));
    return s->wrong ? EXIT_NOT_READ : EXIT_DONE;
}

static int install(struct setup *s, struct failure *failure)
{
    load(s, failure);
    if (failure->code != ERR_NONE || !setup_find(s->args, s->config, s->kkts, &s->kkt_count, failure))
        return command_fail(failure);
    if (once_was_interrupted()) { /* what was found is not all */
        failure_explain(failure, ERR_CONTROL_REFUSED, "stopped%s", "остановлено%s", "");
        return command_fail(failure);
    }
    print_found(s);
    if (!has_registers(s) && s->kkt_count > 0)
        return finish(s); /* what was found is printed, with why it is not read */
    if (!has_registers(s)) {
        failure_explain(failure, ERR_NO_KKT_FOUND,
                        "no exchange port of ATOL%s; a register in the network: zabbix-atol "
                        "setup tcp://HOST, or --network 10.0.12.0/24",
                        "нет порта обмена АТОЛ%s; ККТ в сети: zabbix-atol setup tcp://АДРЕС или --network 10.0.12.0/24",
                        "");
        return command_fail(failure);
    }
    setup_plan(s);
    if (s->args->dry_run)
        return s->wrong ? EXIT_NOT_READ : EXIT_DONE;
    if (s->steps > 0 && !confirmed(s, failure))
        return command_fail(failure);
    setup_registers(s);
    load(s, failure);
    setup_agents(s);
    return finish(s);
}

static int install_for_installer(struct setup *s, struct failure *failure)
{
    load(s, failure);
    if (failure->code != ERR_NONE || !setup_for_installer(s, failure))
        return command_fail(failure);
    return s->wrong ? EXIT_NOT_READ : EXIT_DONE;
}

static int remove_all(struct setup *s, struct failure *failure)
{
    if (s->args->installer) {
        setup_release_agents(s);
        return s->wrong ? EXIT_NOT_READ : EXIT_DONE;
    }
    if (s->args->dry_run) {
        setup_plan_removal(s);
        return s->wrong ? EXIT_NOT_READ : EXIT_DONE;
    }
    if (!confirmed(s, failure))
        return command_fail(failure);
    setup_remove(s);
    return finish(s);
}

/* What would be left out of account in silence is refused. */
static bool options_agree(const struct args *args, struct failure *f)
{
    if (args->remove && (args->word_count > 0 || args->network))
        return failure_explain(f, ERR_USAGE, "--remove takes no address (it removes all that `setup` added): %s",
                               "--remove не принимает адресов (убирается всё, что добавил `setup`): %s",
                               TEXT_SHORT(args->word_count > 0 ? args->words[0] : "--network"));
    if (!args->installer && (args->name || args->agent))
        return failure_explain(f, ERR_USAGE, "--%s goes with --installer only",
                               "--%s бывает только вместе с --installer", args->name ? "name" : "agent");
    if (args->installer && (args->dry_run || args->network))
        return failure_explain(f, ERR_USAGE, "--installer and --%s contradict each other",
                               "--installer и --%s противоречат друг другу", args->dry_run ? "dry-run" : "network");
    if (args->installer && args->word_count > 1)
        return failure_explain(f, ERR_USAGE, "--installer takes one address, found \"%s\" too",
                               "--installer принимает один адрес, найден ещё «%s»", TEXT_SHORT(args->words[1]));
    return true;
}

int cmd_setup(const struct args *args)
{
    static struct setup s;
    char usual[512];
    struct failure failure = {0};
    s = (struct setup){.args = args};
    (void)snprintf(s.path, sizeof s.path, "%s", args->config ? args->config : config_default_path(usual, sizeof usual));
    if (!options_agree(args, &failure) || (!args->dry_run && !setup_may_change(&failure)))
        return command_fail(&failure);
    s.agent_count = setup_find_agents(s.agents, SETUP_AGENTS_MAX);
    int status = args->remove      ? remove_all(&s, &failure)
                 : args->installer ? install_for_installer(&s, &failure)
                                   : install(&s, &failure);
    config_free(s.config);
    return status;
}
