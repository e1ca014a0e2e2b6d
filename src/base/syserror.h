/* What Windows says of an error, in words. Windows only. */
#ifndef BASE_SYSERROR_H
#define BASE_SYSERROR_H

#include "base/error.h"

#include <stddef.h>

/* Writes Windows' own words for an error number into buf, UTF-8, without the full stop at their end: "Access is denied
 * (5)". When Windows does not have them in the language, the number alone: "Windows error 5". cap > 0. */
void syserror_text(unsigned long error, enum lang lang, char *buf, size_t cap);

/* A failure whose detail is "WHAT: words of the error", each language whole. `what` needs no translation (a path, a
 * port). Returns false, as failure_set. */
bool failure_windows(struct failure *f, enum error_code code, const char *what, unsigned long error);

#endif
