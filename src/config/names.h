/* The names of registers as names of files. Only config/ includes this. */
#ifndef CONFIG_NAMES_H
#define CONFIG_NAMES_H

#include <stdbool.h>

/* A device of Windows under any extension (CON, nul.txt, COM5.json): no file there can be named so. Refused on every
 * system, because configurations travel. */
bool name_is_device(const char *name);

/* The order of names as files of this system, 0 when both name one file: Windows ignores case. */
int name_file_order(const char *a, const char *b);

#endif
