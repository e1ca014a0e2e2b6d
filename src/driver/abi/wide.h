/* The vendor's strings: wchar_t, 4 bytes a character on Linux, UTF-16 on Windows. The only place that knows it. */
#ifndef DRIVER_ABI_WIDE_H
#define DRIVER_ABI_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* UTF-8 to wide, always terminated; false when the text is not UTF-8 or does not fit into cap characters. */
bool wide_from_utf8(const char *text, wchar_t *out, size_t cap);

/* Wide to UTF-8, always terminated; stops at `count` characters or at a NUL. Control characters become spaces, a
 * surrogate without its other half or a number beyond Unicode becomes U+FFFD. Cut at a whole character when it does
 * not fit; returns the length without the NUL. */
size_t wide_to_utf8(const wchar_t *text, size_t count, char *out, size_t cap);

#endif
