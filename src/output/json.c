/* The JSON document, key order as in design.md §3 and in the catalogue. */
#include "output/writer.h"

#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Every setter of Jansson takes NULL as a failure and gives -1, so one flag gathers them all. */
static int put(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new_nocheck(object, key, value);
}

/* Texts of the system (a device's name in an error) need not be UTF-8; they are written all the same. */
static int put_text(json_t *object, const char *key, const char *text)
{
    char escaped[4 * DOCUMENT_ERROR_MAX];
    json_t *value = json_string(text);
    return put(object, key, value ? value : json_string(text_escape(escaped, sizeof escaped, text)));
}

static json_t *value_of(const struct snapshot *s, enum metric m)
{
    char text[CIVIL_TEXT_MAX];
    struct civil c;
    switch (metric_row(m)->type) {
    case METRIC_BOOL:
    case METRIC_INT:
        return json_integer((json_int_t)snapshot_int(s, m));
    case METRIC_TEXT:
        /* snapshot_set_text has proven it UTF-8 */
        return json_string_nocheck(snapshot_text(s, m));
    case METRIC_DATE:
        c = snapshot_civil(s, m);
        civil_print_date(&c, text);
        return json_string_nocheck(text);
    case METRIC_TIME:
        break;
    }
    c = snapshot_civil(s, m);
    civil_print_time(&c, text);
    return json_string_nocheck(text);
}

/* The object of all groups and that of the present one; `failed` once memory ran out. */
struct groups {
    json_t *all, *group;
    int failed;
};

static void begin_group(void *to, const struct document *d, const struct group_row *group)
{
    struct groups *g = to;
    (void)d;
    g->group = json_object();
    g->failed |= put(g->all, group->name, g->group);
}

static void add_value(void *to, const struct document *d, enum metric m)
{
    struct groups *g = to;
    /* A group that was not added is gone. */
    if (!g->failed)
        g->failed |= put(g->group, metric_row(m)->key, value_of(d->snapshot, m));
}

static json_t *metrics_of(const struct document *d)
{
    static const struct writer writer = {begin_group, add_value};
    struct groups g = {.all = json_object()};
    document_walk(d, &writer, &g);
    if (!g.failed)
        return g.all;
    json_decref(g.all);
    return NULL;
}

static json_t *names_of(const struct metric_set *set)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < METRIC_COUNT && list; i++) {
        char name[96];
        if (!metric_set_has(set, (enum metric)i))
            continue;
        const struct metric_row *row = metric_row((enum metric)i);
        (void)snprintf(name, sizeof name, "%s.%s", row->group, row->key);
        if (json_array_append_new(list, json_string_nocheck(name)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *poll_of(const struct document *d)
{
    const struct snapshot *s = d->snapshot;
    json_t *poll = json_object();
    int failed = put(poll, "duration_ms", json_integer(s->duration_ms));
    failed |= put(poll, "port_held_ms", json_integer(s->port_held_ms));
    failed |= put(poll, "requests", json_integer(s->requests));
    failed |= put(poll, "retries", json_integer(s->retries));
    failed |= put(poll, "unsupported", names_of(&s->unsupported));
    failed |= put(poll, "undated", names_of(&s->undated));
    failed |= put(poll, "host_clock_wrong", json_integer(s->host_clock_wrong));
    if (d->history.known) {
        failed |= put(poll, "state_for_s", json_integer(d->history.state_for_s));
        failed |= put(poll, "unread_for_s", json_integer(d->history.unread_for_s));
        failed |= put(poll, "confirmed", json_integer(d->history.confirmed));
    }
    if (failed) {
        json_decref(poll);
        return NULL;
    }
    return poll;
}

/* What was not read can neither raise an alarm nor end one: then there are none; and a poll that read a part ends none.
 */
static json_t *alarms_of(const struct document *d)
{
    static const char *const names[] = {NULL, "information", "warning", "average", "high", "disaster"};
    json_t *alarms = json_object();
    int failed = alarms ? 0 : -1;
    for (unsigned i = SEVERITY_INFORMATION; i <= SEVERITY_DISASTER; i++)
        if (d->state == STATE_OK || d->health.alarms[i][0])
            failed |= put_text(alarms, names[i], d->health.alarms[i]);
    if (failed) {
        json_decref(alarms);
        return NULL;
    }
    return alarms;
}

static json_t *health_of_document(const struct document *d)
{
    json_t *health = json_object();
    int failed = put(health, "code", json_integer(d->health.code));
    failed |= put(health, "level", json_integer(d->health.level));
    failed |= put_text(health, "short", d->health.brief);
    failed |= put_text(health, "text", d->health.text);
    failed |= put_text(health, "lines", d->health.lines);
    if (poll_state_was_read(d->state))
        failed |= put(health, "alarms", alarms_of(d));
    if (failed) {
        json_decref(health);
        return NULL;
    }
    return health;
}

static const char *protocol_text(enum kkt_protocol protocol)
{
    return protocol == KKT_PROTOCOL_3 ? "3" : protocol == KKT_PROTOCOL_5 ? "5" : "";
}

char *document_json(const struct document *d, bool indent)
{
    const struct snapshot *s = d->snapshot;
    char polled_at[ZONE_TEXT_MAX];
    json_t *root = json_object();
    zone_print(&d->zone, s->polled_ms / 1000, polled_at);
    int failed = put(root, "schema", json_integer(DOCUMENT_SCHEMA));
    failed |= put(root, "version", json_string_nocheck(ZABBIX_ATOL_VERSION));
    failed |= put_text(root, "name", d->name);
    failed |= put_text(root, "connect", d->connect);
    failed |= put(root, "protocol", json_string_nocheck(protocol_text(s->protocol)));
    failed |= put(root, "state", json_string_nocheck(poll_state_name(d->state)));
    failed |= put_text(root, "error", d->error);
    failed |= put(root, "health", health_of_document(d));
    failed |= put(root, "polled_at", json_string_nocheck(polled_at));
    failed |= put(root, "polled_ts", json_integer((json_int_t)(s->polled_ms / 1000)));
    failed |= put(root, "age_s", json_integer((json_int_t)d->age_s));
    failed |= put(root, "poll", poll_of(d));
    if (document_was_read(d))
        failed |= put(root, "metrics", metrics_of(d));
    char *text = failed ? NULL : json_dumps(root, indent ? JSON_INDENT(2) : JSON_COMPACT);
    json_decref(root);
    return text;
}
