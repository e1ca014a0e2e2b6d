/* What came from an address and is no word of a register: the text of a converter or of another service. */
#ifndef POLL_STRANGER_H
#define POLL_STRANGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRANGER_BYTES_MAX 96
#define STRANGER_TEXT_MAX  (3 * STRANGER_BYTES_MAX + 1)

/* The first line of the text that the stream began with, in UTF-8, without control characters; false when it did not
 * begin with a text. `bytes`: at most STRANGER_BYTES_MAX of the beginning. Empty lines in front are skipped. The text
 * may be UTF-8, CP1251 or CP866: the last two when it has Cyrillic letters in one of them. `closed`: the stream ended
 * behind it. Of a stream that goes on the line must be ended and the only one: what sends lines all the time is no
 * notice. */
bool stranger_text(const uint8_t *bytes, size_t count, bool closed, char text[STRANGER_TEXT_MAX]);

/* Does a text begin as other services greet (HTTP, SSH, mail, a remote desktop)? */
bool stranger_is_service(const char *text);

#endif
