/* reboot, beep, set-clock: look first, ask the person, act, look again. */
#include "poll/control.h"

#include "base/log.h"
#include "base/process/console.h"
#include "base/text.h"
#include "base/time/clock.h"
#include "cli/commands.h"
#include "cli/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

static const struct action {
    const char *name;
    enum kkt_control_action action;
    const char *question[2];
    const char *done[2];
} actions[] = {
    {"reboot",
     KKT_CONTROL_REBOOT,            {"Restart it?", "Перезагрузить?"},
     {"The register restarts.", "ККТ перезагружается."}                                                                              },
    {"beep",      KKT_CONTROL_BEEP, {"Let it beep?", "Подать сигнал?"},       {"The register beeped.", "ККТ подала сигнал."}},
    {"set-clock",
     KKT_CONTROL_SET_CLOCK,         {"Set its clock?", "Установить часы?"},
     {"The clock is set.", "Часы установлены."}                                                                                         },
};

static const struct action *find(const char *name)
{
    for (unsigned i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    return NULL;
}

/* Reads what a decision needs: who it is, its shift, its clock and what no clock can be before. Leaves the address that
 * was used in the target. */
static bool look(struct target *target, struct snapshot *s, struct failure *failure)
{
    static const enum metric needed[] = {
        METRIC_device_model, METRIC_device_serial,         METRIC_device_time,   METRIC_device_clock_drift_s,
        METRIC_shift_state,  METRIC_fn_last_document_time, METRIC_fn_valid_until};
    struct poll_ask ask = target->ask;
    memset(&ask.wanted, 0, sizeof ask.wanted);
    for (unsigned i = 0; i < sizeof needed / sizeof needed[0]; i++)
        metric_set_add(&ask.wanted, needed[i]);
    const struct connect *used = poll_once(&ask, s);
    connect_release(target->ask.connect);
    target->ask.connect = used;
    enum poll_state state = failure_state(&s->failure);
    *failure = s->failure;
    return poll_state_was_read(state);
}

static void print_clock(const struct snapshot *s, const char *label)
{
    char text[CIVIL_TEXT_MAX];
    if (!snapshot_has(s, METRIC_device_time) || !snapshot_has(s, METRIC_device_clock_drift_s))
        return;
    struct civil c = snapshot_civil(s, METRIC_device_time);
    civil_print_time(&c, text);
    console_print(stdout, "%s: %s (%+" PRId64 " s)\n", label, text, snapshot_int(s, METRIC_device_clock_drift_s));
}

static bool confirmed(const struct args *args, const struct action *action)
{
    char answer[16] = "";
    if (args->yes)
        return true;
    console_print(stdout, "%s [y/N] ", action->question[log_language()]);
    (void)fflush(stdout);
    return fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

/* A clock must not jump while a shift is open: the FN counts its 24 hours by it. */
static bool clock_may_be_set(const struct snapshot *s, struct failure *failure)
{
    if (!snapshot_has(s, METRIC_shift_state))
        return failure_explain(failure, ERR_CONTROL_REFUSED, "the register did not report whether its shift is closed",
                               "ККТ не сообщила, закрыта ли смена");
    return snapshot_int(s, METRIC_shift_state) == 0 ||
           failure_explain(failure, ERR_CONTROL_REFUSED, "the shift is open; close it, then set the clock",
                           "смена открыта; закройте её, затем установите часы");
}

/* Is the last fiscal document later than this moment, and the register's own clock is not before it, too? */
static bool is_before_document(const struct snapshot *s, const struct zone *zone, int64_t now_s)
{
    if (!snapshot_has(s, METRIC_fn_last_document_time) || !snapshot_has(s, METRIC_device_time))
        return false;
    const struct civil document = snapshot_civil(s, METRIC_fn_last_document_time),
                       clock = snapshot_civil(s, METRIC_device_time);
    int64_t document_s = zone_to_unix(zone, &document);
    return now_s < document_s - FN_MINUTE_S && zone_to_unix(zone, &clock) >= document_s - FN_MINUTE_S;
}

/* The time to set: this computer's, unless it cannot be right by what the register and this program know (now.h). */
static bool host_clock(const struct snapshot *s, const struct zone *zone, struct civil *clock, struct failure *failure)
{
    int64_t now_s = clock_unix_ms() / 1000;
    char text[CIVIL_TEXT_MAX] = "?";
    bool known = now_s > 0 && zone_from_unix(zone, now_s, clock);
    if (known && !s->host_clock_wrong && !is_before_document(s, zone, now_s))
        return true;
    if (known)
        civil_print_time(clock, text);
    return failure_explain(
        failure, ERR_CONTROL_REFUSED,
        "this computer's clock says %s, but the register's last fiscal document or this program is younger. If this "
        "computer is wrong, set its date and time first; if it is right, the register sold by a wrong clock: "
        "call the service centre",
        "часы этого компьютера показывают %s, но последний фискальный документ ККТ или эта программа новее. Если "
        "ошибается компьютер, сначала установите его дату и время; если он прав, ККТ продавала по неверным часам: "
        "обратитесь в сервисный центр",
        text);
}

static bool act(const struct args *args, const struct action *action, struct target *target, struct failure *failure)
{
    static struct snapshot before, after;
    struct civil clock = {0};
    bool sets = action->action == KKT_CONTROL_SET_CLOCK;
    if (!look(target, &before, failure))
        return false;
    console_print(stdout, "%s %s, %s\n",
                  snapshot_has(&before, METRIC_device_model) ? snapshot_text(&before, METRIC_device_model) : "",
                  snapshot_has(&before, METRIC_device_serial) ? snapshot_text(&before, METRIC_device_serial) : "",
                  target->ask.connect->text);
    if (sets && !clock_may_be_set(&before, failure))
        return false;
    if (sets)
        print_clock(&before, log_language() == LANG_RU ? "Часы до" : "Clock before");
    if (!confirmed(args, action))
        return failure_explain(failure, ERR_CONTROL_REFUSED, "not confirmed", "подтверждение не получено");
    if (sets && !host_clock(&before, &target->ask.zone, &clock, failure))
        return false;
    control_once(&target->ask, before.protocol, action->action, sets ? &clock : NULL, failure);
    if (failure->code != ERR_NONE)
        return false;
    if (sets && !look(target, &after, failure))
        return false;
    if (sets)
        print_clock(&after, log_language() == LANG_RU ? "Часы после" : "Clock after");
    console_print(stdout, "%s\n", action->done[log_language()]);
    failure_clear(failure);
    return true;
}

static bool is_allowed(const struct args *args, const struct target *target, struct failure *failure)
{
    if (!args->allow_control && !target->control_allowed)
        return failure_set(failure, ERR_CONTROL_DENIED, "%s %s", args->command, TEXT_SHORT(args->words[0]));
    return args->yes || uv_guess_handle(0) == UV_TTY ||
           failure_explain(failure, ERR_USAGE,
                           "No confirmation is possible here (standard input is not a terminal): add --yes to %s.",
                           "Запросить подтверждение нельзя (ввод не с терминала): добавьте --yes к %s.", args->command);
}

int cmd_control(const struct args *args)
{
    struct target target = {0};
    struct failure failure = {0};
    const struct action *action = find(args->command);
    bool done = action && target_find(args, args->words[0], &target, &failure) && is_allowed(args, &target, &failure) &&
                act(args, action, &target, &failure);
    target_free(&target);
    return done ? EXIT_DONE : command_fail(&failure);
}
