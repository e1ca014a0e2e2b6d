#include "cli/status/table.h"

#include "base/process/console.h"
#include "base/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define CELL_MAX      600 /* bytes */
#define LEAST_COLUMNS 20

/* Columns in their order; the first two share what a wide terminal has beyond 80. */
enum column { COLUMN_NAME, COLUMN_HEALTH, COLUMN_FN, COLUMN_QUEUE, COLUMN_SHIFT, COLUMN_AGE, COLUMNS };

static const struct {
    const char *head[2];
    int width; /* of 80 */
    bool right;
} columns[COLUMNS] = {
    [COLUMN_NAME] = {{"REGISTER", "КАССА"},       20, false},
      [COLUMN_HEALTH] = {{"HEALTH", "СОСТОЯНИЕ"}, 24, false},
    [COLUMN_FN] = {{"FN,DAYS", "ФН, ДНЕЙ"},    8,  true },
      [COLUMN_QUEUE] = {{"QUEUE", "ОЧЕРЕДЬ"},      7,  true },
    [COLUMN_SHIFT] = {{"SHIFT", "СМЕНА"},          7,  false},
      [COLUMN_AGE] = {{"AGE", "ВОЗРАСТ"},        7,  true },
};

static const char *const colours[] = {
    [SEVERITY_NOTHING] = "\033[32m", [SEVERITY_INFORMATION] = "\033[36m", [SEVERITY_WARNING] = "\033[33m",
    [SEVERITY_AVERAGE] = "\033[33m", [SEVERITY_HIGH] = "\033[31m",        [SEVERITY_DISASTER] = "\033[1;31m",
};

/* What a narrow terminal has no room for: first the age, then the shift, the queue and the days of the FN; health tells
 * of both when they are bad. */
static bool is_shown(enum column c, const struct status_view *view)
{
    static const int least[COLUMNS] = {[COLUMN_FN] = 34, [COLUMN_QUEUE] = 45, [COLUMN_SHIFT] = 72, [COLUMN_AGE] = 80};
    return view->columns >= least[c];
}

static int width_of(enum column c, const struct status_view *view)
{
    int needed = -1, beyond, wanted = view->columns < LEAST_COLUMNS ? LEAST_COLUMNS : view->columns;
    for (int i = 0; i < COLUMNS; i++)
        needed += is_shown((enum column)i, view) ? columns[i].width + 1 : 0;
    beyond = wanted > 80 ? wanted - 80 : wanted < needed ? wanted - needed : 0;
    if (c == COLUMN_NAME)
        return columns[c].width + (beyond > 88   ? 44
                                   : beyond < -8 ? -8 + (beyond + 8) / 2
                                   : beyond < 0  ? beyond
                                                 : beyond / 2);
    if (c == COLUMN_HEALTH)
        return columns[c].width + (beyond < -8 ? beyond + 8 - (beyond + 8) / 2 : beyond < 0 ? 0 : beyond - beyond / 2);
    return columns[c].width;
}

/* Cuts at a character and marks it when the text is wider. */
static void fit(const char *text, int width, char *cell)
{
    size_t bytes = strlen(text);
    bool cut = text_width(text, bytes) > width;
    while (cut && bytes > 0 && (text_width(text, bytes) > width - 1 || ((unsigned char)text[bytes] & 0xC0) == 0x80))
        bytes--;
    (void)snprintf(cell, CELL_MAX, "%.*s%s", (int)(bytes < CELL_MAX - 8 ? bytes : CELL_MAX - 8), text, cut ? "…" : "");
}

static void print_cell(enum column c, const char *text, const char *colour, const struct status_view *view)
{
    char cell[CELL_MAX];
    int width = width_of(c, view);
    if (!is_shown(c, view))
        return;
    fit(text, width, cell);
    int gap = width - text_width(cell, strlen(cell));
    bool coloured = view->colour && *colour;
    console_print(stdout, "%s%*s%s%s%s", c == COLUMN_NAME ? "" : " ", columns[c].right ? gap : 0, "",
                  coloured ? colour : "", cell, coloured ? "\033[0m" : "");
    if (!columns[c].right && c + 1 < COLUMNS)
        console_print(stdout, "%*s", gap, "");
}

static void print_age(int64_t s, enum lang lang, char *buf, size_t cap)
{
    static const struct {
        int64_t seconds;
        const char *unit[2];
    } units[] = {
        {86400, {"d", "дн."}   },
        {3600,  {"h", "ч"}      },
        {60,    {"min", "мин"}},
        {1,     {"s", "с"}      },
    };
    unsigned i = 0;
    while (i < 3 && s < 2 * units[i].seconds)
        i++;
    (void)snprintf(buf, cap, "%" PRId64 " %s", s / units[i].seconds, units[i].unit[lang]);
}

static const char *shift_word(const struct status_value *shift, enum lang lang)
{
    static const char *const words[][2] = {
        {"closed",  "закрыта"},
        {"open",    "открыта"},
        {"expired", "> 24 ч"       },
    };
    return shift->known && shift->value >= 0 && shift->value <= 2 ? words[shift->value][lang] : "–";
}

static void print_number(const struct status_value *v, char *buf, size_t cap)
{
    if (v->known)
        (void)snprintf(buf, cap, "%" PRId64, v->value);
    else
        (void)snprintf(buf, cap, "–");
}

static void print_row(const struct status_row *row, const struct status_view *view)
{
    char number[32], name[CELL_MAX];
    const char *title = row->kkt->title && row->kkt->title[0] ? row->kkt->title : "";
    (void)snprintf(name, sizeof name, "%s%s%s", row->kkt->name, *title ? " " : "", title);
    print_cell(COLUMN_NAME, name, "", view);
    print_cell(COLUMN_HEALTH, row->brief, colours[row->level], view);
    print_number(&row->fn_days, number, sizeof number);
    print_cell(COLUMN_FN, number, "", view);
    print_number(&row->unsent, number, sizeof number);
    print_cell(COLUMN_QUEUE, number, "", view);
    print_cell(COLUMN_SHIFT, shift_word(&row->shift, view->lang), "", view);
    print_age(row->age_s, view->lang, number, sizeof number);
    print_cell(COLUMN_AGE, number, "", view);
    console_print(stdout, "\n");
}

/* On one line, or on a second one where the terminal is not that wide. */
static void print_counts(const struct status_row *rows, unsigned count, const struct status_view *view)
{
    static const char *const words[][2] = {
        [SEVERITY_NOTHING] = {"well",        "норма"              },
          [SEVERITY_INFORMATION] = {"information", "к сведению"     },
        [SEVERITY_WARNING] = {"warning",     "внимание"        },
          [SEVERITY_AVERAGE] = {"average",     "средняя"          },
        [SEVERITY_HIGH] = {"high",        "высокая"          },
          [SEVERITY_DISASTER] = {"disaster",    "чрезвычайная"},
    };
    unsigned counts[SEVERITY_DISASTER + 1] = {0};
    for (unsigned i = 0; i < count; i++)
        counts[rows[i].level]++;
    char piece[80];
    int most = view->columns, used;
    (void)snprintf(piece, sizeof piece, "%s: %u", view->lang == LANG_RU ? "Касс" : "Registers", count);
    used = text_width(piece, strlen(piece));
    console_print(stdout, "%s", piece);
    for (int level = SEVERITY_DISASTER; level >= SEVERITY_NOTHING; level--) {
        if (counts[level] == 0)
            continue;
        (void)snprintf(piece, sizeof piece, "%s %u", words[level][view->lang], counts[level]);
        int width = text_width(piece, strlen(piece));
        bool fits = used + 3 + width <= most; /* a comma may follow */
        console_print(stdout, fits ? ", %s" : ",\n    %s", piece);
        used = (fits ? used + 2 : 4) + width;
    }
    console_print(stdout, "\n");
}

void status_print_table(const struct status_row *rows, unsigned count, const struct status_view *view)
{
    for (int c = 0; c < COLUMNS; c++)
        print_cell((enum column)c, columns[c].head[view->lang], "\033[1m", view);
    console_print(stdout, "\n");
    for (unsigned i = 0; i < count; i++)
        print_row(&rows[i], view);
    print_counts(rows, count, view);
}

/* Every setter of Jansson takes NULL as a failure and gives -1. */
static int put_value(json_t *object, const char *key, const struct status_value *v)
{
    return v->known ? json_object_set_new(object, key, json_integer(v->value)) : 0;
}

static json_t *json_row(const struct status_row *r)
{
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:{s:i, s:i, s:s, s:s}, s:I, s:I, s:s}", "name", r->kkt->name, "connect",
                  r->kkt->connect->text, "state", poll_state_name(r->state), "health", "code", (int)r->code, "level",
                  (int)r->level, "short", r->brief, "text", r->advice, "polled_ts", (json_int_t)r->polled_ts, "age_s",
                  (json_int_t)r->age_s, "source", r->kept ? "serve" : "poll");
    int failed = object ? 0 : -1;
    if (r->kkt->title && r->kkt->title[0])
        failed |= json_object_set_new(object, "title", json_string(r->kkt->title));
    if (r->serial[0])
        failed |= json_object_set_new(object, "serial", json_string(r->serial));
    failed |= put_value(object, "fn_days_left", &r->fn_days);
    failed |= put_value(object, "unsent_count", &r->unsent);
    failed |= put_value(object, "shift_state", &r->shift);
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

char *status_json(const struct status_row *rows, unsigned count, bool indent)
{
    json_t *list = json_array();
    bool good = list != NULL;
    for (unsigned i = 0; i < count && good; i++)
        good = json_array_append_new(list, json_row(&rows[i])) == 0;
    json_t *root = good ? json_pack("{s:O, s:i}", "registers", list, "worst", count > 0 ? (int)rows[0].code : 0) : NULL;
    char *text = root ? json_dumps(root, indent ? JSON_INDENT(2) : JSON_COMPACT) : NULL;
    json_decref(root);
    json_decref(list);
    return text;
}
