/* The language that the system is set to: language_posix.c, language_win32.c. */
#ifndef BASE_PROCESS_LANGUAGE_H
#define BASE_PROCESS_LANGUAGE_H

#include "base/error.h"

/* Russian where the system speaks Russian (LC_ALL, LC_MESSAGES, LANG; on Windows the language of the user's menus),
 * else English. */
enum lang language_of_system(void);

#endif
