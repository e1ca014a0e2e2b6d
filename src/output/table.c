/* The register as a person reads it. Columns are aligned by characters, not bytes. */
#include "base/text.h"
#include "metric/value.h"
#include "output/buffer.h"
#include "output/writer.h"

#include <stdio.h>
#include <string.h>

#define RED    "\033[1;31m"
#define YELLOW "\033[33m"
#define GREEN  "\033[32m"
#define BOLD   "\033[1m"
#define PLAIN  "\033[0m"

struct table {
    struct buffer text;
    const struct document *d;
    enum lang lang;
    bool colour;
    int columns;
    int width; /* of the column of names */
};

#define INDENT 2 /* of a name; a name that goes on, and a value of a line of its own, stand twice as far in */

static int width_of(const char *text)
{
    return text_width(text, strlen(text));
}

/* The metric's short name, without what stands in brackets. */
static void name_of(enum metric m, enum lang lang, char *name, size_t cap)
{
    metric_label(m, lang, name, (unsigned)cap);
    char *bracket = strstr(name, " (");
    if (bracket)
        *bracket = '\0';
    text_upper_first(name);
}

/* A Unix time repeats the wall-clock time beside it. */
static bool is_shown(enum metric m)
{
    return metric_row(m)->unit != UNIT_UNIX;
}

/* The next line of a text, or "": moves *text behind it. */
static int next_line(const char **text, int columns, const char **line)
{
    int length = (int)text_line(*text, columns);
    *line = *text;
    *text += length;
    *text += strspn(*text, " ");
    return length;
}

static int longest_word(const char *text)
{
    int longest = 0;
    for (; *text; text += strspn(text, " ")) {
        size_t length = strcspn(text, " ");
        if (text_width(text, length) > longest)
            longest = text_width(text, length);
        text += length;
    }
    return longest;
}

/* Name and value side by side, each broken into lines at its blanks. */
static void add_cells(struct table *t, const char *name, const char *value, int value_columns, const char *colour)
{
    const char *line, *paint = t->colour ? colour : "";
    for (int row = 0; *name || *value || row == 0; row++) {
        int in = row > 0 && *name ? 2 * INDENT : INDENT;
        int length = next_line(&name, t->width - in + INDENT, &line), shown = in + text_width(line, (size_t)length);
        buffer_add(&t->text, "%*s%.*s", in, "", length, line);
        if (*value) {
            length = next_line(&value, value_columns, &line);
            buffer_add(&t->text, "%*s%s%.*s%s", INDENT + t->width + 2 - shown, "", paint, length, line,
                       *paint ? PLAIN : "");
        }
        buffer_add(&t->text, "\n");
    }
}

static void add_row(struct table *t, const char *name, const char *value, const char *colour)
{
    int room = t->columns - INDENT - t->width - 2;
    if (longest_word(value) <= room) {
        add_cells(t, name, value, room, colour);
        return;
    }
    const char *line, *paint = t->colour ? colour : "";
    add_cells(t, name, "", room, "");
    while (*value) {
        int length = next_line(&value, t->columns - 2 * INDENT, &line);
        buffer_add(&t->text, "%*s%s%.*s%s\n", 2 * INDENT, "", paint, length, line, *paint ? PLAIN : "");
    }
}

static void add_heading(struct table *t, const char *heading)
{
    buffer_add(&t->text, "\n%s%s%s\n", t->colour ? BOLD : "", heading, t->colour ? PLAIN : "");
}

static const char *colour_of(enum severity severity)
{
    return severity >= SEVERITY_HIGH ? RED : severity > SEVERITY_NOTHING ? YELLOW : "";
}

static enum severity severity_of(const struct table *t, enum metric m)
{
    return reason_row(health_reason(t->d->snapshot, m, t->d->limits))->severity;
}

/* What is wrong stands first, a line a reason. */
static void add_health(struct table *t)
{
    const struct health *h = &t->d->health;
    const char *colour = h->code == 0 ? GREEN : h->level == SEVERITY_NOTHING ? YELLOW : colour_of(h->level);
    const char *at = h->text[0] ? h->text : h->brief;
    while (*at) {
        int length = (int)text_line(at, t->columns);
        buffer_add(&t->text, "%s%.*s%s\n", t->colour ? colour : "", length, at, t->colour && *colour ? PLAIN : "");
        at += length;
        at += strspn(at, " \n");
    }
    buffer_add(&t->text, "\n");
}

static void add_group(void *to, const struct document *d, const struct group_row *group)
{
    struct table *t = to;
    (void)d;
    add_heading(t, group->heading[t->lang]);
}

static void add_value(void *to, const struct document *d, enum metric m)
{
    struct table *t = to;
    char name[256], value[2048];
    if (!is_shown(m))
        return;
    name_of(m, t->lang, name, sizeof name);
    value_text(d->snapshot, m, t->lang, value, sizeof value);
    add_row(t, name, value, colour_of(severity_of(t, m)));
}

/* The column of names is as wide as the longest, and at most half of the line. */
static void measure_value(void *to, const struct document *d, enum metric m)
{
    struct table *t = to;
    char name[256];
    (void)d;
    name_of(m, t->lang, name, sizeof name);
    if (is_shown(m) && width_of(name) > t->width)
        t->width = width_of(name);
}

enum head { HEAD_NAME, HEAD_CONNECT, HEAD_PROTOCOL, HEAD_STATE, HEAD_POLLED, HEAD_TOOK, HEAD_AGE, HEADS };

static const char *const heads[HEADS][2] = {
    [HEAD_NAME] = {"Name",         "Имя"                },
    [HEAD_CONNECT] = {"Connected by", "Подключение"},
    [HEAD_PROTOCOL] = {"Protocol",     "Протокол"      },
    [HEAD_STATE] = {"State",        "Состояние"    },
    [HEAD_POLLED] = {"Read at",      "Прочитано"    },
    [HEAD_TOOK] = {"Poll",         "Опрос"            },
    [HEAD_AGE] = {"Age, s",       "Возраст, с"    },
};

static void measure_columns(struct table *t)
{
    static const struct writer writer = {NULL, measure_value};
    for (int i = 0; i < HEADS; i++)
        if (width_of(heads[i][t->lang]) > t->width)
            t->width = width_of(heads[i][t->lang]);
    document_walk(t->d, &writer, t);
    int most = t->columns / 2 - INDENT;
    t->width = t->width > most ? most : t->width;
}

static void add_head(struct table *t)
{
    const struct document *d = t->d;
    const struct snapshot *s = d->snapshot;
    const char *colour = d->state == STATE_OK ? GREEN : d->state == STATE_PARTIAL ? YELLOW : RED;
    char text[128];
    if (strcmp(d->name, d->connect) != 0)
        add_row(t, heads[HEAD_NAME][t->lang], d->name, BOLD);
    add_row(t, heads[HEAD_CONNECT][t->lang], d->connect, "");
    if (s->protocol != KKT_PROTOCOL_UNKNOWN) {
        (void)snprintf(text, sizeof text, "%d", (int)s->protocol);
        add_row(t, heads[HEAD_PROTOCOL][t->lang], text, "");
    }
    add_row(t, heads[HEAD_STATE][t->lang], poll_state_name(d->state), colour);
    if (d->error[0] && document_was_read(d)) /* of a register that was not read `health` has said it */
        add_row(t, "", d->error, "");
    zone_print(&d->zone, s->polled_ms / 1000, text);
    add_row(t, heads[HEAD_POLLED][t->lang], text, "");
    if (d->age_s > 0) {
        (void)snprintf(text, sizeof text, "%lld", (long long)d->age_s);
        add_row(t, heads[HEAD_AGE][t->lang], text, "");
    }
    (void)snprintf(text, sizeof text,
                   t->lang == LANG_RU ? "%u мс, порт занят %u мс, запросов %u, повторов %u"
                                      : "%u ms, port held %u ms, %u requests, %u repeats",
                   s->duration_ms, s->port_held_ms, s->requests, s->retries);
    add_row(t, heads[HEAD_TOOK][t->lang], text, "");
}

char *document_table(const struct document *d, enum lang lang, bool colour, int columns)
{
    static const struct writer writer = {add_group, add_value};
    struct table t = {.d = d, .lang = lang, .colour = colour, .columns = columns};
    measure_columns(&t);
    add_health(&t);
    add_head(&t);
    document_walk(d, &writer, &t);
    return buffer_detach(&t.text);
}
