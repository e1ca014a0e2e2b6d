/* Text that grows. Only output/ includes this. */
#ifndef OUTPUT_BUFFER_H
#define OUTPUT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Start with zeros. After a failed allocation everything is dropped and buffer_detach gives NULL. */
struct buffer {
    char *text;
    size_t used, cap;
    bool failed;
};

void buffer_add(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds what another one holds. */
void buffer_append(struct buffer *b, const struct buffer *other);

/* Empties it; its memory is kept for the next text. */
void buffer_clear(struct buffer *b);

/* The text, NUL-terminated, for the caller to free; NULL when memory ran out. */
char *buffer_detach(struct buffer *b);

#endif
