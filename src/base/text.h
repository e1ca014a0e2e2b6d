/* Text and numbers as registers write them: CP866, BCD, little and big endian. No function allocates. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Cuts a NUL-terminated string that may end in the middle of a UTF-8 character back to whole characters. */
void text_cut_utf8(char *text);

/* Is it well-formed UTF-8 (no overlong forms, no surrogates)? */
bool text_is_utf8(const char *text, size_t length);
/* THE way in which a text of a user, a register, another program or the system gets into a sentence, a log line or a
 * terminal: what does not fit into `cap` bytes (with the NUL; at least TEXT_ESCAPE_MIN) is cut at a whole character and
 * marked with "…"; control characters and those that turn the direction of writing are written as \n, \t, \x1b or
 * \u202e, bytes that are not UTF-8 as \xff. Returns `to`. `to` and `from` must not overlap. */
const char *text_escape(char *to, size_t cap, const char *from);

#define TEXT_ESCAPE_MIN 8

/* UTF-8 that text_escape would leave as it is: no control character, no separator of lines, no mark of direction. */
bool text_is_plain(const char *text, size_t length);

/* The same as an argument of a printf: `cap` bytes that live as long as the statement's block. */
#define TEXT_SHORT(from) text_escape((char[100]){0}, 100, (from))
#define TEXT_PATH(from)  text_escape((char[300]){0}, 300, (from))

/* Columns of a terminal that `bytes` bytes of UTF-8 fill: letters of the East and pictures are two wide, accents and
 * joiners none. */
int text_width(const char *text, size_t bytes);

/* Bytes of the first line of a text that is broken at blanks into lines of at most `columns`; a longer word stays
 * whole, on a line of its own. 0 for "". */
size_t text_line(const char *text, int columns);

/* The text broken so, each further line behind `indent` blanks; the first one begins at column `from`. Cut at a whole
 * character when it does not fit. Returns to. */
const char *text_wrap(char *to, size_t cap, const char *text, int columns, int from, int indent);

/* How a register writes its strings. */
enum charset {
    CHARSET_CP866, /* the model name at protocol 3, all text at platform 5 */
    CHARSET_PRINTER, /* tags at protocol 3: CP866 with 24=№ FC=$ F2=€ FA=long dash, F3..F9 FB FD FF=space (protocol-3.md
                        §4) */
};

/* Converts to UTF-8. Stops at the first 00. Control characters become spaces. Returns the length written without the
 * NUL, or SIZE_MAX when it does not fit into cap bytes with its NUL (3 bytes a character are enough). */
size_t text_from_charset(enum charset charset, const uint8_t *bytes, size_t count, char *out, size_t cap);

/* Makes the first letter small, Latin or Russian, unless the next one is big too (an abbreviation). */
void text_lower_first(char *text);

/* Makes the first letter big, Latin or Russian. */
void text_upper_first(char *text);

/* Drops trailing spaces; returns the new length. */
size_t text_trim_right(char *text);

/* BCD, big endian, up to 9 bytes; false when a nibble is above 9. */
bool text_bcd(const uint8_t *bytes, size_t count, int64_t *value);

uint16_t text_le16(const uint8_t *bytes);
uint32_t text_le32(const uint8_t *bytes);
uint16_t text_be16(const uint8_t *bytes);

/* A whole decimal number with an optional minus, all of the text, in int64 range; else false. */
bool text_decimal(const char *text, size_t length, int64_t *value);

#endif
