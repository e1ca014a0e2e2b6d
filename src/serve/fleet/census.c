#include "serve/fleet/census.h"

#include "metric/derived/reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S      86400U
#define FIRST_YEAR 2016 /* the first FN */
#define MONTHS     (12 * 50)

struct census_sum {
    const struct census *census;
    uint32_t severity[SEVERITY_DISASTER + 1];
    uint32_t without_data, days_10, days_30, days_60, waiting_1d;
    uint64_t unsent;
    uint32_t months[MONTHS];
    uint32_t *firmware; /* beside census->firmware */
};

/* The place of a version, kept once; 0 when there is no memory or there are too many. */
static uint16_t firmware_of(struct census *c, const char *version)
{
    uint32_t i = 0;
    while (i < c->firmware_count && strncmp(c->firmware[i], version, CENSUS_FIRMWARE_TEXT - 1) != 0)
        i++;
    if (i == c->firmware_count) {
        char(*firmware)[CENSUS_FIRMWARE_TEXT] =
            i < CENSUS_FIRMWARE_MAX ? realloc(c->firmware, (i + 1) * sizeof *firmware) : NULL;
        if (!firmware)
            return 0;
        c->firmware = firmware;
        (void)snprintf(c->firmware[i], CENSUS_FIRMWARE_TEXT, "%s", version);
        c->firmware_count++;
    }
    return (uint16_t)(i + 1);
}

static void note_fn(struct census_entry *e, const struct snapshot *s)
{
    static const enum metric left[] = {METRIC_fn_days_left, METRIC_fn_resource_days};
    bool known = false;
    for (unsigned i = 0; i < sizeof left / sizeof left[0]; i++) {
        if (!snapshot_has(s, left[i]))
            continue;
        int64_t days = snapshot_int(s, left[i]);
        if (days < INT32_MIN || days > INT32_MAX || (known && days >= e->fn_days))
            continue;
        e->fn_days = (int32_t)days;
        known = true;
    }
    e->has_fn_days = known || e->has_fn_days;
    if (snapshot_has(s, METRIC_fn_valid_until)) {
        struct civil end = snapshot_civil(s, METRIC_fn_valid_until);
        e->fn_month = (uint16_t)(end.year * 12 + end.month - 1);
    }
}

static uint32_t bounded(int64_t value)
{
    return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

void census_update(struct census *c, struct census_entry *e, const struct document *d)
{
    const struct snapshot *s = d->snapshot;
    e->level = (uint8_t)d->health.level;
    e->has_document = true;
    if (!document_was_read(d))
        return;
    e->was_read = true;
    if (reconcile_is_without_fn(s)) /* its queue and its term went with it */
        *e = (struct census_entry){.level = e->level,
                                   .has_document = true,
                                   .was_read = true,
                                   .firmware = e->firmware,
                                   .autonomous = e->autonomous};
    note_fn(e, s);
    if (snapshot_has(s, METRIC_ofd_unsent_count))
        e->unsent = bounded(snapshot_int(s, METRIC_ofd_unsent_count));
    if (snapshot_has(s, METRIC_ofd_first_unsent_age_s))
        e->ofd_age_s = bounded(snapshot_int(s, METRIC_ofd_first_unsent_age_s));
    if (snapshot_has(s, METRIC_registration_autonomous))
        e->autonomous = snapshot_int(s, METRIC_registration_autonomous) != 0;
    if (snapshot_has(s, METRIC_device_firmware))
        e->firmware = firmware_of(c, snapshot_text(s, METRIC_device_firmware));
}

struct census_sum *census_begin(const struct census *c)
{
    struct census_sum *sum = calloc(1, sizeof *sum);
    if (!sum)
        return NULL;
    sum->census = c;
    sum->firmware = calloc(c->firmware_count + (size_t)1, sizeof *sum->firmware);
    if (sum->firmware)
        return sum;
    free(sum);
    return NULL;
}

void census_add(struct census_sum *sum, const struct census_entry *e, uint32_t unread_for_s)
{
    sum->without_data += !e->was_read || unread_for_s >= DAY_S;
    if (!e->has_document)
        return;
    sum->severity[e->level <= SEVERITY_DISASTER ? e->level : 0]++;
    sum->days_10 += e->has_fn_days && e->fn_days <= 10;
    sum->days_30 += e->has_fn_days && e->fn_days <= 30;
    sum->days_60 += e->has_fn_days && e->fn_days <= 60;
    sum->waiting_1d += !e->autonomous && e->ofd_age_s > DAY_S;
    sum->unsent += e->autonomous ? 0 : e->unsent;
    int month = e->fn_month - FIRST_YEAR * 12;
    if (e->fn_month && month >= 0 && month < MONTHS)
        sum->months[month]++;
    if (e->firmware)
        sum->firmware[e->firmware - 1]++;
}

static json_t *severities(const struct census_sum *sum)
{
    const uint32_t *n = sum->severity;
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "well", (json_int_t)n[SEVERITY_NOTHING], "information",
                     (json_int_t)n[SEVERITY_INFORMATION], "warning", (json_int_t)n[SEVERITY_WARNING], "average",
                     (json_int_t)n[SEVERITY_AVERAGE], "high", (json_int_t)n[SEVERITY_HIGH], "disaster",
                     (json_int_t)n[SEVERITY_DISASTER]);
}

static int add_row(json_t *list, const char *key, const char *text, uint32_t count)
{
    return json_array_append_new(list, json_pack("{s:s,s:I}", key, text, "count", (json_int_t)count));
}

static json_t *firmwares(const struct census_sum *sum)
{
    json_t *list = json_array();
    for (uint32_t i = 0; list && i < sum->census->firmware_count; i++)
        if (sum->firmware[i] > 0)
            (void)add_row(list, "version", sum->census->firmware[i], sum->firmware[i]);
    return list;
}

static json_t *months(const struct census_sum *sum)
{
    json_t *list = json_array();
    for (unsigned i = 0; list && i < MONTHS; i++) {
        char month[16];
        (void)snprintf(month, sizeof month, "%04u-%02u", FIRST_YEAR + i / 12, i % 12 + 1);
        if (sum->months[i] > 0)
            (void)add_row(list, "month", month, sum->months[i]);
    }
    return list;
}

int census_end(struct census_sum *sum, json_t *root, json_t *registers)
{
    if (!sum)
        return -1;
    int failed = json_object_set_new(registers, "without_data", json_integer(sum->without_data));
    failed |= json_object_set_new(root, "severity", severities(sum));
    failed |= json_object_set_new(root, "fn",
                                  json_pack("{s:I,s:I,s:I}", "days_10", (json_int_t)sum->days_10, "days_30",
                                            (json_int_t)sum->days_30, "days_60", (json_int_t)sum->days_60));
    failed |= json_object_set_new(
        root, "ofd",
        json_pack("{s:I,s:I}", "waiting_1d", (json_int_t)sum->waiting_1d, "unsent", (json_int_t)sum->unsent));
    failed |= json_object_set_new(root, "firmware", firmwares(sum));
    failed |= json_object_set_new(root, "fn_ends", months(sum));
    free(sum->firmware);
    free(sum);
    return failed;
}
