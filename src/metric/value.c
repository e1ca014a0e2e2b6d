#include "metric/value.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

/* The two biggest units; the smaller one only when there is something of it. */
static void print_duration(int64_t s, enum lang lang, char *buf, size_t cap)
{
    static const struct {
        int64_t seconds;
        const char *name[2];
    } units[] = {
        {86400, {"d", "дн."}   },
        {3600,  {"h", "ч"}      },
        {60,    {"min", "мин"}},
        {1,     {"s", "с"}      },
    };
    const unsigned last = sizeof units / sizeof units[0] - 1;
    const char *sign = s < 0 ? "−" : "";
    int64_t a = s < 0 ? -s : s;
    unsigned i = 0;
    while (i < last && a < units[i].seconds)
        i++;
    int64_t whole = a / units[i].seconds, rest = i < last ? a % units[i].seconds / units[i + 1].seconds : 0;
    if (rest)
        (void)snprintf(buf, cap, "%s%" PRId64 " %s %" PRId64 " %s", sign, whole, units[i].name[lang], rest,
                       units[i + 1].name[lang]);
    else
        (void)snprintf(buf, cap, "%s%" PRId64 " %s", sign, whole, units[i].name[lang]);
}

void value_number(enum metric m, int64_t v, enum lang lang, char *buf, size_t cap)
{
    bool ru = lang == LANG_RU;
    const char *word = metric_word(m, v, lang);
    if (word) {
        (void)snprintf(buf, cap, "%s", word);
        return;
    }
    switch (metric_row(m)->unit) {
    case UNIT_SECONDS:
        print_duration(v, lang, buf, cap);
        break;
    case UNIT_DAYS:
        (void)snprintf(buf, cap, "%" PRId64 " %s", v, ru ? "дн." : v == 1 || v == -1 ? "day" : "days");
        break;
    case UNIT_DOCUMENTS:
        (void)snprintf(buf, cap, "%" PRId64 " %s", v, ru ? "док." : v == 1 ? "document" : "documents");
        break;
    case UNIT_KOPECKS:
        (void)snprintf(buf, cap, "%.2f ₽", (double)v / 100);
        break;
    case UNIT_MILLIVOLTS:
        (void)snprintf(buf, cap, "%.2f %s", (double)v / 1000, ru ? "В" : "V");
        break;
    case UNIT_PERCENT:
        (void)snprintf(buf, cap, "%" PRId64 " %%", v);
        break;
    case UNIT_CELSIUS:
        (void)snprintf(buf, cap, "%" PRId64 " °C", v);
        break;
    case UNIT_NONE:
    case UNIT_UNIX:
        (void)snprintf(buf, cap, "%" PRId64, v);
        break;
    }
}

static void print_moment(const struct civil *c, bool day_only, enum lang lang, char *buf, size_t cap)
{
    char day[24], time[16] = "";
    if (lang == LANG_RU)
        (void)snprintf(day, sizeof day, "%02d.%02d.%04d", c->day, c->month, c->year);
    else
        (void)snprintf(day, sizeof day, "%04d-%02d-%02d", c->year, c->month, c->day);
    if (!day_only)
        (void)snprintf(time, sizeof time, " %02d:%02d:%02d", c->hour, c->minute, c->second);
    (void)snprintf(buf, cap, "%s%s", day, time);
}

void value_text(const struct snapshot *s, enum metric m, enum lang lang, char *buf, size_t cap)
{
    struct civil c;
    switch (metric_row(m)->type) {
    case METRIC_BOOL:
    case METRIC_INT:
        value_number(m, snapshot_int(s, m), lang, buf, cap);
        break;
    case METRIC_TEXT:
        (void)snprintf(buf, cap, "%s", snapshot_text(s, m));
        break;
    case METRIC_DATE:
    case METRIC_TIME:
        c = snapshot_civil(s, m);
        print_moment(&c, metric_row(m)->type == METRIC_DATE, lang, buf, cap);
        break;
    }
    text_cut_utf8(buf);
}
