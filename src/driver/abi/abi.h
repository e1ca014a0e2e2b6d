/* The vendor's library as we use it: one symbol table, all or nothing, and our own names of its numbers. The only file
 * beside abi_posix.c and abi_win32.c that knows how a library is loaded. */
#ifndef DRIVER_ABI_ABI_H
#define DRIVER_ABI_ABI_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#ifdef _WIN32
#define FPTR_LIBRARY "fptr10.dll"
#else
#define FPTR_LIBRARY "libfptr10.so"
#endif

struct fptr_abi {
    void *library;  /* the loaded library; never unloaded: the vendor's threads outlive it */
    char file[512]; /* where it was found, UTF-8 */
#define FUNCTION(result, name, parameters) result(*name) parameters;
#include "driver/abi/abi.def"
};

enum fptr_number {
#define PARAM(name, number)   FPTR_PARAM_##name = number,
#define DATA(name, number)    FPTR_##name = number,
#define FN_DATA(name, number) FPTR_##name = number,
#define VALUE(name, number)   FPTR_##name = number,
#define CODE(name, number)    FPTR_ERROR_##name = number,
#include "driver/abi/abi.def"
};

/* Loads the driver. It is looked for in this order: `file` (?lib=) when it is not ""; the environment variable
 * ZABBIX_ATOL_DRIVER; the vendor's usual folders; the system's own (Windows: the program's folder and System32, never
 * the current folder or PATH). The first two are not searched beyond: what
 * the user named is what is meant. False with ERR_DRIVER_MISSING, _BITNESS, _LOAD or _SYMBOL (the first missing name).
 */
bool fptr_abi_load(struct fptr_abi *abi, const char *file, struct failure *failure);

/* ---- the system's part: abi_posix.c, abi_win32.c ---- */

typedef void fptr_symbol(void);

/* Can this build load a library at all? ERR_DRIVER_NOT_BUILT when not (-Ddriver=disabled). */
bool fptr_is_built(struct failure *failure);

/* Loads one library. NULL with ERR_DRIVER_MISSING when there is no such file, else ERR_DRIVER_BITNESS or _LOAD. */
void *fptr_library_open(const char *file, struct failure *failure);

/* A function of it; NULL when it has none of that name. */
fptr_symbol *fptr_library_symbol(void *library, const char *name);

enum fptr_place {
    FPTR_PLACE_FILE, /* `file` is filled */
    FPTR_PLACE_NONE, /* this system has no such place; go on with the next */
    FPTR_PLACE_END,  /* there are no more */
};

/* The usual places, one after another, those of this program's bitness first, the system's own last. */
enum fptr_place fptr_library_place(unsigned index, char *file, size_t cap);

/* The environment variable in UTF-8; false when it is not set, empty or too long. */
bool fptr_environment(const char *name, char *value, size_t cap);

/* May the user open this port? Sets ERR_PORT_MISSING or ERR_PORT_RIGHTS and returns true when that is known to be why
 * the driver could not. */
bool fptr_port_problem(const char *device, struct failure *failure);

/* Keeps the vendor's library from writing logs into a home folder that has none of its settings yet. */
void fptr_quiet_logs(void);

#endif
