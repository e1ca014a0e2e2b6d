/* A JSON document read back (document_read). Nothing in the text is trusted. */
#include "base/text.h"
#include "output/document.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static bool fail_at(struct failure *f, const char *key)
{
    return failure_explain(f, ERR_SNAPSHOT_OLD, "the document has no valid \"%s\"", "в документе нет верного «%s»",
                           key);
}

static bool copy_text(const json_t *object, const char *key, char *out, size_t cap)
{
    const char *text = json_string_value(json_object_get(object, key));
    /* Others may have written it, and a terminal will show it. */
    if (!text || strlen(text) >= cap || !text_is_plain(text, strlen(text)))
        return false;
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool copy_int(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < min || json_integer_value(value) > max)
        return false;
    *out = (int64_t)json_integer_value(value);
    return true;
}

static bool set_value(struct snapshot *s, enum metric m, const json_t *value)
{
    struct civil c;
    const char *text = json_string_value(value);
    switch (metric_row(m)->type) {
    case METRIC_BOOL:
    case METRIC_INT:
        if (!json_is_integer(value))
            return false;
        return snapshot_set_int(s, m, (int64_t)json_integer_value(value));
    case METRIC_TEXT:
        return text && snapshot_set_text(s, m, text, json_string_length(value));
    case METRIC_DATE:
    case METRIC_TIME:
        break;
    }
    return text && civil_parse(text, &c) && snapshot_set_time(s, m, &c);
}

static bool read_metrics(json_t *metrics, struct snapshot *s, struct failure *f)
{
    const char *group_name, *key;
    json_t *group, *value;
    json_object_foreach(metrics, group_name, group) if (!json_is_object(group)) return fail_at(f, group_name);
    json_object_foreach(metrics, group_name, group) json_object_foreach(group, key, value)
    {
        enum metric m = metric_find(group_name, key);
        if (m != METRIC_COUNT && !set_value(s, m, value))
            return fail_at(f, key);
    }
    return true;
}

/* A list of metrics by name. */
static bool read_names(const json_t *poll, const char *key, struct metric_set *set, struct failure *f)
{
    const json_t *list = json_object_get(poll, key);
    for (size_t i = 0; i < json_array_size(list); i++) {
        char group[64];
        const char *name = json_string_value(json_array_get(list, i));
        const char *dot = name ? strchr(name, '.') : NULL;
        if (!dot || (size_t)(dot - name) >= sizeof group)
            return fail_at(f, key);
        memcpy(group, name, (size_t)(dot - name));
        group[dot - name] = '\0';
        enum metric m = metric_find(group, dot + 1);
        if (m != METRIC_COUNT)
            metric_set_add(set, m);
    }
    return json_is_array(list) || fail_at(f, key);
}

static bool read_poll(const json_t *poll, struct snapshot *s, struct failure *f)
{
    static const char *const keys[] = {"duration_ms", "port_held_ms", "requests", "retries"};
    uint32_t *const fields[] = {&s->duration_ms, &s->port_held_ms, &s->requests, &s->retries};
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        int64_t value;
        if (!copy_int(poll, keys[i], 0, UINT32_MAX, &value))
            return fail_at(f, keys[i]);
        *fields[i] = (uint32_t)value;
    }
    s->host_clock_wrong = json_integer_value(json_object_get(poll, "host_clock_wrong")) == 1;
    /* A document of an older program has no "undated". */
    return read_names(poll, "unsupported", &s->unsupported, f) &&
           (!json_object_get(poll, "undated") || read_names(poll, "undated", &s->undated, f));
}

/* Only serve writes these. */
static bool read_history(const json_t *poll, struct document_history *h, struct failure *f)
{
    static const char *const keys[] = {"state_for_s", "unread_for_s", "confirmed"};
    uint32_t *const fields[] = {&h->state_for_s, &h->unread_for_s, &h->confirmed};
    h->known = json_object_get(poll, keys[0]) != NULL;
    for (unsigned i = 0; h->known && i < sizeof keys / sizeof keys[0]; i++) {
        int64_t value;
        if (!copy_int(poll, keys[i], 0, UINT32_MAX, &value))
            return fail_at(f, keys[i]);
        *fields[i] = (uint32_t)value;
    }
    return true;
}

/* The zone is the offset at the end of polled_at. */
static bool read_zone(const char *polled_at, struct zone *zone)
{
    size_t length = strlen(polled_at);
    return length > 6 && zone_parse(polled_at + length - 6, zone);
}

static bool read_head(const json_t *root, int64_t now, struct snapshot *s, struct document *d, struct failure *f)
{
    char protocol[8], state[16], polled_at[ZONE_TEXT_MAX];
    int64_t schema, polled;
    if (!copy_int(root, "schema", DOCUMENT_SCHEMA, DOCUMENT_SCHEMA, &schema))
        return fail_at(f, "schema");
    if (!copy_text(root, "name", d->name, sizeof d->name))
        return fail_at(f, "name");
    if (!copy_text(root, "connect", d->connect, sizeof d->connect))
        return fail_at(f, "connect");
    if (!copy_text(root, "error", d->error, sizeof d->error))
        return fail_at(f, "error");
    if (!copy_text(root, "protocol", protocol, sizeof protocol))
        return fail_at(f, "protocol");
    s->protocol = strcmp(protocol, "3") == 0   ? KKT_PROTOCOL_3
                  : strcmp(protocol, "5") == 0 ? KKT_PROTOCOL_5
                                               : KKT_PROTOCOL_UNKNOWN;
    if (!copy_text(root, "state", state, sizeof state) || !poll_state_from_name(state, &d->state) ||
        d->state == STATE_USAGE)
        return fail_at(f, "state");
    if (!copy_text(root, "polled_at", polled_at, sizeof polled_at) || !read_zone(polled_at, &d->zone))
        return fail_at(f, "polled_at");
    if (!copy_int(root, "polled_ts", 0, INT64_C(253402300799), &polled))
        return fail_at(f, "polled_ts");
    s->polled_ms = polled * 1000;
    /* A clock that was put back must not make a document of the future young: it is as old as the jump. */
    d->age_s = now >= polled ? now - polled : polled - now;
    return true;
}

bool document_read(const char *text, size_t length, int64_t now_unix_s, struct snapshot *s, struct document *d,
                   struct failure *failure)
{
    json_error_t error;
    memset(d, 0, sizeof *d);
    snapshot_clear(s);
    d->snapshot = s;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return failure_explain(failure, ERR_SNAPSHOT_OLD, "the document is not JSON, line %d",
                               "документ не JSON, строка %d", error.line);
    bool good = read_head(root, now_unix_s, s, d, failure) && read_poll(json_object_get(root, "poll"), s, failure) &&
                read_history(json_object_get(root, "poll"), &d->history, failure);
    json_t *metrics = json_object_get(root, "metrics");
    if (good && document_was_read(d))
        good = json_is_object(metrics) ? read_metrics(metrics, s, failure) : fail_at(failure, "metrics");
    json_decref(root);
    return good;
}
