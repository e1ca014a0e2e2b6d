#include "cli/check/check_report.h"

#include "base/exit_status.h"
#include "base/process/console.h"
#include "base/text.h"
#include "cli/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVEL_WARNING, LEVEL_ERROR };

static const struct {
    const char *code;
    int level;
    const char *what[2], *next[2];
} rows[FINDING_COUNT] = {
/* clang-format off */
#define FINDING(name, code, severity, en, ru, next_en, next_ru) {code, LEVEL_##severity, {en, ru}, {next_en, next_ru}},
#include "cli/check/findings.def"
#undef FINDING
    /* clang-format on */
};

#define SENTENCE_MAX 1600
#define MARK         5 /* columns of "[ok] " */

const char *finding_code(enum finding finding)
{
    return rows[finding].code;
}

const char *check_in(const struct check_report *r, const char *en, const char *ru)
{
    return r->lang == LANG_RU ? ru : en;
}

const char *check_print(const struct check_report *r, char *buf, size_t cap, const char *en, const char *ru, ...)
{
    va_list args;
    int n;
    va_start(args, ru);
    if (r->lang == LANG_RU)
        n = vsnprintf(buf, cap, ru, args);
    else
        n = vsnprintf(buf, cap, en, args);
    va_end(args);
    if (n < 0)
        buf[0] = '\0';
    text_cut_utf8(buf);
    return buf;
}

static void add_json(struct check_report *r, const char *severity, const char *code, const char *what, const char *text,
                     const char *next)
{
    json_t *row = json_pack("{s:s, s:s, s:s}", "severity", severity, "what", what, "text", text);
    if (*code)
        (void)json_object_set_new(row, "code", json_string(code));
    if (*next)
        (void)json_object_set_new(row, "next", json_string(next));
    (void)json_array_append_new(r->findings, row);
}

static void print_finding(struct check_report *r, const char *mark, const char *severity, const char *what,
                          const char *detail)
{
    char subject[SENTENCE_MAX], sentence[SENTENCE_MAX];
    (void)text_escape(subject, sizeof subject, what);
    (void)text_escape(sentence, sizeof sentence, detail);
    if (r->findings)
        add_json(r, severity, "", subject, sentence, "");
    else
        words_print(0, MARK, "[%s] %s%s%s", mark, subject, *sentence ? ": " : "", sentence);
}

void check_good(struct check_report *r, const char *what, const char *detail)
{
    print_finding(r, "ok", "ok", what, detail);
}

void check_note(struct check_report *r, const char *what, const char *detail)
{
    print_finding(r, "--", "note", what, detail);
}

/* A word as a shell takes it: in quotation marks, unless it is plain. What acts inside them stands outside; a word that
 * is too long is cut, but the marks stay whole. */
static const char *quote(const char *word, char *buf, size_t cap)
{
#ifdef _WIN32
    /* cmd.exe looks for a variable %"NAME"% and leaves what is none as it is; $ and ` are PowerShell's. */
    static const char mark = '"', active[] = "%$`", *escape = "";
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:/@+\\";
#else
    static const char mark = '\'', active[] = "'", *escape = "\\";
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:/@+";
#endif
    char safe[SENTENCE_MAX - 8];
    size_t used = 0;
    (void)text_escape(safe, sizeof safe, word);
    if (!word[strspn(word, plain)]) {
        (void)snprintf(buf, cap, "%s", safe);
        return buf;
    }
    buf[used++] = mark;
    for (const char *at = safe; *at && used + 6 < cap; at++) {
        bool acts = strchr(active, *at) != NULL;
        if (!acts)
            buf[used++] = *at;
        else
            used += (size_t)snprintf(buf + used, cap - used, "%c%s%c%c", mark, escape, *at, mark);
    }
    buf[used++] = mark;
    buf[used] = '\0';
    return buf;
}

/* The next step; its %s and %c are replaced. */
static const char *print_next(const char *row, const char *about, const char *option, char *buf, size_t cap)
{
    size_t used = 0;
    buf[0] = '\0';
    for (const char *at = row; *at && used + 1 < cap;) {
        size_t length = strcspn(at, "%");
        const char *put = !at[length] ? "" : at[length + 1] == 'c' ? option : about;
        int n = snprintf(buf + used, cap - used, "%.*s%s", (int)length, at, put);
        used += n > 0 ? (size_t)n : 0;
        at += length + (at[length] ? 2 : 0);
    }
    text_cut_utf8(buf);
    return buf;
}

void check_found(struct check_report *r, enum finding finding, const char *whose, const char *sentence)
{
    check_found_about(r, finding, whose, sentence, "");
}

void check_found_about(struct check_report *r, enum finding finding, const char *whose, const char *sentence,
                       const char *about)
{
    char subject[SENTENCE_MAX], text[SENTENCE_MAX], word[SENTENCE_MAX], option[SENTENCE_MAX] = "",
                                                                        next[2 * SENTENCE_MAX];
    bool error = rows[finding].level == LEVEL_ERROR;
    if (r->args->config)
        (void)snprintf(option, sizeof option, " -c %s", quote(r->args->config, word, sizeof word));
    (void)print_next(rows[finding].next[r->lang], quote(about, word, sizeof word), option, next, sizeof next);
    (void)text_escape(subject, sizeof subject, *whose ? whose : rows[finding].what[r->lang]);
    (void)text_escape(text, sizeof text, sentence);
    if (error)
        r->errors++;
    else
        r->warnings++;
    if (r->findings) {
        add_json(r, error ? "error" : "warning", rows[finding].code, subject, text, next);
        return;
    }
    words_print(0, MARK, "[%s] %s: %s (%s)", error ? "!!" : "! ", subject, text, rows[finding].code);
    if (*next)
        words_print(MARK, MARK, "%s: %s", check_in(r, "next", "далее"), next);
}

void check_failed(struct check_report *r, enum finding finding, const char *whose, const struct failure *failure)
{
    char text[SENTENCE_MAX];
    failure_text(failure, r->lang, text, sizeof text);
    check_found(r, finding, whose, text);
}

void check_failed_about(struct check_report *r, enum finding finding, const struct failure *failure, const char *about)
{
    char text[SENTENCE_MAX];
    failure_text(failure, r->lang, text, sizeof text);
    check_found_about(r, finding, "", text, about);
}

static void print_json(struct check_report *r)
{
    json_t *root =
        json_pack("{s:O, s:i, s:i}", "findings", r->findings, "errors", (int)r->errors, "warnings", (int)r->warnings);
    char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;
    if (text)
        console_print(stdout, "%s\n", text);
    free(text);
    json_decref(root);
    json_decref(r->findings);
}

int check_end(struct check_report *r)
{
    if (r->findings)
        print_json(r);
    else if (r->errors + r->warnings == 0)
        words_print(0, 0, "%s", check_in(r, "No problems found.", "Неполадок не найдено."));
    else
        words_print(0, 0, "%s",
                    check_print(r, (char[300]){0}, 300,
                                "Errors: %u, warnings: %u. docs/troubleshooting.md explains each word in brackets.",
                                "Ошибок: %u, предупреждений: %u. Слова в скобках объясняет docs/troubleshooting.ru.md.",
                                r->errors, r->warnings));
    if (r->usage)
        return EXIT_USAGE;
    return r->errors > 0 ? EXIT_NOT_READ : r->warnings > 0 ? EXIT_WARNINGS : EXIT_DONE;
}
