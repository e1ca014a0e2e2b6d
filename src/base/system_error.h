/* Errors of the operating system as libuv numbers them (UV_ENOENT; on POSIX -errno), in words of both languages. */
#ifndef BASE_SYSTEM_ERROR_H
#define BASE_SYSTEM_ERROR_H

#include "base/error.h"

/* A failure whose detail is "WHAT: words of the error", each language whole. `what` needs no translation (a path, a
 * port, an address) and is escaped; a long one keeps its head. Returns false, as failure_set. */
bool failure_system(struct failure *f, enum error_code code, const char *what, int status);

/* The words alone: "no such file or directory", «нет такого файла или папки»; for an error without Russian words the
 * name of the error, as ENOTUNIQ. Never freed. */
const char *system_error_text(int status, enum lang lang);

#endif
