#include "metric/derived/derive.h"

#include "metric/derived/ofd_errors.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400

/* Everything that a rule may look at. */
struct rule_input {
    struct snapshot *s;
    const struct surroundings *around;
    struct now now;
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
    return zone_to_unix(in->around->zone, &c);
}

static void compute_unix(const struct rule_input *in, const struct rule *rule)
{
    snapshot_set_int(in->s, rule->target, unix_of(in, rule->sources[0]));
}

/* Against a host whose clock cannot be right it says nothing of the register's. */
static void compute_drift(const struct rule_input *in, const struct rule *rule)
{
    if (!in->now.host_wrong)
        snapshot_set_int(in->s, rule->target, unix_of(in, rule->sources[0]) - in->around->host_s);
}

static void compute_shift_left(const struct rule_input *in, const struct rule *rule)
{
    snapshot_set_int(in->s, rule->target, unix_of(in, rule->sources[0]) - in->now.unix_s);
}

static int64_t floor_days(int64_t seconds)
{
    return seconds >= 0 ? seconds / DAY : -((-seconds + DAY - 1) / DAY);
}

static void compute_days_left(const struct rule_input *in, const struct rule *rule)
{
    struct civil today;
    if (zone_from_unix(in->around->zone, in->now.unix_s, &today))
        snapshot_set_int(in->s, rule->target,
                         floor_days(snapshot_int(in->s, rule->sources[0])) - floor_days(civil_to_seconds(&today)));
}

void derive_check_resource(struct snapshot *s, const struct surroundings *around)
{
    struct now now = now_of(s, around);
    struct civil today;
    if (now.register_wrong && snapshot_has(s, METRIC_fn_resource_days) && snapshot_has(s, METRIC_device_time) &&
        zone_from_unix(around->zone, now.unix_s, &today) &&
        floor_days(snapshot_int(s, METRIC_device_time)) != floor_days(civil_to_seconds(&today)))
        snapshot_set_undated(s, METRIC_fn_resource_days);
}

/* A document of tomorrow is one that a wrong clock has dated. */
static bool is_past(const struct rule_input *in, enum metric m)
{
    return snapshot_has(in->s, m) && unix_of(in, m) <= in->now.unix_s + DAY;
}

static void drop_future_dates(const struct rule_input *in)
{
    static const enum metric waiting[] = {METRIC_ofd_first_unsent, METRIC_marking_first_unsent};
    for (unsigned i = 0; i < sizeof waiting / sizeof waiting[0]; i++)
        if (snapshot_has(in->s, waiting[i]) && !is_past(in, waiting[i]))
            snapshot_set_undated(in->s, waiting[i]);
}

/* Nothing unsent is known to be of age 0, so that its problem can end. The age of a queue without a date is counted
 * from the last document that was sent, else from the moment when the queue was seen first. */
static void compute_unsent_age(const struct rule_input *in, const struct rule *rule)
{
    struct snapshot *s = in->s;
    if (snapshot_int(s, METRIC_ofd_unsent_count) == 0) {
        snapshot_set_int(s, rule->target, 0);
        return;
    }
    if (is_past(in, METRIC_ofd_first_unsent)) {
        snapshot_set_int(s, rule->target, in->now.unix_s - unix_of(in, METRIC_ofd_first_unsent));
        return;
    }
    if (!metric_set_has(&s->undated, METRIC_ofd_first_unsent))
        return; /* it was not read: that is reported already */
    if (is_past(in, METRIC_ofd_last_sent))
        snapshot_set_int(s, rule->target, in->now.unix_s - unix_of(in, METRIC_ofd_last_sent));
    else if (in->around->queue_known)
        snapshot_set_int(s, rule->target, in->around->queue_age_s);
}

/* As with the OFD's documents; nothing else dates a notice: health says that its age is unknown. */
static void compute_notice_age(const struct rule_input *in, const struct rule *rule)
{
    struct snapshot *s = in->s;
    if (snapshot_int(s, METRIC_marking_unsent_count) == 0) {
        snapshot_set_int(s, rule->target, 0);
    } else if (is_past(in, METRIC_marking_first_unsent)) {
        snapshot_set_int(s, rule->target, in->now.unix_s - unix_of(in, METRIC_marking_first_unsent));
    }
}

/* Since when it has been open only `serve` knows, which sees the polls before (serve/fleet/history.h). */
static void compute_no_document(const struct rule_input *in, const struct rule *rule)
{
    if (snapshot_int(in->s, rule->sources[0]) == 0)
        snapshot_set_int(in->s, rule->target, 0);
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
    {METRIC_device_clock_drift_s,       {METRIC_device_time, METRIC_COUNT},           compute_drift,       0},
    UNIX(shift_expires_ts, shift_expires),
    {METRIC_shift_left_s,               {METRIC_shift_expires, METRIC_COUNT},         compute_shift_left,  0},
    {METRIC_fn_days_left,               {METRIC_fn_valid_until, METRIC_COUNT},        compute_days_left,   0},
    UNIX(fn_last_document_ts, fn_last_document_time),
    {METRIC_fn_open_document_age_s,     {METRIC_fn_open_document, METRIC_COUNT},      compute_no_document, 0},
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
    {METRIC_ofd_first_unsent_age_s,     {METRIC_ofd_unsent_count, METRIC_COUNT},      compute_unsent_age,  0},
    UNIX(marking_first_unsent_ts, marking_first_unsent),
    {METRIC_marking_first_unsent_age_s, {METRIC_marking_unsent_count, METRIC_COUNT},  compute_notice_age,  0},
    UNIX(ofd_last_sent_ts, ofd_last_sent),
    {METRIC_ofd_network_error_text,     {METRIC_ofd_network_error, METRIC_COUNT},     compute_code_text,   0},
    {METRIC_ofd_ofd_error_text,         {METRIC_ofd_ofd_error, METRIC_COUNT},         compute_code_text,   0},
    {METRIC_ofd_fn_error_text,          {METRIC_ofd_fn_error, METRIC_COUNT},          compute_code_text,   0},
    {METRIC_registration_taxation_text, {METRIC_registration_taxation, METRIC_COUNT}, compute_taxation,    0},
    {METRIC_registration_agent_text,    {METRIC_registration_agent, METRIC_COUNT},    compute_agent,       0},
};

#define RULES (sizeof rules / sizeof rules[0])

/* What now_of reads. Where it is known, the term of the FN, too: a slow value, which is not asked for the sake of
 * this. */
#define NOW METRIC_device_time, METRIC_fn_last_document_time

/* What a rule reads beyond the conditions of its row. */
static const struct {
    enum metric target;
    enum metric sources[6];
} more_sources[] = {
    {METRIC_device_clock_wrong,         {NOW, METRIC_fn_present, METRIC_COUNT}                                       },
    {METRIC_shift_state,                {METRIC_shift_state, METRIC_shift_expires, NOW, METRIC_COUNT}                }, /* read, see expire_shift */
    {METRIC_shift_left_s,               {METRIC_shift_expires, NOW, METRIC_COUNT}                                    },
    {METRIC_fn_days_left,               {METRIC_fn_valid_until, NOW, METRIC_COUNT}                                   },
    {METRIC_ofd_first_unsent_age_s,
     {METRIC_ofd_unsent_count, METRIC_ofd_first_unsent, METRIC_ofd_last_sent, NOW, METRIC_COUNT}                     },
    {METRIC_marking_first_unsent_age_s, {METRIC_marking_unsent_count, METRIC_marking_first_unsent, NOW, METRIC_COUNT}},
};

static bool sources_present(const struct snapshot *s, const struct rule *rule)
{
    for (unsigned i = 0; rule->sources[i] != METRIC_COUNT; i++)
        if (!snapshot_has(s, rule->sources[i]))
            return false;
    return true;
}

/* A register says "open" until somebody closes the shift; the driver makes "expired" of it by the register's clock,
 * which may be wrong, and by a date that may be none: what has no date has no end. */
static void expire_shift(const struct rule_input *in)
{
    struct snapshot *s = in->s;
    if (!snapshot_has(s, METRIC_shift_state) || snapshot_int(s, METRIC_shift_state) == 0)
        return;
    if (snapshot_has(s, METRIC_shift_expires))
        snapshot_set_int(s, METRIC_shift_state, in->now.unix_s > unix_of(in, METRIC_shift_expires) ? 2 : 1);
    else if (metric_set_has(&s->undated, METRIC_shift_expires))
        snapshot_set_int(s, METRIC_shift_state, 1);
}

/* A register that was asked for its clock and returned no time has a wrong one. A clock that is near the host's is
 * right only if it is not before the last document: without that nothing is told. */
static void set_clock_wrong(const struct rule_input *in, const struct metric_set *wanted)
{
    struct snapshot *s = in->s;
    bool asked = snapshot_has(s, METRIC_device_time) || metric_set_has(&s->undated, METRIC_device_time);
    s->host_clock_wrong = in->now.host_wrong;
    if (!asked || !metric_set_has(wanted, METRIC_device_clock_wrong) ||
        !(in->now.register_wrong || in->now.document_known))
        return;
    snapshot_set_bool(s, METRIC_device_clock_wrong, in->now.register_wrong);
    metric_set_add(&s->computed, METRIC_device_clock_wrong);
}

void derive_metrics(struct snapshot *s, const struct metric_set *wanted, const struct surroundings *around)
{
    struct metric_set anew = s->computed;
    metric_set_keep_only(&anew, wanted);
    metric_set_remove_all(&s->present, &anew);
    metric_set_remove_all(&s->computed, &anew);
    struct rule_input in = {s, around, now_of(s, around)};
    set_clock_wrong(&in, wanted);
    expire_shift(&in);
    drop_future_dates(&in);
    for (unsigned i = 0; i < RULES; i++) {
        if (!metric_set_has(wanted, rules[i].target) || snapshot_has(s, rules[i].target) ||
            !sources_present(s, &rules[i]))
            continue;
        rules[i].compute(&in, &rules[i]);
        if (snapshot_has(s, rules[i].target))
            metric_set_add(&s->computed, rules[i].target);
    }
}

const enum metric *derive_sources(enum metric m)
{
    for (unsigned i = 0; i < sizeof more_sources / sizeof more_sources[0]; i++)
        if (more_sources[i].target == m)
            return more_sources[i].sources;
    for (unsigned i = 0; i < RULES; i++)
        if (rules[i].target == m)
            return rules[i].sources;
    return NULL;
}

void derive_add_sources(struct metric_set *wanted)
{
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        const enum metric *source = metric_set_has(wanted, (enum metric)m) ? derive_sources((enum metric)m) : NULL;
        for (; source && *source != METRIC_COUNT; source++)
            metric_set_add(wanted, *source);
    }
}

void derive_add_guards(struct metric_set *wanted)
{
    const struct metric_set asked = *wanted;
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        const struct metric_guard *guard = &metric_row((enum metric)m)->guard;
        if (guard->guarded && metric_set_has(&asked, (enum metric)m))
            metric_set_add(wanted, guard->metric);
    }
}
