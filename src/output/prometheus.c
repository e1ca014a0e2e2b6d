/* Prometheus text format: numbers as gauges in base units, texts as labels of kkt_GROUP_info. */
#include "output/buffer.h"
#include "output/document.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Names whose keys would break Prometheus' naming rules (`promtool check metrics`), and their scales. */
static const struct {
    enum metric metric;
    const char *name;
    double scale;
} renamed[] = {
    {METRIC_fn_days_left,          "kkt_fn_validity_left_seconds",    86400},
    {METRIC_fn_resource_days,      "kkt_fn_resource_seconds",         86400},
    {METRIC_ofd_unsent_count,      "kkt_ofd_unsent_documents",        1    },
    {METRIC_counters_cash_kop,     "kkt_counters_cash_rubles",        0.01 },
    {METRIC_power_battery_mv,      "kkt_power_battery_volts",         0.001},
    {METRIC_power_battery_percent, "kkt_power_battery_charge_ratio",  0.01 },
    {METRIC_printer_temperature_c, "kkt_printer_temperature_celsius", 1    },
};

static void add_escaped(struct buffer *b, const char *text)
{
    for (; *text; text++)
        if (*text == '\\' || *text == '"')
            buffer_add(b, "\\%c", *text);
        else if (*text == '\n')
            buffer_add(b, "\\n");
        else
            buffer_add(b, "%c", *text);
}

static void add_label(struct buffer *b, const char *key, const char *value)
{
    buffer_add(b, "%s=\"", key);
    add_escaped(b, value);
    buffer_add(b, "\"");
}

static void add_family(struct buffer *b, const char *name, const char *help)
{
    buffer_add(b, "# HELP %s ", name);
    for (; *help; help++)
        if (*help == '\\')
            buffer_add(b, "\\\\");
        else
            buffer_add(b, "%c", *help);
    buffer_add(b, "\n# TYPE %s gauge\n", name);
}

static void add_sample(struct buffer *b, const struct document *d, const char *name, double value)
{
    buffer_add(b, "%s{", name);
    add_label(b, "name", d->name);
    buffer_add(b, "} %.15g\n", value);
}

static void add_one(struct buffer *b, const struct document *d, const char *name, const char *help, double value)
{
    add_family(b, name, help);
    add_sample(b, d, name, value);
}

/* The family's name: kkt_GROUP_KEY with units spelt out. */
static double name_of(enum metric m, char *name, size_t cap)
{
    const struct metric_row *row = metric_row(m);
    for (unsigned i = 0; i < sizeof renamed / sizeof renamed[0]; i++)
        if (renamed[i].metric == m) {
            (void)snprintf(name, cap, "%s", renamed[i].name);
            return renamed[i].scale;
        }
    size_t length = strlen(row->key);
    if (row->type == METRIC_DATE || row->type == METRIC_TIME)
        (void)snprintf(name, cap, "kkt_%s_%s_timestamp_seconds", row->group, row->key);
    else if (row->unit == UNIT_SECONDS && length > 2)
        (void)snprintf(name, cap, "kkt_%s_%.*s_seconds", row->group, (int)(length - 2), row->key);
    else
        (void)snprintf(name, cap, "kkt_%s_%s", row->group, row->key);
    return 1;
}

static void add_metric(struct buffer *b, const struct document *d, enum metric m)
{
    const struct metric_row *row = metric_row(m);
    char name[128];
    double scale = name_of(m, name, sizeof name);
    double value = (double)snapshot_int(d->snapshot, m);
    if (row->type == METRIC_DATE || row->type == METRIC_TIME) {
        struct civil c = snapshot_civil(d->snapshot, m);
        value = (double)zone_to_unix(&d->zone, &c);
    }
    add_one(b, d, name, row->text_en, value * scale);
}

/* All texts of a group as labels of one series whose value is 1. */
static void add_info(struct buffer *b, const struct document *d, enum metric first)
{
    const char *group = metric_row(first)->group;
    char name[64];
    bool begun = false;
    for (unsigned i = first; i < METRIC_COUNT && strcmp(metric_row((enum metric)i)->group, group) == 0; i++) {
        enum metric m = (enum metric)i;
        if (metric_row(m)->type != METRIC_TEXT || !snapshot_has(d->snapshot, m))
            continue;
        if (!begun) {
            (void)snprintf(name, sizeof name, "kkt_%s_info", group);
            add_family(b, name, "Texts of the group as labels; the value is always 1");
            buffer_add(b, "%s{", name);
            add_label(b, "name", d->name);
            begun = true;
        }
        buffer_add(b, ",");
        add_label(b, metric_row(m)->key, snapshot_text(d->snapshot, m));
    }
    if (begun)
        buffer_add(b, "} 1\n");
}

static void add_metrics(struct buffer *b, const struct document *d)
{
    const char *group = "";
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        const struct metric_row *row = metric_row(m);
        if (strcmp(group, row->group) != 0) {
            group = row->group;
            add_info(b, d, m);
        }
        /* A Unix time repeats the wall-clock time beside it. */
        if (row->type != METRIC_TEXT && row->unit != UNIT_UNIX && snapshot_has(d->snapshot, m))
            add_metric(b, d, m);
    }
}

static void add_state(struct buffer *b, const struct document *d)
{
    add_family(b, "kkt_state", "Outcome of the last poll: 1 at the state it had");
    for (int state = STATE_OK; state <= STATE_PREREQUISITE; state++) {
        buffer_add(b, "kkt_state{");
        add_label(b, "name", d->name);
        buffer_add(b, ",");
        add_label(b, "state", poll_state_name((enum poll_state)state));
        buffer_add(b, "} %d\n", d->state == (enum poll_state)state);
    }
}

static void add_poll_info(struct buffer *b, const struct document *d)
{
    char protocol[8] = "";
    if (d->snapshot->protocol != KKT_PROTOCOL_UNKNOWN)
        (void)snprintf(protocol, sizeof protocol, "%d", (int)d->snapshot->protocol);
    add_family(b, "kkt_poll_info", "How the register was polled; the value is always 1");
    buffer_add(b, "kkt_poll_info{");
    add_label(b, "name", d->name);
    buffer_add(b, ",");
    add_label(b, "connect", d->connect);
    buffer_add(b, ",");
    add_label(b, "protocol", protocol);
    buffer_add(b, ",");
    add_label(b, "version", ZABBIX_ATOL_VERSION);
    buffer_add(b, "} 1\n");
}

char *document_prometheus(const struct document *d)
{
    struct buffer b = {0};
    const struct snapshot *s = d->snapshot;
    add_one(&b, d, "kkt_up", "Was the register read (state ok or partial)", document_was_read(d));
    add_state(&b, d);
    add_poll_info(&b, d);
    add_one(&b, d, "kkt_poll_timestamp_seconds", "When the poll began, Unix time", (double)s->polled_ms / 1000);
    add_one(&b, d, "kkt_poll_age_seconds", "Age of the values", (double)d->age_s);
    add_one(&b, d, "kkt_poll_duration_seconds", "How long the poll took", s->duration_ms / 1000.0);
    add_one(&b, d, "kkt_poll_port_held_seconds", "How long the port was held", s->port_held_ms / 1000.0);
    add_one(&b, d, "kkt_poll_requests", "Requests of the poll", s->requests);
    add_one(&b, d, "kkt_poll_retries", "Repeated requests of the poll", s->retries);
    if (document_was_read(d))
        add_metrics(&b, d);
    return buffer_detach(&b);
}
