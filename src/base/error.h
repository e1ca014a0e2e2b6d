/* Errors are values: one enum, one text table (error.def), and the detail of the case. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

/* What the JSON document's `state` says of one poll (design.md §3). STATE_USAGE never reaches a document. */
enum poll_state {
    STATE_OK,
    STATE_PARTIAL,
    STATE_BUSY,
    STATE_UNREACHABLE,
    STATE_ERROR,
    STATE_PREREQUISITE,
    STATE_USAGE,
};

enum error_code {
#define FAILURE(name, state, en, ru) ERR_##name,
#include "base/error.def"
#undef FAILURE
    ERR_COUNT
};

enum lang { LANG_EN, LANG_RU };

/* One failure. The details are UTF-8, NUL-terminated, cut at a whole character when they are too long. */
struct failure {
    enum error_code code;
    char detail[400];    /* English, or of no language (a path, a name, a number); "" when there is none */
    char detail_ru[400]; /* "": `detail` serves both languages */
};

/* Sets code and a detail that needs no translation: a path, a name, an address, a number. `f` may be NULL (the failure
 * is dropped). Returns false, so that a caller can `return failure_set(...)`. */
bool failure_set(struct failure *f, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a detail with words in it: both formats take the same arguments in the same order. */
bool failure_explain(struct failure *f, enum error_code code, const char *english, const char *russian, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

/* The same with the arguments of a caller. */
bool failure_explain_v(struct failure *f, enum error_code code, const char *english, const char *russian, va_list args)
    __attribute__((format(printf, 3, 0), format(printf, 4, 0)));

/* Puts words in front of the detail that `f` has, each language in front of its own, and sets the code. */
bool failure_prepend(struct failure *f, enum error_code code, const char *english, const char *russian, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

/* Puts words behind the detail, each language behind its own; what does not fit is cut at a whole character. */
void failure_append(struct failure *f, const char *english, const char *russian);

/* The detail in a language. */
const char *failure_detail(const struct failure *f, enum lang lang);

/* No failure: ERR_NONE, detail "". */
void failure_clear(struct failure *f);

/* The state that the failure stands for. */
enum poll_state failure_state(const struct failure *f);

/* Was the register read (ok or partial)? Only then are there values. */
bool poll_state_was_read(enum poll_state state);

/* "ok", "partial", … the JSON word of a state. STATE_USAGE gives "usage". */
const char *poll_state_name(enum poll_state state);

/* Finds the state of a JSON word; false when there is no such word. */
bool poll_state_from_name(const char *name, enum poll_state *state);

/* "PORT_BUSY": the row's name, for logs and tests. */
const char *error_name(enum error_code code);

/* Writes the sentence of the failure, detail filled in, into buf (cap > 0, always terminated, cut at a whole
 * character). Empty for ERR_NONE. */
void failure_text(const struct failure *f, enum lang lang, char *buf, unsigned cap);

#endif
