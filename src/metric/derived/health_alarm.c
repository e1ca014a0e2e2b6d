/* The alarms of `health`: for each severity one text that names all its reasons, as the name of a problem in Zabbix. */
#include "base/text.h"
#include "metric/derived/health_internal.h"

#include <stdio.h>
#include <string.h>

/* What Zabbix watches by a number of its own: the days of the FN, the age of the first unsent document, the shift. */
static bool is_step(enum reason reason)
{
    static const enum metric numbers[] = {METRIC_fn_days_left, METRIC_ofd_first_unsent_age_s};
    const struct metric_limit *limit = NULL;
    if (reason == REASON_shift_expired)
        return true;
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers && !limit; i++)
        limit = health_limit_of(numbers[i], reason);
    return limit && (limit->side == SIDE_AT_MOST || limit->side == SIDE_AT_LEAST);
}

/* A step of the same subject that weighs as much says it with its number. */
static bool is_covered_by_step(const struct found *all, const struct reason_row *row)
{
    for (unsigned i = 0; i < all->count; i++) {
        const struct reason_row *other = reason_row(all->raised[i].reason);
        if (is_step(all->raised[i].reason) && other->severity >= row->severity &&
            strcmp(other->subject, row->subject) == 0)
            return true;
    }
    return false;
}

/* The sentence that says what is wrong; returns the rest of the reason's text: what to do. */
static const char *put_problem(struct writer *w, const struct found *f, const struct raised *r)
{
    const char *text = reason_row(r->reason)->text[f->lang], *end = strstr(text, ". ");
    char sentence[HEALTH_ALARM_MAX];
    size_t before = w->used;
    (void)snprintf(sentence, sizeof sentence, "%.*s", end ? (int)(end - text) : (int)strlen(text), text);
    w->hole = false;
    health_put_template(w, f, r, sentence);
    if (w->hole) { /* the short text holds no value */
        w->to[w->used = before] = '\0';
        health_put_brief(w, f, r);
        text_upper_first(w->to + before);
    }
    return end ? end + 2 : "";
}

#define MORE_LETTERS 16 /* "; ещё 12" and what parts the texts */
#define END_LETTERS  4  /* what parts the last texts */

/* The reasons of this severity, worst first; returns how many. */
static unsigned pick_reasons(const struct found *f, const struct found *all, enum severity severity,
                             const struct raised *picked[REASON_COUNT])
{
    unsigned count = 0;
    for (unsigned i = 0; i < f->count; i++) {
        const struct raised *r = &f->raised[i];
        const struct reason_row *row = reason_row(r->reason);
        if (row->severity != severity || strcmp(row->subject, "poll") == 0 || is_step(r->reason) ||
            is_covered_by_step(all, row))
            continue;
        if (r->reason == REASON_blocked && count > 0)
            continue; /* the cause is reported */
        picked[count++] = r;
    }
    return count;
}

static int letters(const char *text)
{
    return text_width(text, strlen(text));
}

/* Names the reasons that fit with the advice behind them, and says how many more there are. True: that is all of it. */
static bool compose(const struct found *f, const struct raised *const picked[], unsigned count, char *to)
{
    struct writer w = {.to = to, .cap = HEALTH_ALARM_MAX};
    char advice[HEALTH_ALARM_MAX] = "";
    unsigned named = 0;
    to[0] = '\0';
    for (; named < count; named++) {
        char problem[HEALTH_ALARM_MAX] = "";
        struct writer p = {.to = problem, .cap = sizeof problem}, a = {.to = advice, .cap = sizeof advice};
        const char *rest = put_problem(&p, f, picked[named]);
        if (named == 0)
            health_put_template(&a, f, picked[0], rest);
        int reserved = letters(advice) + (named + 1 < count ? MORE_LETTERS : END_LETTERS);
        if (named > 0 && letters(to) + letters(problem) + reserved > HEALTH_ALARM_LETTERS)
            break;
        health_put_text(&w, named ? "; " : "");
        health_put_text(&w, problem);
    }
    health_put_more(&w, f, "; ", count - named);
    health_put_text(&w, advice[0] ? ". " : "");
    health_put_text(&w, advice);
    text_cut_utf8(to);
    size_t length = strlen(to);
    if (length > 0 && to[length - 1] == '.')
        to[length - 1] = '\0';
    return named == count && letters(to) <= HEALTH_ALARM_LETTERS;
}

/* Returns how many reasons it speaks for. */
static unsigned write_alarm(struct found *f, const struct found *all, enum severity severity, char *to)
{
    const struct raised *picked[REASON_COUNT];
    unsigned count = pick_reasons(f, all, severity, picked);
    f->few_names = false;
    if (!compose(f, picked, count, to)) {
        f->few_names = true;
        (void)compose(f, picked, count, to);
    }
    return count;
}

void health_write_alarms(const struct found *kept, const struct found *all, struct health *h)
{
    struct found f = *kept;
    f.lasting = true;
    for (unsigned severity = SEVERITY_NOTHING; severity <= SEVERITY_DISASTER; severity++)
        h->listed[severity] = write_alarm(&f, all, (enum severity)severity, h->alarms[severity]);
}

/* A full stop that ends a sentence: a space and a big letter follow ("8 дн. из 30" is one). */
static bool ends_sentence(const char *at)
{
    char letter[5] = "", big[5];
    if (at[0] != '.' || at[1] != ' ')
        return false;
    memcpy(letter, at + 2, strnlen(at + 2, 2));
    memcpy(big, letter, sizeof big);
    text_upper_first(big);
    bool is_letter = (letter[0] >= 'A' && letter[0] <= 'Z') || (unsigned char)letter[0] == 0xD0;
    return is_letter && strcmp(letter, big) == 0;
}

void health_write_lines(struct health *h, enum lang lang)
{
    (void)snprintf(h->lines, sizeof h->lines, "%s",
                   h->text[0]        ? h->text
                   : lang == LANG_RU ? "Неполадок не найдено."
                                     : "No problems found.");
    for (char *at = h->lines; *at; at++)
        if (ends_sentence(at))
            at[1] = '\n';
}
