/* The catalogue as JSON, for the generators of templates and documents. What a row does not have is left out. */
#include "output/catalogue_text.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *pair(const char *en, const char *ru)
{
    return json_pack("[s, s]", en, ru);
}

/* A part that there is none of is left out; memory that ran out shows as NULL at the end. */
static void put(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

static json_t *groups(void)
{
    json_t *list = json_array();
    const struct group_row *g;
    for (unsigned i = 0; (g = group_at(i)) != NULL; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:[s, s], s:[s, s], s:s}", "name", g->name, "heading",
                                                    g->heading[0], g->heading[1], "prefix", g->prefix[0], g->prefix[1],
                                                    "component", g->component));
    return list;
}

static json_t *words(void)
{
    json_t *list = json_array();
    for (unsigned i = WORDS_none + 1; i < WORDS_COUNT; i++) {
        const struct words_row *row = words_row((enum metric_words)i);
        json_t *values = json_array();
        for (unsigned j = 0; j < row->count; j++)
            (void)json_array_append_new(values, json_pack("{s:I, s:[s, s]}", "value", (json_int_t)row->words[j].value,
                                                          "text", row->words[j].text[0], row->words[j].text[1]));
        (void)json_array_append_new(list, json_pack("{s:s, s:[s, s], s:o}", "name", row->name, "title", row->title[0],
                                                    row->title[1], "words", values));
    }
    return list;
}

static json_t *reasons(void)
{
    json_t *list = json_array();
    for (unsigned i = REASON_none + 1; i < REASON_COUNT; i++) {
        const struct reason_row *row = reason_row((enum reason)i);
        char brief[2][96];
        for (int lang = LANG_EN; lang <= LANG_RU; lang++)
            reason_brief((enum reason)i, (enum lang)lang, brief[lang], sizeof brief[lang]);
        (void)json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:s, s:[s, s], s:[s, s]}", "name", row->name,
                                                    "code", (int)reason_code((enum reason)i), "severity",
                                                    severity_name(row->severity), "subject", row->subject, "short",
                                                    brief[0], brief[1], "text", row->text[0], row->text[1]));
    }
    return list;
}

static json_t *limits(const struct metric_row *row)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < METRIC_LIMITS && row->limits[i].side != SIDE_NONE; i++) {
        const struct metric_limit *l = &row->limits[i];
        const struct reason_row *reason = reason_row(l->reason);
        (void)json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:i, s:s, s:s}", "side", side_name(l->side),
                                                    "value", (json_int_t)l->value, "reason", reason->name, "code",
                                                    (int)reason_code(l->reason), "severity",
                                                    severity_name(reason->severity), "subject", reason->subject));
    }
    return list;
}

static void put_form(json_t *object, const struct metric_row *row)
{
    static const char *const forms[] = {"", "digits", "ascii", "inn", "mac", "words", "clock"};
    if (row->form != FORM_USUAL)
        put(object, "form", json_string(forms[row->form]));
    if (row->min != 0 || row->max != 0)
        put(object, "range", json_pack("[I, I]", (json_int_t)row->min, (json_int_t)row->max));
    if (row->identity)
        put(object, "identity", json_true());
}

static void put_guard(json_t *object, const struct metric_guard *guard)
{
    char name[96];
    if (!guard->guarded)
        return;
    (void)snprintf(name, sizeof name, "%s.%s", metric_row(guard->metric)->group, metric_row(guard->metric)->key);
    put(object, guard->unless ? "unless" : "only_if",
        json_pack("{s:s, s:I}", "metric", name, "value", (json_int_t)guard->value));
}

static json_t *zabbix(enum metric m)
{
    const struct metric_row *row = metric_row(m);
    json_t *object = json_pack("{s:s, s:s}", "component", group_row(row->group)->component, "heartbeat",
                               row->rate == RATE_QUICK ? "state" : "slow");
    if (metric_words(m))
        put(object, "value_map", json_string(metric_words(m)->name));
    if (row->inventory)
        put(object, "inventory", json_string(row->inventory));
    if (row->long_text)
        put(object, "long_text", json_true());
    return object;
}

static json_t *metric(enum metric m)
{
    const struct metric_row *row = metric_row(m);
    struct sources s;
    char label[2][200];
    for (int lang = LANG_EN; lang <= LANG_RU; lang++)
        metric_label(m, (enum lang)lang, label[lang], sizeof label[lang]);
    catalogue_sources(m, &s);
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "group", row->group, "key", row->key,
                               "type", metric_type_name(row->type), "unit", metric_unit_name(row->unit), "rate",
                               metric_rate_name(row->rate), "origin", metric_origin_name(row->origin), "en",
                               row->text_en, "ru", row->text_ru, "label", pair(label[0], label[1]));
    if (row->note[0])
        put(object, "note", pair(row->note[0], row->note[1]));
    if (row->seed)
        put(object, "seed", json_string(row->seed));
    if (row->prometheus)
        put(object, "prometheus", json_string(row->prometheus));
    put_form(object, row);
    if (row->limits[0].side != SIDE_NONE)
        put(object, "limits", limits(row));
    put_guard(object, &row->guard);
    put(object, "zabbix", zabbix(m));
    put(object, "sources",
        json_pack("{s:s, s:s, s:s, s:s}", "protocol3", s.protocol3, "protocol5", s.protocol5, "driver", s.driver,
                  "derived_from", s.parts));
    return object;
}

char *catalogue_json(void)
{
    json_t *metrics = json_array();
    for (unsigned i = 0; i < METRIC_COUNT; i++)
        (void)json_array_append_new(metrics, metric((enum metric)i));
    json_t *root = json_pack("{s:o, s:o, s:o, s:o}", "groups", groups(), "words", words(), "reasons", reasons(),
                             "metrics", metrics);
    char *text = root && json_array_size(metrics) == METRIC_COUNT ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    return text;
}
