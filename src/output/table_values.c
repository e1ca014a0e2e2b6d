#include "output/table_values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
    enum metric metric;
    int64_t value;
    const char *text[2];
};

static const struct word words[] = {
    {METRIC_shift_state, 0,  {"closed", "закрыта"}                                              },
    {METRIC_shift_state, 1,  {"open", "открыта"}                                                },
    {METRIC_shift_state, 2,  {"expired (over 24 hours)", "истекла (больше 24 часов)"}},
    {METRIC_fn_state,    0,  {"setup", "настройка"}                                           },
    {METRIC_fn_state,    1,  {"ready for registration", "готов к фискализации"}      },
    {METRIC_fn_state,    3,  {"fiscal", "фискальный режим"}                             },
    {METRIC_fn_state,    7,  {"post-fiscal", "постфискальный режим"}                },
    {METRIC_fn_state,    15, {"reading of the archive", "чтение архива"}                   },
    {METRIC_ofd_channel, 0,  {"none", "нет"}                                                        },
    {METRIC_ofd_channel, 1,  {"USB", "USB"}                                                            },
    {METRIC_ofd_channel, 2,  {"Ethernet", "Ethernet"}                                                  },
    {METRIC_ofd_channel, 3,  {"Wi-Fi", "Wi-Fi"}                                                        },
    {METRIC_ofd_channel, 4,  {"GSM", "GSM"}                                                            },
    {METRIC_ofd_channel, 5,  {"exchange protocol", "через протокол обмена"}         },
};

static const struct {
    const char *group;
    const char *text[2];
} headings[] = {
    {"device",       {"Register", "ККТ"}                                                     },
    {"printer",      {"Printer", "Печатающий механизм"}                       },
    {"shift",        {"Shift", "Смена"}                                                    },
    {"fn",           {"Fiscal storage (FN)", "Фискальный накопитель (ФН)"}},
    {"ofd",          {"Exchange with the OFD", "Обмен с ОФД"}                          },
    {"ism",          {"Marking (ISM)", "Маркировка (ИСМ)"}                         },
    {"faults",       {"Faults", "Неисправности"}                                   },
    {"registration", {"Registration", "Регистрация"}                                 },
    {"counters",     {"Counters", "Счётчики"}                                           },
    {"power",        {"Power", "Питание"}                                                },
};

const char *table_heading(const char *group, enum lang lang)
{
    for (unsigned i = 0; i < sizeof headings / sizeof headings[0]; i++)
        if (strcmp(headings[i].group, group) == 0)
            return headings[i].text[lang];
    return group;
}

static void print_duration(int64_t s, enum lang lang, char *buf, size_t cap)
{
    static const char *const units[2][4] = {
        {"d",  "h",  "min",    "s" },
        {"д", "ч", "мин", "с"}
    };
    const char *sign = s < 0 ? "−" : "";
    const char *const *u = units[lang];
    int64_t a = s < 0 ? -s : s;
    if (a >= 86400)
        (void)snprintf(buf, cap, "%s%" PRId64 " %s %" PRId64 " %s", sign, a / 86400, u[0], a % 86400 / 3600, u[1]);
    else if (a >= 3600)
        (void)snprintf(buf, cap, "%s%" PRId64 " %s %" PRId64 " %s", sign, a / 3600, u[1], a % 3600 / 60, u[2]);
    else if (a >= 60)
        (void)snprintf(buf, cap, "%s%" PRId64 " %s %" PRId64 " %s", sign, a / 60, u[2], a % 60, u[3]);
    else
        (void)snprintf(buf, cap, "%s%" PRId64 " %s", sign, a, u[3]);
}

static void print_int(enum metric m, int64_t v, enum lang lang, char *buf, size_t cap)
{
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].metric == m && words[i].value == v) {
            (void)snprintf(buf, cap, "%s", words[i].text[lang]);
            return;
        }
    if (m == METRIC_registration_ffd_version || m == METRIC_fn_ffd_version_max || m == METRIC_device_ffd_version_max) {
        (void)snprintf(buf, cap, "%" PRId64 ".%02" PRId64, v / 100, v % 100);
        return;
    }
    switch (metric_row(m)->unit) {
    case UNIT_SECONDS:
        print_duration(v, lang, buf, cap);
        break;
    case UNIT_DAYS:
        (void)snprintf(buf, cap, "%" PRId64 " %s", v, lang == LANG_RU ? "дн." : "days");
        break;
    case UNIT_KOPECKS:
        (void)snprintf(buf, cap, "%.2f ₽", (double)v / 100);
        break;
    case UNIT_MILLIVOLTS:
        (void)snprintf(buf, cap, "%.2f %s", (double)v / 1000, lang == LANG_RU ? "В" : "V");
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

void table_value(const struct snapshot *s, enum metric m, enum lang lang, char *buf, size_t cap)
{
    static const char *const yes_no[2][2] = {
        {"no",     "yes" },
        {"нет", "да"}
    };
    char text[CIVIL_TEXT_MAX];
    struct civil c;
    switch (metric_row(m)->type) {
    case METRIC_BOOL:
        (void)snprintf(buf, cap, "%s", yes_no[lang][snapshot_int(s, m) != 0]);
        return;
    case METRIC_INT:
        print_int(m, snapshot_int(s, m), lang, buf, cap);
        return;
    case METRIC_TEXT:
        (void)snprintf(buf, cap, "%s", snapshot_text(s, m));
        return;
    case METRIC_DATE:
        c = snapshot_civil(s, m);
        civil_print_date(&c, text);
        break;
    case METRIC_TIME:
        c = snapshot_civil(s, m);
        civil_print_time(&c, text);
        text[10] = ' ';
        break;
    }
    (void)snprintf(buf, cap, "%s", text);
}

/* domain.md §3.5. A value at or beyond the limit; `below`: at or under it. */
static const struct limit {
    enum metric metric;
    enum { ABOVE, BELOW, APART } side; /* APART: the distance from 0 */
    int64_t warning, wrong;
} limits[] = {
#define DAY 86400
    {METRIC_device_blocked,          ABOVE, 1,       1       },
    {METRIC_device_clock_drift_s,    APART, 120,     300     },
    {METRIC_device_fiscal,           BELOW, 0,       -1      },
    {METRIC_printer_paper_present,   BELOW, 0,       0       },
    {METRIC_printer_paper_near_end,  ABOVE, 1,       2       },
    {METRIC_printer_cover_opened,    ABOVE, 1,       2       },
    {METRIC_printer_error,           ABOVE, 1,       1       },
    {METRIC_printer_cutter_error,    ABOVE, 1,       1       },
    {METRIC_printer_overheat,        ABOVE, 1,       2       },
    {METRIC_printer_connection_lost, ABOVE, 1,       1       },
    {METRIC_shift_state,             ABOVE, 2,       2       },
    {METRIC_fn_present,              BELOW, 0,       0       },
    {METRIC_fn_days_left,            BELOW, 30,      10      },
    {METRIC_fn_resource_days,        BELOW, 30,      10      },
    {METRIC_fn_need_replacement,     ABOVE, 1,       1       },
    {METRIC_fn_resource_exhausted,   ABOVE, 1,       1       },
    {METRIC_fn_memory_overflow,      ABOVE, 1,       1       },
    {METRIC_fn_ofd_timeout,          ABOVE, 1,       2       },
    {METRIC_fn_flc_refusal,          ABOVE, 1,       2       },
    {METRIC_fn_needs_setup,          ABOVE, 1,       2       },
    {METRIC_fn_ofd_annulled,         ABOVE, 1,       1       },
    {METRIC_fn_critical_error,       ABOVE, 1,       1       },
    {METRIC_ofd_first_unsent_age_s,  ABOVE, 3 * DAY, 20 * DAY},
    {METRIC_ofd_network_error,       ABOVE, 1,       1 << 30 },
    {METRIC_ofd_ofd_error,           ABOVE, 1,       1 << 30 },
    {METRIC_ofd_fn_error,            ABOVE, 1,       1 << 30 },
    {METRIC_power_on_battery,        ABOVE, 1,       2       },
};

enum severity table_severity(const struct snapshot *s, enum metric m)
{
    int64_t v = snapshot_int(s, m);
    if (strcmp(metric_row(m)->group, "faults") == 0)
        return v ? SEVERITY_WRONG : SEVERITY_PLAIN;
    if (m == METRIC_fn_state)
        return v == 3 ? SEVERITY_PLAIN : v >= 7 ? SEVERITY_WRONG : SEVERITY_WARNING;
    /* A closed shift has no hurry. */
    if (m == METRIC_shift_left_s && snapshot_has(s, METRIC_shift_state) && snapshot_int(s, METRIC_shift_state) != 0)
        return v < 0 ? SEVERITY_WRONG : v < 7200 ? SEVERITY_WARNING : SEVERITY_PLAIN;
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        const struct limit *l = &limits[i];
        if (l->metric != m)
            continue;
        if (l->side == BELOW)
            return v <= l->wrong ? SEVERITY_WRONG : v <= l->warning ? SEVERITY_WARNING : SEVERITY_PLAIN;
        if (l->side == APART && v < 0)
            v = -v;
        return v >= l->wrong ? SEVERITY_WRONG : v >= l->warning ? SEVERITY_WARNING : SEVERITY_PLAIN;
    }
    return SEVERITY_PLAIN;
}
