#include "metric/catalogue.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* What a row of catalogue.def says beyond the usual. */
#define LABEL(en, ru)        .label = {en, ru}
#define NOTE(en, ru)         .note = {en, ru}
#define WORDS(name)          .words = WORDS_##name
#define RANGE(low, high)     .min = INT64_C(low), .max = INT64_C(high)
#define WHOLE                .min = 0, .max = UINT32_MAX
#define DIGITS(low, high)    .form = FORM_DIGITS, .min = (low), .max = (high)
#define ASCII(low, high)     .form = FORM_ASCII, .min = (low), .max = (high)
#define PRINTABLE(low, high) .min = (low), .max = (high)
#define INN                  .form = FORM_INN, .min = 10, .max = 12
#define MAC                  .form = FORM_MAC, .min = 17, .max = 17
#define ONE_OF_ITS_WORDS     .form = FORM_WORDS
#define CLOCK                .form = FORM_CLOCK
#define LIMITS(...)          .limits = {__VA_ARGS__}
#define AT_LEAST(limit, reason)                                                                                        \
    {                                                                                                                  \
        SIDE_AT_LEAST, REASON_##reason, limit                                                                          \
    }
#define AT_MOST(limit, reason)                                                                                         \
    {                                                                                                                  \
        SIDE_AT_MOST, REASON_##reason, limit                                                                           \
    }
#define BELOW(limit, reason)                                                                                           \
    {                                                                                                                  \
        SIDE_BELOW, REASON_##reason, limit                                                                             \
    }
#define APART(limit, reason)                                                                                           \
    {                                                                                                                  \
        SIDE_APART, REASON_##reason, limit                                                                             \
    }
#define IS(limit, reason)                                                                                              \
    {                                                                                                                  \
        SIDE_IS, REASON_##reason, limit                                                                                \
    }
#define ONLY_IF(m, is) .guard = {true, false, METRIC_##m, is}
#define UNLESS(m, is)  .guard = {true, true, METRIC_##m, is}
#define NO_FAMILY      .prometheus = ""
#define DAY            86400

/* clang-format off */
static const struct metric_row rows[METRIC_COUNT] = {
#define METRIC(in_group, its_key, its_type, its_unit, its_rate, its_origin, en, ...)                                   \
    {.group = #in_group, .key = #its_key, .type = METRIC_##its_type, .unit = UNIT_##its_unit, .rate = RATE_##its_rate, \
     .origin = ORIGIN_##its_origin, .text_en = en, .text_ru = __VA_ARGS__},
#include "metric/catalogue.def"
#undef METRIC
};
#undef WORDS

static const struct group_row groups[] = {
#define GROUP(name, en, ru, prefix_en, prefix_ru, component) {#name, {en, ru}, {prefix_en, prefix_ru}, component},
#include "metric/groups.def"
#undef GROUP
};
#define GROUPS (sizeof groups / sizeof groups[0])

#define WORD(value, en, ru) {value, {en, ru}},
#define WORDS(name, en, ru, ...) static const struct metric_word words_of_##name[] = {__VA_ARGS__};
#include "metric/words.def"
#undef WORDS

static const struct words_row words[WORDS_COUNT] = {
#define WORDS(name, en, ru, ...)                                                                                       \
    [WORDS_##name] = {#name, {en, ru}, words_of_##name, sizeof words_of_##name / sizeof words_of_##name[0]},
#include "metric/words.def"
#undef WORDS
};

static const struct reason_row reasons[REASON_COUNT] = {
#define REASON(name, severity, number, subject, short_en, short_ru, en, ru)                                            \
    [REASON_##name] = {#name, SEVERITY_##severity, number, #subject, {short_en, short_ru}, {en, ru}},
#include "metric/reasons.def"
#undef REASON
};
/* clang-format on */

const struct metric_row *metric_row(enum metric m)
{
    return &rows[m];
}

enum metric metric_find(const char *group, const char *key)
{
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (strcmp(rows[m].group, group) == 0 && strcmp(rows[m].key, key) == 0)
            return (enum metric)m;
    return METRIC_COUNT;
}

const struct words_row *metric_words(enum metric m)
{
    if (rows[m].words != WORDS_none)
        return &words[rows[m].words];
    return rows[m].type == METRIC_BOOL ? &words[WORDS_yes] : NULL;
}

const char *metric_word(enum metric m, int64_t value, enum lang lang)
{
    const struct words_row *set = metric_words(m);
    for (unsigned i = 0; set && i < set->count; i++)
        if (set->words[i].value == value)
            return set->words[i].text[lang];
    return NULL;
}

/* The sentences explain after ": " and "; " what a name does not need; a flag's name is its whole sentence. */
void metric_label(enum metric m, enum lang lang, char *buf, unsigned cap)
{
    const struct metric_row *row = &rows[m];
    const char *text = row->label[lang];
    size_t length = text ? strlen(text) : 0;
    if (!text) {
        text = lang == LANG_RU ? row->text_ru : row->text_en;
        length = strcspn(text, ":;");
    }
    (void)snprintf(buf, cap, "%.*s", (int)length, text);
    text_cut_utf8(buf);
    text_lower_first(buf);
}

const struct words_row *words_row(enum metric_words set)
{
    return &words[set];
}

const struct group_row *group_at(unsigned index)
{
    return index < GROUPS ? &groups[index] : NULL;
}

const struct group_row *group_row(const char *name)
{
    for (unsigned i = 0; i < GROUPS; i++)
        if (strcmp(groups[i].name, name) == 0)
            return &groups[i];
    return NULL;
}

const struct reason_row *reason_row(enum reason reason)
{
    return &reasons[reason];
}

unsigned reason_code(enum reason reason)
{
    return reason == REASON_none ? 0 : (unsigned)reasons[reason].severity * 100 + reasons[reason].number;
}

static const char *const severity_names[] = {"nothing", "information", "warning", "average", "high", "disaster"};

const char *severity_name(enum severity severity)
{
    return severity_names[severity];
}

bool severity_find(const char *name, enum severity *severity)
{
    for (unsigned i = 0; i < sizeof severity_names / sizeof severity_names[0]; i++)
        if (strcmp(name, severity_names[i]) == 0) {
            *severity = (enum severity)i;
            return true;
        }
    return false;
}

const char *side_name(enum metric_side side)
{
    static const char *const names[] = {"", "at_least", "at_most", "below", "apart", "is"};
    return names[side];
}

const char *metric_type_name(enum metric_type type)
{
    static const char *const names[] = {"bool", "int", "text", "date", "time"};
    return names[type];
}

const char *metric_unit_name(enum metric_unit unit)
{
    static const char *const names[] = {"", "s", "unixtime", "days", "documents", "kopecks", "mV", "%", "°C"};
    return names[unit];
}

const char *metric_rate_name(enum metric_rate rate)
{
    static const char *const names[] = {"quick", "slow", "extra"};
    return names[rate];
}

const char *metric_origin_name(enum metric_origin origin)
{
    return origin == ORIGIN_READ ? "read" : "derived";
}

void metric_set_add(struct metric_set *set, enum metric m)
{
    set->bits[m / 64] |= UINT64_C(1) << (m % 64);
}

void metric_set_remove(struct metric_set *set, enum metric m)
{
    set->bits[m / 64] &= ~(UINT64_C(1) << (m % 64));
}

bool metric_set_has(const struct metric_set *set, enum metric m)
{
    return (set->bits[m / 64] >> (m % 64) & 1) != 0;
}

bool metric_set_empty(const struct metric_set *set)
{
    uint64_t any = 0;
    for (unsigned i = 0; i < METRIC_SET_WORDS; i++)
        any |= set->bits[i];
    return any == 0;
}

void metric_set_remove_all(struct metric_set *set, const struct metric_set *less)
{
    for (unsigned i = 0; i < METRIC_SET_WORDS; i++)
        set->bits[i] &= ~less->bits[i];
}

void metric_set_keep_only(struct metric_set *set, const struct metric_set *these)
{
    for (unsigned i = 0; i < METRIC_SET_WORDS; i++)
        set->bits[i] &= these->bits[i];
}

void metric_set_add_rate(struct metric_set *set, enum metric_rate rate)
{
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (rows[m].rate == rate)
            metric_set_add(set, (enum metric)m);
}

bool metric_set_add_group(struct metric_set *set, const char *group)
{
    bool found = false;
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (strcmp(rows[m].group, group) == 0) {
            metric_set_add(set, (enum metric)m);
            found = true;
        }
    return found;
}
