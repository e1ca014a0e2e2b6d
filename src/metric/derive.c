#include "metric/derive.h"

#include "metric/ofd_errors.h"

#include <stdio.h>
#include <string.h>

/* Everything that a rule may look at. */
struct rule_input {
    struct snapshot *s;
    const struct zone *zone;
    int64_t now;
};

struct rule {
    enum metric target;
    enum metric sources[3]; /* all must be there; METRIC_COUNT ends the list early */
    void (*compute)(const struct rule_input *in, const struct rule *rule);
    int bit; /* for compute_bit */
};

static void compute_bit(const struct rule_input *in, const struct rule *rule)
{
    snapshot_set_bool(in->s, rule->target, (snapshot_int(in->s, rule->sources[0]) >> rule->bit & 1) != 0);
}

static int64_t unix_of(const struct rule_input *in, enum metric m)
{
    struct civil c = snapshot_civil(in->s, m);
    return zone_to_unix(in->zone, &c);
}

static void compute_unix(const struct rule_input *in, const struct rule *rule)
{
    snapshot_set_int(in->s, rule->target, unix_of(in, rule->sources[0]));
}

static void compute_drift(const struct rule_input *in, const struct rule *rule)
{
    snapshot_set_int(in->s, rule->target, unix_of(in, rule->sources[0]) - in->now);
}

/* expires, time -> seconds left by the register's own clock */
static void compute_difference(const struct rule_input *in, const struct rule *rule)
{
    snapshot_set_int(in->s, rule->target,
                     snapshot_int(in->s, rule->sources[0]) - snapshot_int(in->s, rule->sources[1]));
}

static int64_t floor_days(int64_t seconds)
{
    return seconds >= 0 ? seconds / 86400 : -((-seconds + 86399) / 86400);
}

static void compute_days_left(const struct rule_input *in, const struct rule *rule)
{
    int64_t end = snapshot_int(in->s, rule->sources[0]), today = snapshot_int(in->s, rule->sources[1]);
    snapshot_set_int(in->s, rule->target, floor_days(end) - floor_days(today));
}

/* Nothing unsent is known to be of age 0, so that its problem can end (design.md §3). A clock that runs behind the
 * document's time gives 0 too, never a negative age. */
static void compute_unsent_age(const struct rule_input *in, const struct rule *rule)
{
    if (snapshot_int(in->s, METRIC_ofd_unsent_count) == 0) {
        snapshot_set_int(in->s, rule->target, 0);
        return;
    }
    if (!snapshot_has(in->s, METRIC_ofd_first_unsent) || !snapshot_has(in->s, METRIC_device_time))
        return;
    int64_t age = snapshot_int(in->s, METRIC_device_time) - snapshot_int(in->s, METRIC_ofd_first_unsent);
    snapshot_set_int(in->s, rule->target, age > 0 ? age : 0);
}

/* Names of the bits of a mask, joined; a bit without a name gives its number, no bit gives "нет". */
static void compute_mask_text(const struct rule_input *in, const struct rule *rule, const char *const names[8])
{
    int64_t mask = snapshot_int(in->s, rule->sources[0]);
    char text[512] = "";
    size_t used = 0;
    for (int bit = 0; bit < 8; bit++) {
        if (!(mask >> bit & 1))
            continue;
        const char *joint = used ? ", " : "";
        int n = names[bit] ? snprintf(text + used, sizeof text - used, "%s%s", joint, names[bit])
                           : snprintf(text + used, sizeof text - used, "%sбит %d", joint, bit);
        if (n < 0 || (size_t)n >= sizeof text - used)
            return;
        used += (size_t)n;
    }
    if (used == 0)
        used = (size_t)snprintf(text, sizeof text, "нет");
    (void)snapshot_set_text(in->s, rule->target, text, used);
}

static void compute_taxation(const struct rule_input *in, const struct rule *rule)
{
    /* domain.md §3.4 */
    static const char *const names[8] = {"ОСН", "УСН доход", "УСН доход − расход", "ЕНВД", "ЕСХН", "Патент"};
    compute_mask_text(in, rule, names);
}

static void compute_agent(const struct rule_input *in, const struct rule *rule)
{
    static const char *const names[8] = {"банковский платёжный агент",
                                         "банковский платёжный субагент",
                                         "платёжный агент",
                                         "платёжный субагент",
                                         "поверенный",
                                         "комиссионер",
                                         "агент"};
    compute_mask_text(in, rule, names);
}

static void compute_code_text(const struct rule_input *in, const struct rule *rule)
{
    enum ofd_error_kind kind = rule->target == METRIC_ofd_network_error_text ? OFD_ERROR_NETWORK
                               : rule->target == METRIC_ofd_ofd_error_text   ? OFD_ERROR_OFD
                                                                             : OFD_ERROR_FN;
    const char *text = ofd_error_text(kind, in->s->protocol, snapshot_int(in->s, rule->sources[0]));
    (void)snapshot_set_text(in->s, rule->target, text, strlen(text));
}

#define BIT(target, source, bit)                                                                                       \
    {                                                                                                                  \
        METRIC_##target, {METRIC_##source, METRIC_COUNT}, compute_bit, bit                                             \
    }
#define UNIX(target, source)                                                                                           \
    {                                                                                                                  \
        METRIC_##target, {METRIC_##source, METRIC_COUNT}, compute_unix, 0                                              \
    }

/* One row a DERIVED metric. */
static const struct rule rules[] = {
    UNIX(device_time_ts, device_time),
    {METRIC_device_clock_drift_s,       {METRIC_device_time, METRIC_COUNT},                        compute_drift,      0},
    UNIX(shift_expires_ts, shift_expires),
    {METRIC_shift_left_s,               {METRIC_shift_expires, METRIC_device_time, METRIC_COUNT},  compute_difference, 0},
    {METRIC_fn_days_left,               {METRIC_fn_valid_until, METRIC_device_time, METRIC_COUNT}, compute_days_left,  0},
    UNIX(fn_last_document_ts, fn_last_document_time),
 /* domain.md §3.2 */
    BIT(fn_need_replacement, fn_flags, 0),
    BIT(fn_resource_exhausted, fn_flags, 1),
    BIT(fn_memory_overflow, fn_flags, 2),
    BIT(fn_ofd_timeout, fn_flags, 3),
    BIT(fn_flc_refusal, fn_flags, 4),
    BIT(fn_needs_setup, fn_flags, 5),
    BIT(fn_ofd_annulled, fn_flags, 6),
    BIT(fn_critical_error, fn_flags, 7),
 /* domain.md §2.2 */
    BIT(ofd_connected, ofd_status, 0),
    BIT(ofd_has_message, ofd_status, 1),
    BIT(ofd_waits_ticket, ofd_status, 2),
    BIT(ofd_has_command, ofd_status, 3),
    BIT(ofd_settings_changed, ofd_status, 4),
    BIT(ofd_waits_answer, ofd_status, 5),
    UNIX(ofd_first_unsent_ts, ofd_first_unsent),
    {METRIC_ofd_first_unsent_age_s,     {METRIC_ofd_unsent_count, METRIC_COUNT},                   compute_unsent_age, 0},
    UNIX(ofd_last_sent_ts, ofd_last_sent),
    {METRIC_ofd_network_error_text,     {METRIC_ofd_network_error, METRIC_COUNT},                  compute_code_text,  0},
    {METRIC_ofd_ofd_error_text,         {METRIC_ofd_ofd_error, METRIC_COUNT},                      compute_code_text,  0},
    {METRIC_ofd_fn_error_text,          {METRIC_ofd_fn_error, METRIC_COUNT},                       compute_code_text,  0},
    {METRIC_registration_taxation_text, {METRIC_registration_taxation, METRIC_COUNT},              compute_taxation,   0},
    {METRIC_registration_agent_text,    {METRIC_registration_agent, METRIC_COUNT},                 compute_agent,      0},
};

#define RULES (sizeof rules / sizeof rules[0])

/* The age needs two more values unless nothing is unsent, so they are not conditions of the rule. */
static const enum metric age_sources[] = {METRIC_ofd_unsent_count, METRIC_ofd_first_unsent, METRIC_device_time,
                                          METRIC_COUNT};

static bool sources_present(const struct snapshot *s, const struct rule *rule)
{
    for (unsigned i = 0; rule->sources[i] != METRIC_COUNT; i++)
        if (!snapshot_has(s, rule->sources[i]))
            return false;
    return true;
}

void derive_metrics(struct snapshot *s, const struct metric_set *wanted, const struct zone *zone, int64_t now_unix_s)
{
    struct rule_input in = {s, zone, now_unix_s};
    for (unsigned i = 0; i < RULES; i++)
        if (metric_set_has(wanted, rules[i].target) && !snapshot_has(s, rules[i].target) &&
            sources_present(s, &rules[i]))
            rules[i].compute(&in, &rules[i]);
}

const enum metric *derive_sources(enum metric m)
{
    if (m == METRIC_ofd_first_unsent_age_s)
        return age_sources;
    for (unsigned i = 0; i < RULES; i++)
        if (rules[i].target == m)
            return rules[i].sources;
    return NULL;
}

void derive_add_sources(struct metric_set *wanted)
{
    for (unsigned i = 0; i < RULES; i++) {
        if (!metric_set_has(wanted, rules[i].target))
            continue;
        for (const enum metric *source = derive_sources(rules[i].target); *source != METRIC_COUNT; source++)
            metric_set_add(wanted, *source);
    }
}
