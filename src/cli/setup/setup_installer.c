/* setup as the installer of Windows runs it: nobody is asked, nothing is read (the register may be off), and what
 * stands there is left. */
#include "base/files/file.h"
#include "cli/setup/setup_file.h"
#include "cli/setup/setup_steps.h"
#include "cli/setup/setup_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The agent whose file was named, or all of them; none when none was asked for. */
static void choose_agents(struct setup *s)
{
    const char *wanted = s->args->agent;
    unsigned kept = 0;
    for (unsigned i = 0; wanted && i < s->agent_count; i++)
        if (strcmp(wanted, "1") == 0 || setup_same_path(s->agents[i].config, wanted))
            s->agents[kept++] = s->agents[i];
    s->agent_count = kept;
}

static bool name_register(struct setup *s, struct failure *failure)
{
    struct setup_kkt *kkt = &s->kkts[0];
    const struct connect *connect = connect_parse(s->args->words[0], failure);
    if (!connect)
        return false;
    connect_release(connect);
    *kkt = (struct setup_kkt){.configured = false};
    (void)snprintf(kkt->connect, sizeof kkt->connect, "%s", s->args->words[0]);
    if (s->args->name && !config_name_check(s->args->name, failure))
        return false;
    (void)snprintf(kkt->name, sizeof kkt->name, "%s", s->args->name ? s->args->name : "kassa-1");
    s->kkt_count = 1;
    return true;
}

bool setup_for_installer(struct setup *s, struct failure *failure)
{
    s->unread = true;
    choose_agents(s);
    if (s->config && s->config->kkt_count > 0 && s->args->word_count > 0)
        setup_say(s, SETUP_SAME, "Registers are configured already, left as they are",
                  "Кассы уже настроены, оставлены как есть", s->path);
    else if (s->args->word_count > 0 && name_register(s, failure))
        setup_registers(s);
    if (failure->code == ERR_NONE && s->args->agent)
        setup_agents(s);
    return failure->code == ERR_NONE;
}

/* The line first, then the file, whatever stands in it: the program goes, and with it all that the file calls. */
static void release(struct setup *s, const struct setup_agent *agent)
{
    struct failure failure = {0}, ignored;
    struct setup_file before = {0}, after = {0}, parameters = {0};
    (void)snprintf(before.path, sizeof before.path, "%s", agent->config);
    (void)snprintf(parameters.path, sizeof parameters.path, "%s", agent->include);
    after = before;
    bool good = setup_file_read(&before, &failure) && (!before.text || setup_leave(agent, &failure)) &&
                setup_file_read(&after, &failure) && setup_file_read(&parameters, &failure);
    bool line = before.text && after.text && strcmp(before.text, after.text) != 0;
    if (good && (line || parameters.text)) {
        file_remove(agent->include);
        setup_say(s, SETUP_DONE, "User parameters removed", "Параметры агента убраны", agent->config);
        if (agent->runs && !setup_restart(agent, &ignored))
            setup_say(s, SETUP_SAME, "The agent was not restarted", "Агент не перезапущен", agent->name);
    } else if (!good && failure.code != ERR_AGENT_FILE) { /* no agent reads such a file anyway */
        setup_fail(s, &failure);
    }
    free(before.text);
    free(after.text);
    free(parameters.text);
}

void setup_release_agents(struct setup *s)
{
    for (unsigned i = 0; i < s->agent_count; i++)
        release(s, &s->agents[i]);
}
