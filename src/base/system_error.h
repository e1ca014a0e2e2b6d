/* Errors of the operating system as libuv numbers them (UV_ENOENT; on POSIX -errno), in words of both languages. */
#ifndef BASE_SYSTEM_ERROR_H
#define BASE_SYSTEM_ERROR_H

#include "base/error.h"

/* A failure whose detail is "WHAT: words of the error", each language whole. `what` needs no translation (a path, a
 * port, an address) and is escaped; a long one keeps its head. Returns false, as failure_set. */
bool failure_system(struct failure *f, enum error_code code, const char *what, int status);

/* The same where no word is needed in front: the detail is the words of the error. */
bool failure_words(struct failure *f, enum error_code code, int status);

/* Is the error a lack of this computer that may be over soon: descriptors, memory, processes? */
bool system_error_is_shortage(int status);

/* The words alone: "no such file or directory", «нет такого файла или папки»; for an error without Russian words the
 * name of the error, as ENOTUNIQ. Never freed. */
const char *system_error_text(int status, enum lang lang);

#ifdef _WIN32
#include <stddef.h>

/* ---- numbers of Windows (GetLastError): system_error_win32.c ---- */

/* The words of the table above where libuv knows the error, else Windows' own: "permission denied (5)"; when Windows
 * has none in the language, the number alone: "Windows error 5". buf gets UTF-8; cap > 0. */
void windows_error_text(unsigned long error, enum lang lang, char *buf, size_t cap);

/* As failure_system, for such a number. */
bool failure_windows(struct failure *f, enum error_code code, const char *what, unsigned long error);
#endif

#endif
