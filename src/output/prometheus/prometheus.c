/* Prometheus text format: numbers in base units, texts as labels of kkt_GROUP_info. One HELP a family, however many
 * registers there are: each family gathers its samples in a buffer of its own. */
#include "output/buffer.h"
#include "output/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Families that are no metric of the catalogue, in the order of the text. */
enum {
    UP,
    STATE,
    STATE_FOR,
    UNREAD_FOR,
    CLOSED,
    HEALTH_CODE,
    HEALTH_LEVEL,
    PROBLEM,
    PROBLEMS,
    POLL_INFO,
    POLLED,
    DURATION,
    PORT_HELD,
    REQUESTS,
    RETRIES,
    FIXED
};

static const struct {
    const char *name, *help;
} fixed[FIXED] = {
    [UP] = {"kkt_up",                     "Was the register read (state ok or partial)"                                },
    [STATE] = {"kkt_state",                  "Outcome of the last poll: 1 at the state it had"                            },
    [STATE_FOR] = {"kkt_state_seconds",          "How long the state had been what it was, at the last poll"                  },
    [UNREAD_FOR] = {"kkt_unread_seconds",
            "How long the register had not been read, at the last poll; 0 when it was read"                            },
    [CLOSED] = {"kkt_shop_closed",            "Is the shop closed by its opening hours"                                    },
    [HEALTH_CODE] = {"kkt_health",                 "What is wrong with the register: severity * 100 + reason, 0 when it is well"},
    [HEALTH_LEVEL] = {"kkt_health_level",           "Severity of the worst reason as in Zabbix: 0 nothing to 5 disaster"         },
    [PROBLEM] = {"kkt_problem",                "A reason of health that is there, with its severity; the value is always 1" },
    [PROBLEMS] = {"kkt_problems",               "Reasons of the severity that no number of their own shows (as FN days, OFD age, "
                                  "shift); none while the register is not read"             },
    [POLL_INFO] = {"kkt_poll_info",              "How the register was polled; the value is always 1"                         },
    [POLLED] = {"kkt_poll_timestamp_seconds", "When the poll began, Unix time"                                             },
    [DURATION] = {"kkt_poll_duration_seconds",  "How long the poll took"                                                     },
    [PORT_HELD] = {"kkt_poll_port_held_seconds", "How long the port was held"                                                 },
    [REQUESTS] = {"kkt_poll_requests",          "Requests of the poll"                                                       },
    [RETRIES] = {"kkt_poll_retries",           "Repeated requests of the poll"                                              },
};

#define GROUPS_MAX 16

struct prometheus {
    struct buffer fixed[FIXED];
    struct buffer infos[GROUPS_MAX];     /* in the order of groups.def */
    struct buffer metrics[METRIC_COUNT]; /* samples of each */
    struct buffer labels;                /* of the group whose texts are being gathered */
    unsigned group;                      /* its place */
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

static void add_sample(struct buffer *b, const struct document *d, const char *name, double value)
{
    buffer_add(b, "%s{", name);
    add_label(b, "name", d->name);
    buffer_add(b, "} %.15g\n", value);
}

/* How the unit of a metric is written there: the end of its key, the end of the family's name, and the factor. */
static const struct {
    const char *key_end, *name_end;
    double factor;
} units[] = {
    [UNIT_NONE] = {"",         "",                   1    },
    [UNIT_SECONDS] = {"_s",       "_seconds",           1    },
    [UNIT_UNIX] = {"_ts",      "_timestamp_seconds", 1    },
    [UNIT_DAYS] = {"_days",    "_seconds",           86400},
    [UNIT_DOCUMENTS] = {"",         "_documents",         1    },
    [UNIT_KOPECKS] = {"_kop",     "_rubles",            0.01 },
    [UNIT_MILLIVOLTS] = {"_mv",      "_volts",             0.001},
    [UNIT_PERCENT] = {"_percent", "_ratio",             0.01 },
    [UNIT_CELSIUS] = {"_c",       "_celsius",           1    },
};

static bool is_moment(enum metric m)
{
    return metric_row(m)->type == METRIC_DATE || metric_row(m)->type == METRIC_TIME;
}

void prometheus_name(enum metric m, char *name, size_t cap)
{
    const struct metric_row *row = metric_row(m);
    const char *key_end = is_moment(m) ? "_time" : units[row->unit].key_end;
    const char *name_end = is_moment(m) ? "_timestamp_seconds" : units[row->unit].name_end;
    size_t length = strlen(row->key), tail = strlen(key_end);
    if (row->prometheus) {
        (void)snprintf(name, cap, "%s", row->prometheus);
        return;
    }
    if (length > tail && strcmp(row->key + length - tail, key_end) == 0)
        length -= tail;
    (void)snprintf(name, cap, "kkt_%s_%.*s%s%s", row->group, (int)length, row->key, name_end,
                   row->counter ? "_total" : "");
}

/* A Unix time repeats the wall-clock time beside it; "" in the catalogue means that there is no family. */
static bool has_family(enum metric m)
{
    const struct metric_row *row = metric_row(m);
    return row->unit != UNIT_UNIX && !(row->prometheus && !row->prometheus[0]);
}

static double number_of(const struct document *d, enum metric m)
{
    if (!is_moment(m))
        return (double)snapshot_int(d->snapshot, m) * units[metric_row(m)->unit].factor;
    struct civil c = snapshot_civil(d->snapshot, m);
    return (double)zone_to_unix(&d->zone, &c);
}

/* The texts of a group are the labels of one sample; it ends when the next group begins. */
static void end_info(struct prometheus *p, const struct document *d)
{
    if (p->labels.used == 0)
        return;
    struct buffer *b = &p->infos[p->group];
    buffer_add(b, "kkt_%s_info{", group_at(p->group)->name);
    add_label(b, "name", d->name);
    buffer_add(b, "%s} 1\n", p->labels.text);
    buffer_clear(&p->labels);
}

static void begin_group(void *to, const struct document *d, const struct group_row *group)
{
    struct prometheus *p = to;
    end_info(p, d);
    p->group = 0;
    while (group_at(p->group) != group)
        p->group++;
}

static void add_value(void *to, const struct document *d, enum metric m)
{
    struct prometheus *p = to;
    char name[128];
    if (!has_family(m))
        return;
    if (metric_row(m)->type == METRIC_TEXT) {
        buffer_add(&p->labels, ",");
        add_label(&p->labels, metric_row(m)->key, snapshot_text(d->snapshot, m));
        return;
    }
    prometheus_name(m, name, sizeof name);
    add_sample(&p->metrics[m], d, name, number_of(d, m));
}

static void add_state(struct buffer *b, const struct document *d)
{
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

static void add_labelled(struct buffer *b, const struct document *d, const char *name, const char *reason,
                         enum severity severity, unsigned value)
{
    buffer_add(b, "%s{", name);
    add_label(b, "name", d->name);
    if (reason) {
        buffer_add(b, ",");
        add_label(b, "reason", reason);
    }
    buffer_add(b, ",");
    add_label(b, "severity", severity_name(severity));
    buffer_add(b, "} %u\n", value);
}

/* What was not read can neither raise an alarm nor end one, and a poll that read a part ends none: so do the numbers
 * that alarms are made of. */
static void add_problems(struct prometheus *p, const struct document *d)
{
    for (unsigned i = 0; i < REASON_COUNT; i++) {
        const struct reason_row *row = reason_row((enum reason)i);
        if (d->health.raised[i] && row->severity != SEVERITY_NOTHING)
            add_labelled(&p->fixed[PROBLEM], d, fixed[PROBLEM].name, row->name, row->severity, 1);
    }
    if (!document_was_read(d))
        return;
    for (unsigned i = SEVERITY_INFORMATION; i <= SEVERITY_DISASTER; i++)
        if (d->state == STATE_OK || d->health.listed[i] > 0)
            add_labelled(&p->fixed[PROBLEMS], d, fixed[PROBLEMS].name, NULL, (enum severity)i, d->health.listed[i]);
}

/* Whoever polls once knows nothing of the polls before. */
static void add_history(struct prometheus *p, const struct document *d)
{
    if (!d->history.known)
        return;
    add_sample(&p->fixed[STATE_FOR], d, fixed[STATE_FOR].name, d->history.state_for_s);
    add_sample(&p->fixed[UNREAD_FOR], d, fixed[UNREAD_FOR].name, d->history.unread_for_s);
}

struct prometheus *prometheus_begin(void)
{
    return calloc(1, sizeof(struct prometheus));
}

void prometheus_add(struct prometheus *p, const struct document *d)
{
    static const struct writer writer = {begin_group, add_value};
    static const unsigned alike[] = {UP, HEALTH_CODE, HEALTH_LEVEL, POLLED, DURATION, PORT_HELD, REQUESTS, RETRIES};
    const struct snapshot *s = d->snapshot;
    if (!p)
        return;
    const double values[FIXED] = {
        [UP] = document_was_read(d),
        [HEALTH_CODE] = d->health.code,
        [HEALTH_LEVEL] = (double)d->health.level,
        [POLLED] = (double)s->polled_ms / 1000,
        [DURATION] = s->duration_ms / 1000.0,
        [PORT_HELD] = s->port_held_ms / 1000.0,
        [REQUESTS] = s->requests,
        [RETRIES] = s->retries,
    };
    for (unsigned i = 0; i < sizeof alike / sizeof alike[0]; i++)
        add_sample(&p->fixed[alike[i]], d, fixed[alike[i]].name, values[alike[i]]);
    add_history(p, d);
    add_problems(p, d);
    add_state(&p->fixed[STATE], d);
    add_poll_info(&p->fixed[POLL_INFO], d);
    document_walk(d, &writer, p);
    end_info(p, d);
}

void prometheus_add_closed(struct prometheus *p, const char *name, bool closed)
{
    if (!p)
        return;
    buffer_add(&p->fixed[CLOSED], "%s{", fixed[CLOSED].name);
    add_label(&p->fixed[CLOSED], "name", name);
    buffer_add(&p->fixed[CLOSED], "} %d\n", closed);
}

/* A family with its samples; one without samples is left out. */
static void add_family(struct buffer *to, const char *name, const char *help, bool counter, struct buffer *samples)
{
    if (samples->used > 0) {
        buffer_add(to, "# HELP %s ", name);
        for (; *help; help++)
            buffer_add(to, *help == '\\' ? "\\\\" : "%c", *help);
        buffer_add(to, "\n# TYPE %s %s\n", name, counter ? "counter" : "gauge");
        buffer_append(to, samples);
    }
    to->failed = to->failed || samples->failed;
    buffer_clear(samples);
    free(samples->text);
}

char *prometheus_end(struct prometheus *p)
{
    struct buffer text = {0};
    const struct group_row *group;
    char name[128];
    if (!p)
        return NULL;
    for (unsigned i = 0; i < FIXED; i++)
        add_family(&text, fixed[i].name, fixed[i].help, false, &p->fixed[i]);
    for (unsigned i = 0; (group = group_at(i)) != NULL; i++) {
        (void)snprintf(name, sizeof name, "kkt_%s_info", group->name);
        add_family(&text, name, "Texts of the group as labels; the value is always 1", false, &p->infos[i]);
    }
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        prometheus_name((enum metric)i, name, sizeof name);
        add_family(&text, name, metric_row((enum metric)i)->text_en, metric_row((enum metric)i)->counter,
                   &p->metrics[i]);
    }
    free(p->labels.text);
    free(p);
    return buffer_detach(&text);
}

char *document_prometheus(const struct document *d)
{
    struct prometheus *p = prometheus_begin();
    prometheus_add(p, d);
    return prometheus_end(p);
}
