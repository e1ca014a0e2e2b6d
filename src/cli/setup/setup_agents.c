/* setup: the Zabbix agent's part, and what is said before anything is done. */
#include "base/files/file.h"
#include "base/log.h"
#include "base/process/console.h"
#include "base/text.h"
#include "cli/setup/setup_file.h"
#include "cli/setup/setup_steps.h"
#include "cli/setup/setup_text.h"
#include "config/paths.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX  (1U << 20)
#define VALUE_MAX (1U << 16)

/* What has to be done for an agent. */
struct work {
    bool parameters, joins;
    char *text; /* the user parameters, the caller's to free */
};

static bool look(const struct setup_agent *agent, struct work *w, struct failure *failure)
{
    size_t count;
    struct failure ignored;
    *w = (struct work){.text = setup_parameters(failure)};
    if (!w->text)
        return false;
    if (!agent->include[0])
        return failure_explain(failure, ERR_SETUP_FILES, "%s includes no folder; add Include=%s to it",
                               "%s не подключает папку; добавьте в него Include=%s", agent->config,
                               "/etc/zabbix/zabbix_agentd.d/*.conf");
    char *there = file_read(agent->include, TEXT_MAX, &count, NULL, &ignored);
    w->parameters = !there || strcmp(there, w->text) != 0;
    free(there);
    w->joins = !setup_is_joined(agent);
    return true;
}

void setup_plan_step(struct setup *s, const char *en, const char *ru, const char *detail)
{
    s->steps++;
    if (s->args->dry_run || !s->args->yes) /* else the result says the same */
        console_print(stdout, "[ ] %s: %s\n", log_language() == LANG_RU ? ru : en, detail);
}

/* Are the user parameters there, and as `setup` wrote them? */
static bool has_parameters(const struct setup_agent *agent, bool *ours)
{
    struct failure ignored = {0};
    struct work w;
    size_t count;
    char *there = agent->include[0] ? file_read(agent->include, TEXT_MAX, &count, NULL, &ignored) : NULL;
    *ours = look(agent, &w, &ignored) && there && !w.parameters;
    free(w.text);
    free(there);
    return there != NULL;
}

/* For an agent that is installed later: where the parameters are. */
static void no_agent(struct setup *s)
{
    char path[600], en[900], ru[1400];
    if (!setup_parameters_later(path, sizeof path)) {
        setup_say(s, SETUP_WRONG,
                  "No Zabbix agent was found. Install zabbix-agent2 or zabbix-agent, then run `zabbix-atol setup` "
                  "again; or push without an agent: `push` of the configuration",
                  "Агент Zabbix не найден. Установите zabbix-agent2 или zabbix-agent и повторите `zabbix-atol setup`; "
                  "либо отправляйте без агента: `push` в настройках",
                  "");
        return;
    }
    (void)snprintf(en, sizeof en,
                   "No Zabbix agent was found. Install it by its MSI with INCLUDE=\"%s\", or install it and run "
                   "`zabbix-atol setup` again; or push without an agent: `push` of the configuration",
                   path);
    (void)snprintf(ru, sizeof ru,
                   "Агент Zabbix не найден. Поставьте его установщиком MSI с параметром INCLUDE=\"%s\" либо поставьте "
                   "и повторите `zabbix-atol setup`; либо отправляйте без агента: `push` в настройках",
                   path);
    setup_say(s, SETUP_WRONG, en, ru, "");
}

/* They are there before such an agent is: its installer names them. */
static void leave_for_later(struct setup *s)
{
    struct failure failure = {0};
    struct setup_file file = {0};
    if (!setup_parameters_later(file.path, sizeof file.path))
        return;
    char *text = setup_parameters(&failure);
    bool good = text && setup_file_read(&file, &failure);
    bool same = good && file.text && strcmp(file.text, text) == 0;
    if (good && !same && setup_write_parameters(file.path, text, &failure))
        setup_say(s, SETUP_DONE, "User parameters written", "Параметры агента записаны", file.path);
    else if (!same)
        setup_fail(s, &failure);
    free(text);
    free(file.text);
}

static void plan_agent(struct setup *s, const struct setup_agent *agent)
{
    struct failure failure = {0};
    struct work w;
    if (!look(agent, &w, &failure)) {
        free(w.text);
        setup_fail(s, &failure);
        return;
    }
    if (w.parameters)
        setup_plan_step(s, "Would write the user parameters", "Будут записаны параметры агента", agent->include);
    if (w.joins)
        setup_plan_step(s, setup_join_words.would[LANG_EN], setup_join_words.would[LANG_RU], setup_joined(agent));
    if (w.parameters || w.joins)
        setup_plan_step(s, "Would restart", "Будет перезапущен", agent->name);
    free(w.text);
}

static void end_plan(struct setup *s)
{
    if (s->steps == 0 && s->args->dry_run && !s->wrong)
        setup_say(s, SETUP_SAME, "Nothing would be changed", "Менять нечего", "");
}

void setup_plan(struct setup *s)
{
    setup_plan_registers(s);
    for (unsigned i = 0; i < s->agent_count; i++)
        plan_agent(s, &s->agents[i]);
    if (s->agent_count == 0 && s->args->dry_run)
        no_agent(s);
    end_plan(s);
}

/* Only what is there, and only what nobody changed: as remove_from does it. */
void setup_plan_removal(struct setup *s)
{
    setup_plan_removal_of_registers(s);
    for (unsigned i = 0; i < s->agent_count; i++) {
        bool ours, there = has_parameters(&s->agents[i], &ours);
        if (there && ours)
            setup_plan_step(s, "Would remove the user parameters and restart the agent",
                            "Параметры агента будут убраны, агент перезапущен", s->agents[i].include);
        else if (there)
            setup_say(s, SETUP_WRONG, "Changed since `setup` wrote it, would be left",
                      "Изменено после `setup`, останется", s->agents[i].include);
    }
    end_plan(s);
}

/* One line of what the document says. */
static bool describe(const char *value, char *text, size_t cap)
{
    json_t *root = json_loads(value, 0, NULL);
    const char *state = json_string_value(json_object_get(root, "state"));
    json_t *metrics = json_object_get(root, "metrics"), *device = json_object_get(metrics, "device");
    json_t *days = json_object_get(json_object_get(metrics, "fn"), "days_left");
    const char *model = json_string_value(json_object_get(device, "model"));
    const char *serial = json_string_value(json_object_get(device, "serial"));
    const char *error = json_string_value(json_object_get(root, "error"));
    bool good = metrics != NULL;
    int n = snprintf(text, cap, "%s%s%s%s%s", TEXT_SHORT(state ? state : "?"), model ? ", " : "",
                     TEXT_SHORT(model ? model : ""), serial ? ", " : "", TEXT_SHORT(serial ? serial : ""));
    size_t used = n > 0 && (size_t)n < cap ? (size_t)n : 0;
    if (json_is_integer(days))
        (void)snprintf(text + used, cap - used, ", fn.days_left %" JSON_INTEGER_FORMAT, json_integer_value(days));
    else if (error && *error) {
        char sentence[700];
        (void)snprintf(text + used, cap - used, ". %s", text_escape(sentence, sizeof sentence, error));
    }
    json_decref(root);
    return good;
}

/* Proves it: a value of each register, through the agent. */
static void ask_agent(struct setup *s, const struct setup_agent *agent)
{
    static char value[VALUE_MAX];
    for (uint32_t i = 0; s->config && i < s->config->kkt_count && i < SETUP_KKTS_MAX; i++) {
        char key[CONFIG_NAME_MAX + 12], said[800], text[1000];
        struct failure failure = {0};
        (void)snprintf(key, sizeof key, "kkt.get[%s]", s->config->kkts[i].name);
        if (!setup_ask(agent, key, value, sizeof value, &failure)) {
            setup_fail(s, &failure);
            continue;
        }
        bool good = describe(value, said, sizeof said);
        (void)snprintf(text, sizeof text, "%s = %s", key, said);
        setup_say(s, good ? SETUP_SAME : SETUP_WRONG, "Value through the agent", "Значение через агента", text);
    }
}

static bool write_for(const struct setup_agent *agent, const struct work *w, struct failure *failure)
{
    char value[512];
    return (!w->parameters || setup_write_parameters(agent->include, w->text, failure)) &&
           (!w->joins || setup_join(agent, failure)) &&
           /* An agent that does not take its files does not start again: it is asked before it is stopped. */
           setup_ask(agent, "agent.ping", value, sizeof value, failure);
}

/* All of it, or nothing. */
static bool change_files(const struct setup_agent *agent, const struct work *w, struct failure *failure)
{
    struct setup_file main_file = {0}, parameters = {0};
    struct failure ignored;
    (void)snprintf(main_file.path, sizeof main_file.path, "%s", agent->config);
    (void)snprintf(parameters.path, sizeof parameters.path, "%s", agent->include);
    bool read = setup_file_read(&main_file, failure) && setup_file_read(&parameters, failure);
    bool good = read && write_for(agent, w, failure);
    if (read && !good) {
        if (w->joins)
            (void)setup_leave(agent, &ignored);
        if (w->joins && !agent->user[0])
            setup_file_put_back(&main_file);
        if (w->parameters)
            setup_file_put_back(&parameters);
    }
    free(main_file.text);
    free(parameters.text);
    return good;
}

static bool change_agent(struct setup *s, const struct setup_agent *agent, const struct work *w,
                         struct failure *failure)
{
    if (!w->parameters && !w->joins) {
        setup_say(s, SETUP_SAME, "Agent, as it should be", "Агент уже настроен", agent->name);
        return true;
    }
    if (!change_files(agent, w, failure))
        return false;
    if (w->parameters)
        setup_say(s, SETUP_DONE, "User parameters written", "Параметры агента записаны", agent->include);
    if (w->joins)
        setup_say(s, SETUP_DONE, setup_join_words.done[LANG_EN], setup_join_words.done[LANG_RU], setup_joined(agent));
    if (!setup_restart(agent, failure))
        return false;
    setup_say(s, SETUP_DONE, "Agent restarted", "Агент перезапущен", agent->name);
    return true;
}

void setup_agents(struct setup *s)
{
    if (s->agent_count == 0) {
        leave_for_later(s);
        no_agent(s);
    }
    for (unsigned i = 0; i < s->agent_count; i++) {
        struct failure failure = {0};
        struct work w;
        if (!look(&s->agents[i], &w, &failure) || !change_agent(s, &s->agents[i], &w, &failure))
            setup_fail(s, &failure);
        else if (!s->unread)
            ask_agent(s, &s->agents[i]);
        free(w.text);
    }
}

static void remove_from(struct setup *s, const struct setup_agent *agent)
{
    struct failure failure = {0};
    bool ours, there = has_parameters(agent, &ours);
    if (!there) {
        setup_say(s, SETUP_SAME, "No user parameters", "Параметров агента нет", agent->name);
    } else if (!ours) {
        setup_say(s, SETUP_WRONG, "Changed since `setup` wrote it, left", "Изменено после `setup`, оставлено",
                  agent->include);
    } else if (!setup_leave(agent, &failure)) { /* first: an agent that includes a missing file does not start */
        setup_fail(s, &failure);
    } else {
        file_remove(agent->include);
        setup_say(s, SETUP_DONE, "User parameters removed", "Параметры агента убраны", agent->include);
        if (agent->runs && !setup_restart(agent, &failure))
            setup_fail(s, &failure);
        else if (agent->runs)
            setup_say(s, SETUP_DONE, "Agent restarted", "Агент перезапущен", agent->name);
    }
}

void setup_remove(struct setup *s)
{
    setup_remove_registers(s);
    for (unsigned i = 0; i < s->agent_count; i++)
        remove_from(s, &s->agents[i]);
}
