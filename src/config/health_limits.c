#include "config/health_limits.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The reason SUBJECT_SEVERITY, REASON_none when there is none. */
static enum reason find_reason(const char *subject, const char *severity)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s_%.20s", subject, severity);
    for (unsigned i = REASON_none + 1; i < REASON_COUNT; i++)
        if (strcmp(reason_row((enum reason)i)->name, name) == 0)
            return (enum reason)i;
    return REASON_none;
}

/* "warning, high": which severities a subject has. */
static void list_severities(const char *subject, char *buf, size_t cap)
{
    size_t used = 0;
    buf[0] = '\0';
    for (unsigned s = SEVERITY_INFORMATION; s <= SEVERITY_DISASTER; s++) {
        if (find_reason(subject, severity_name((enum severity)s)) == REASON_none)
            continue;
        int n = snprintf(buf + used, cap - used, "%s%s", used ? ", " : "", severity_name((enum severity)s));
        if (n > 0 && (size_t)n < cap - used)
            used += (size_t)n;
    }
}

/* The first metric whose limit raises the reason, and that limit. */
static const struct metric_limit *find_limit(enum reason reason, enum metric *m)
{
    for (unsigned i = 0; i < METRIC_COUNT; i++)
        for (unsigned j = 0; j < METRIC_LIMITS && metric_row((enum metric)i)->limits[j].side != SIDE_NONE; j++)
            if (metric_row((enum metric)i)->limits[j].reason == reason) {
                *m = (enum metric)i;
                return &metric_row((enum metric)i)->limits[j];
            }
    return NULL;
}

static bool read_value(struct conf_file *file, yaml_node_t *node, const char *subject, enum reason reason,
                       struct health_limits *limits, struct failure *failure)
{
    enum metric m = METRIC_COUNT;
    int64_t number;
    uint32_t seconds;
    const char *text = conf_text(file, node, failure);
    if (!text || !find_limit(reason, &m))
        return false;
    limits->changed[reason] = true;
    limits->off[reason] = strcmp(text, "none") == 0;
    if (limits->off[reason])
        return true;
    if (metric_row(m)->unit == UNIT_SECONDS) {
        if (!conf_seconds(file, node, &seconds, NULL, failure))
            return false;
        limits->value[reason] = seconds;
        return true;
    }
    if (!text_decimal(text, strlen(text), &number) || number < 0 || number > INT32_MAX)
        return conf_fail(file, node, failure, "%s: \"%s\": expected a whole number or `none`",
                         "%s: «%s»: ожидалось целое число или `none`", subject, TEXT_SHORT(text));
    limits->value[reason] = number;
    return true;
}

static int64_t value_of(const struct metric_limit *limit, const struct health_limits *limits)
{
    return limits->changed[limit->reason] ? limits->value[limit->reason] : limit->value;
}

/* The limits of a metric stand in the catalogue from mild to severe. */
static bool limits_are_ordered(struct conf_file *file, yaml_node_t *node, const char *subject,
                               const struct metric_row *row, const struct health_limits *limits,
                               struct failure *failure)
{
    const struct metric_limit *before = NULL;
    for (unsigned i = 0; i < METRIC_LIMITS && row->limits[i].side != SIDE_NONE; i++) {
        const struct metric_limit *l = &row->limits[i];
        const struct reason_row *reason = reason_row(l->reason);
        if (strcmp(reason->subject, subject) != 0 || limits->off[l->reason])
            continue;
        bool falling = l->side == SIDE_AT_MOST || l->side == SIDE_BELOW;
        if (before && (falling ? value_of(before, limits) <= value_of(l, limits)
                               : value_of(before, limits) >= value_of(l, limits)))
            return falling ? conf_fail(file, node, failure,
                                       "%s: \"%s\" (%" PRId64 ") must be more than \"%s\" (%" PRId64 ")",
                                       "%s: «%s» (%" PRId64 ") должно быть больше, чем «%s» (%" PRId64 ")", subject,
                                       severity_name(reason_row(before->reason)->severity), value_of(before, limits),
                                       severity_name(reason->severity), value_of(l, limits))
                           : conf_fail(file, node, failure,
                                       "%s: \"%s\" (%" PRId64 ") must be less than \"%s\" (%" PRId64 ")",
                                       "%s: «%s» (%" PRId64 ") должно быть меньше, чем «%s» (%" PRId64 ")", subject,
                                       severity_name(reason_row(before->reason)->severity), value_of(before, limits),
                                       severity_name(reason->severity), value_of(l, limits));
        before = l;
    }
    return true;
}

bool limits_read(struct conf_file *file, const char *subject, yaml_node_t *value, struct health_limits *limits,
                 struct failure *failure)
{
    char known[96];
    list_severities(subject, known, sizeof known);
    file->key = subject;
    if (value->type != YAML_MAPPING_NODE)
        return conf_fail(file, value, failure, "%s: expected limits by severity, as {warning: …}; there are: %s",
                         "%s: нужны пороги по важности, как {warning: …}; есть: %s", subject, known);
    for (yaml_node_pair_t *pair = value->data.mapping.pairs.start; pair < value->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(&file->tree, pair->key);
        const char *severity = conf_text(file, key, failure);
        if (!severity)
            return false;
        enum reason reason = find_reason(subject, severity);
        if (reason == REASON_none)
            return conf_fail(file, key, failure, "%s has no limit \"%s\"; there are: %s",
                             "у %s нет порога «%s»; есть: %s", subject, TEXT_SHORT(severity), known);
        if (limits->changed[reason])
            return conf_fail(file, key, failure, "%s: duplicate key \"%s\"", "%s: повторяется ключ «%s»", subject,
                             TEXT_SHORT(severity));
        if (!read_value(file, yaml_document_get_node(&file->tree, pair->value), subject, reason, limits, failure))
            return false;
    }
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (!limits_are_ordered(file, value, subject, metric_row((enum metric)m), limits, failure))
            return false;
    return true;
}
