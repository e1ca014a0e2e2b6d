#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    enum poll_state state;
    const char *text[2];
} rows[ERR_COUNT] = {
/* clang-format off */
#define FAILURE(name, state, en, ru) {#name, STATE_##state, {en, ru}},
/* clang-format on */
#include "base/error.def"
#undef FAILURE
};

static const char *const state_names[] = {"ok", "partial", "busy", "unreachable", "error", "prerequisite", "usage"};

__attribute__((format(printf, 3, 0))) static void format_detail(char *to, size_t cap, const char *format, va_list args)
{
    if (vsnprintf(to, cap, format, args) < 0)
        to[0] = '\0';
    text_cut_utf8(to);
}

bool failure_set(struct failure *f, enum error_code code, const char *format, ...)
{
    if (!f)
        return false;
    va_list args;
    va_start(args, format);
    f->code = code;
    format_detail(f->detail, sizeof f->detail, format, args);
    f->detail_ru[0] = '\0';
    va_end(args);
    return false;
}

bool failure_explain_v(struct failure *f, enum error_code code, const char *english, const char *russian, va_list args)
{
    va_list again;
    if (!f)
        return false;
    va_copy(again, args);
    f->code = code;
    format_detail(f->detail, sizeof f->detail, english, args);
    format_detail(f->detail_ru, sizeof f->detail_ru, russian, again);
    va_end(again);
    return false;
}

bool failure_explain(struct failure *f, enum error_code code, const char *english, const char *russian, ...)
{
    va_list args;
    va_start(args, russian);
    failure_explain_v(f, code, english, russian, args);
    va_end(args);
    return false;
}

/* Appends to a text that ends at a whole character; what does not fit is cut at one. */
static void append(char *to, size_t cap, const char *text)
{
    size_t used = strlen(to);
    if (used + 1 < cap)
        (void)snprintf(to + used, cap - used, "%s", text);
    text_cut_utf8(to);
}

void failure_append(struct failure *f, const char *english, const char *russian)
{
    if (!f->detail_ru[0])
        memcpy(f->detail_ru, f->detail, sizeof f->detail_ru);
    append(f->detail, sizeof f->detail, english);
    append(f->detail_ru, sizeof f->detail_ru, russian);
}

bool failure_prepend(struct failure *f, enum error_code code, const char *english, const char *russian, ...)
{
    if (!f)
        return false;
    struct failure old = *f;
    va_list args;
    va_start(args, russian);
    failure_explain_v(f, code, english, russian, args);
    va_end(args);
    failure_append(f, failure_detail(&old, LANG_EN), failure_detail(&old, LANG_RU));
    return false;
}

const char *failure_detail(const struct failure *f, enum lang lang)
{
    return lang == LANG_RU && f->detail_ru[0] ? f->detail_ru : f->detail;
}

void failure_clear(struct failure *f)
{
    f->code = ERR_NONE;
    f->detail[0] = '\0';
    f->detail_ru[0] = '\0';
}

enum poll_state failure_state(const struct failure *f)
{
    return rows[f->code].state;
}

bool poll_state_was_read(enum poll_state state)
{
    return state == STATE_OK || state == STATE_PARTIAL;
}

const char *poll_state_name(enum poll_state state)
{
    return state_names[state];
}

bool poll_state_from_name(const char *name, enum poll_state *state)
{
    for (unsigned i = 0; i < sizeof state_names / sizeof state_names[0]; i++)
        if (strcmp(name, state_names[i]) == 0) {
            *state = (enum poll_state)i;
            return true;
        }
    return false;
}

const char *error_name(enum error_code code)
{
    return rows[code].name;
}

void failure_text(const struct failure *f, enum lang lang, char *buf, unsigned cap)
{
    const char *text = rows[f->code].text[lang];
    const char *slot = strstr(text, "%s");
    int n;
    if (slot)
        n = snprintf(buf, cap, "%.*s%s%s", (int)(slot - text), text, failure_detail(f, lang), slot + 2);
    else
        n = snprintf(buf, cap, "%s", text);
    if (n < 0)
        buf[0] = '\0';
    text_cut_utf8(buf);
}
