/* The catalogue of metrics as C: the rows of catalogue.def, words.def, groups.def and reasons.def. */
#ifndef METRIC_CATALOGUE_H
#define METRIC_CATALOGUE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum metric {
#define METRIC(group, key, ...) METRIC_##group##_##key,
#include "metric/catalogue.def"
#undef METRIC
    METRIC_COUNT
};

enum metric_type { METRIC_BOOL, METRIC_INT, METRIC_TEXT, METRIC_DATE, METRIC_TIME };
enum metric_unit {
    UNIT_NONE,
    UNIT_SECONDS,
    UNIT_UNIX,
    UNIT_DAYS,
    UNIT_DOCUMENTS,
    UNIT_KOPECKS,
    UNIT_MILLIVOLTS,
    UNIT_PERCENT,
    UNIT_CELSIUS
};
enum metric_rate { RATE_QUICK, RATE_SLOW, RATE_EXTRA };
enum metric_origin { ORIGIN_READ, ORIGIN_DERIVED };

/* What a value may look like; what does not is unreadable (metric/form.h). */
enum metric_form {
    FORM_USUAL,  /* a number of the range; printable UTF-8; a date since 2016 */
    FORM_DIGITS, /* text: min to max digits */
    FORM_ASCII,  /* text: min to max printable characters */
    FORM_INN,    /* text: 10 or 12 digits with right check digits */
    FORM_MAC,    /* text: 00:11:22:33:44:55 */
    FORM_WORDS,  /* number: one that has a word */
    FORM_CLOCK,  /* time: any */
};

enum metric_words {
    WORDS_none,
#define WORDS(name, en, ru, ...) WORDS_##name,
#include "metric/words.def"
#undef WORDS
    WORDS_COUNT
};

/* The severities of Zabbix. */
enum severity {
    SEVERITY_NOTHING,
    SEVERITY_INFORMATION,
    SEVERITY_WARNING,
    SEVERITY_AVERAGE,
    SEVERITY_HIGH,
    SEVERITY_DISASTER
};

enum reason {
    REASON_none, /* well */
#define REASON(name, ...) REASON_##name,
#include "metric/reasons.def"
#undef REASON
    REASON_COUNT
};

enum metric_side { SIDE_NONE, SIDE_AT_LEAST, SIDE_AT_MOST, SIDE_BELOW, SIDE_APART, SIDE_IS };

/* Beyond `value` there is `reason`. APART: the distance from 0 is greater. SIDE_NONE ends a list. */
struct metric_limit {
    enum metric_side side;
    enum reason reason;
    int64_t value;
};

/* The limits hold only while `metric` is (`unless`: is not) `value`; a metric that is not known is not it. */
struct metric_guard {
    bool guarded, unless;
    enum metric metric;
    int64_t value;
};

#define METRIC_LIMITS 6

struct metric_row {
    const char *group; /* "fn" */
    const char *key;   /* "days_left"; unique within the group */
    enum metric_type type;
    enum metric_unit unit;
    enum metric_rate rate;
    enum metric_origin origin;
    const char *text_en; /* what it is, a sentence without its full stop */
    const char *text_ru;
    const char *label[2]; /* by enum lang: its short name; NULL: the sentence up to its first `:` or `;` */
    const char *note[2];  /* what a value means and what to do; NULL: nothing more */
    const char *seed;     /* key of seed/metrics.md; NULL: none */
    enum metric_words words;
    enum metric_form form;
    int64_t min, max; /* of a number; of a text's length in characters; both 0: not limited */
    bool identity;    /* identifies the register */
    struct metric_limit limits[METRIC_LIMITS];
    struct metric_guard guard;
    const char *prometheus; /* the family's name; NULL: by the rule; "": none */
    bool counter;           /* it only grows */
    const char *inventory;  /* field of Zabbix's inventory; NULL: none */
    bool long_text;         /* may exceed 255 characters */
};

struct metric_word {
    int64_t value;
    const char *text[2];
};

/* One set of words. */
struct words_row {
    const char *name;     /* "shift" */
    const char *title[2]; /* by enum lang */
    const struct metric_word *words;
    unsigned count;
};

struct group_row {
    const char *name;       /* "fn" */
    const char *heading[2]; /* by enum lang: of a table */
    const char *prefix[2];  /* stands before a metric's label: "FN: days left" */
    const char *component;  /* tag in Zabbix */
};

struct reason_row {
    const char *name; /* "fn_days_high" */
    enum severity severity;
    unsigned number;
    const char *subject;  /* "fn_days": of reasons with one subject only the worst is reported; key of `limits:` */
    const char *brief[2]; /* by enum lang: fits a cell */
    const char *text[2];  /* what and what to do; "": the document's error says it */
};

/* The row of a metric; m < METRIC_COUNT. */
const struct metric_row *metric_row(enum metric m);

/* Finds a metric by group and key; METRIC_COUNT when there is none. */
enum metric metric_find(const char *group, const char *key);

/* The words of the metric's values (of a BOOL at least yes and no), NULL when it has none. */
const struct words_row *metric_words(enum metric m);

/* The word of a value, NULL when it has none. */
const char *metric_word(enum metric m, int64_t value, enum lang lang);

/* The short name of a metric, without its group and small at its beginning: "days left". Cut at a whole character. */
void metric_label(enum metric m, enum lang lang, char *buf, unsigned cap);

/* A set of words by its number, 1 <= words < WORDS_COUNT. */
const struct words_row *words_row(enum metric_words words);

/* The row of a group by its name, NULL when there is none; the groups in their order, NULL after the last. */
const struct group_row *group_row(const char *name);
const struct group_row *group_at(unsigned index);

/* The row of a reason, 0 < reason < REASON_COUNT; its code, severity * 100 + number, 0 for REASON_none. */
const struct reason_row *reason_row(enum reason reason);
unsigned reason_code(enum reason reason);

/* "disaster": the word of a severity in documents and in the configuration; the severity of a word, false for none. */
const char *severity_name(enum severity severity);
bool severity_find(const char *name, enum severity *severity);

/* "at_most": the word of a side in documents. */
const char *side_name(enum metric_side side);

/* Words for documents: "bool", "s", "quick", "read". */
const char *metric_type_name(enum metric_type type);
const char *metric_unit_name(enum metric_unit unit);
const char *metric_rate_name(enum metric_rate rate);
const char *metric_origin_name(enum metric_origin origin);

/* A set of metrics; zeroed memory is the empty one. */
#define METRIC_SET_WORDS ((METRIC_COUNT + 63) / 64)
struct metric_set {
    uint64_t bits[METRIC_SET_WORDS];
};

void metric_set_add(struct metric_set *set, enum metric m);
void metric_set_remove(struct metric_set *set, enum metric m);
bool metric_set_has(const struct metric_set *set, enum metric m);
bool metric_set_empty(const struct metric_set *set);

/* Leaves in `set` what is not in `less`; what is in `these` too. */
void metric_set_remove_all(struct metric_set *set, const struct metric_set *less);
void metric_set_keep_only(struct metric_set *set, const struct metric_set *these);

/* Adds every metric of the rate (DERIVED ones too). */
void metric_set_add_rate(struct metric_set *set, enum metric_rate rate);

/* Adds every metric of the group, EXTRA ones too; false when there is no such group. */
bool metric_set_add_group(struct metric_set *set, const char *group);

#endif
