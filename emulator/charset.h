/* UTF-8 to the register's CP866, the emulator's own. */
#ifndef EMULATOR_CHARSET_H
#define EMULATOR_CHARSET_H

#include <stddef.h>
#include <stdint.h>

/* Writes at most cap bytes, returns how many. A character that is not in the charset becomes '?'. `printer`: the
 * charset of tags at protocol 3, where № $ € and the long dash have places of their own (protocol-3.md §4). */
size_t charset_encode(const char *utf8, int printer, uint8_t *out, size_t cap);

#endif
