/* Prometheus text format: numbers as gauges in base units, texts as labels of kkt_GROUP_info. All samples of a family
 * stand together, under one HELP, however many registers there are: each family gathers its own. */
#include "output/buffer.h"
#include "output/document.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
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

struct family {
    char name[128];
    const char *help;
    struct buffer samples;
};

struct prometheus {
    struct family *families; /* in the order in which they came up */
    unsigned count, capacity;
    struct buffer lost; /* takes the samples when memory runs out */
    bool failed;
    unsigned last; /* index of the family that was asked for last: the next one mostly follows it */
};

/* The samples of a family; `help` must stay alive. */
static struct buffer *family(struct prometheus *p, const char *name, const char *help)
{
    for (unsigned i = 0; i < p->count; i++) {
        unsigned at = (p->last + i) % p->count;
        if (strcmp(p->families[at].name, name) == 0) {
            p->last = at;
            return &p->families[at].samples;
        }
    }
    if (p->count == p->capacity) {
        unsigned capacity = p->capacity ? 2 * p->capacity : 256;
        struct family *more = realloc(p->families, capacity * sizeof *more);
        if (!more) {
            p->failed = true;
            return &p->lost;
        }
        p->families = more;
        p->capacity = capacity;
    }
    struct family *f = &p->families[p->count];
    *f = (struct family){.help = help};
    (void)snprintf(f->name, sizeof f->name, "%s", name);
    p->last = p->count++;
    return &f->samples;
}

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

static void add_one(struct prometheus *p, const struct document *d, const char *name, const char *help, double value)
{
    struct buffer *b = family(p, name, help);
    buffer_add(b, "%s{", name);
    add_label(b, "name", d->name);
    buffer_add(b, "} %.15g\n", value);
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

static void add_metric(struct prometheus *p, const struct document *d, enum metric m)
{
    const struct metric_row *row = metric_row(m);
    char name[128];
    double scale = name_of(m, name, sizeof name);
    double value = (double)snapshot_int(d->snapshot, m);
    if (row->type == METRIC_DATE || row->type == METRIC_TIME) {
        struct civil c = snapshot_civil(d->snapshot, m);
        value = (double)zone_to_unix(&d->zone, &c);
    }
    add_one(p, d, name, row->text_en, value * scale);
}

/* All texts of a group as labels of one series whose value is 1. */
static void add_info(struct prometheus *p, const struct document *d, enum metric first)
{
    const char *group = metric_row(first)->group;
    char name[64];
    struct buffer *b = NULL;
    for (unsigned i = first; i < METRIC_COUNT && strcmp(metric_row((enum metric)i)->group, group) == 0; i++) {
        enum metric m = (enum metric)i;
        if (metric_row(m)->type != METRIC_TEXT || !snapshot_has(d->snapshot, m))
            continue;
        if (!b) {
            (void)snprintf(name, sizeof name, "kkt_%s_info", group);
            b = family(p, name, "Texts of the group as labels; the value is always 1");
            buffer_add(b, "%s{", name);
            add_label(b, "name", d->name);
        }
        buffer_add(b, ",");
        add_label(b, metric_row(m)->key, snapshot_text(d->snapshot, m));
    }
    if (b)
        buffer_add(b, "} 1\n");
}

static void add_metrics(struct prometheus *p, const struct document *d)
{
    const char *group = "";
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        const struct metric_row *row = metric_row(m);
        if (strcmp(group, row->group) != 0) {
            group = row->group;
            add_info(p, d, m);
        }
        /* A Unix time repeats the wall-clock time beside it. */
        if (row->type != METRIC_TEXT && row->unit != UNIT_UNIX && snapshot_has(d->snapshot, m))
            add_metric(p, d, m);
    }
}

static void add_state(struct prometheus *p, const struct document *d)
{
    struct buffer *b = family(p, "kkt_state", "Outcome of the last poll: 1 at the state it had");
    for (int state = STATE_OK; state <= STATE_PREREQUISITE; state++) {
        buffer_add(b, "kkt_state{");
        add_label(b, "name", d->name);
        buffer_add(b, ",");
        add_label(b, "state", poll_state_name((enum poll_state)state));
        buffer_add(b, "} %d\n", d->state == (enum poll_state)state);
    }
}

static void add_poll_info(struct prometheus *p, const struct document *d)
{
    char protocol[8] = "";
    if (d->snapshot->protocol != KKT_PROTOCOL_UNKNOWN)
        (void)snprintf(protocol, sizeof protocol, "%d", (int)d->snapshot->protocol);
    struct buffer *b = family(p, "kkt_poll_info", "How the register was polled; the value is always 1");
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

struct prometheus *prometheus_begin(void)
{
    return calloc(1, sizeof(struct prometheus));
}

void prometheus_add(struct prometheus *p, const struct document *d)
{
    const struct snapshot *s = d->snapshot;
    if (!p)
        return;
    add_one(p, d, "kkt_up", "Was the register read (state ok or partial)", document_was_read(d));
    add_one(p, d, "kkt_health", "What is wrong with the register: severity * 100 + reason, 0 when it is well",
            d->health.code);
    add_state(p, d);
    add_poll_info(p, d);
    add_one(p, d, "kkt_poll_timestamp_seconds", "When the poll began, Unix time", (double)s->polled_ms / 1000);
    add_one(p, d, "kkt_poll_age_seconds", "Age of the values", (double)d->age_s);
    add_one(p, d, "kkt_poll_duration_seconds", "How long the poll took", s->duration_ms / 1000.0);
    add_one(p, d, "kkt_poll_port_held_seconds", "How long the port was held", s->port_held_ms / 1000.0);
    add_one(p, d, "kkt_poll_requests", "Requests of the poll", s->requests);
    add_one(p, d, "kkt_poll_retries", "Repeated requests of the poll", s->retries);
    if (document_was_read(d))
        add_metrics(p, d);
}

static void add_help(struct buffer *b, const struct family *f)
{
    buffer_add(b, "# HELP %s ", f->name);
    for (const char *at = f->help; *at; at++)
        if (*at == '\\')
            buffer_add(b, "\\\\");
        else
            buffer_add(b, "%c", *at);
    buffer_add(b, "\n# TYPE %s gauge\n", f->name);
}

char *prometheus_end(struct prometheus *p)
{
    struct buffer page = {0};
    if (!p)
        return NULL;
    buffer_add(&page, "%s", "");
    for (unsigned i = 0; i < p->count; i++) {
        char *samples = buffer_detach(&p->families[i].samples);
        add_help(&page, &p->families[i]);
        buffer_add(&page, "%s", samples ? samples : "");
        p->failed = p->failed || !samples;
        free(samples);
    }
    free(buffer_detach(&p->lost));
    bool failed = p->failed;
    free(p->families);
    free(p);
    char *text = buffer_detach(&page);
    if (!failed)
        return text;
    free(text);
    return NULL;
}

char *document_prometheus(const struct document *d)
{
    struct prometheus *p = prometheus_begin();
    prometheus_add(p, d);
    return prometheus_end(p);
}
