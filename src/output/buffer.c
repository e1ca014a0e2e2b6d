#include "output/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 512

static void drop(struct buffer *b)
{
    free(b->text);
    b->text = NULL;
    b->used = b->cap = 0;
    b->failed = true;
}

static bool grow(struct buffer *b, size_t more)
{
    size_t cap = b->cap ? b->cap : FIRST_CAP;
    while (cap < b->used + more)
        cap *= 2;
    char *text = realloc(b->text, cap);
    if (!text) {
        drop(b);
        return false;
    }
    b->text = text;
    b->cap = cap;
    return true;
}

void buffer_add(struct buffer *b, const char *format, ...)
{
    for (int round = 0; round < 2 && !b->failed; round++) {
        va_list args;
        va_start(args, format);
        int n = vsnprintf(b->text ? b->text + b->used : NULL, b->cap - b->used, format, args);
        va_end(args);
        if (n < 0) {
            drop(b);
            return;
        }
        if ((size_t)n < b->cap - b->used) {
            b->used += (size_t)n;
            return;
        }
        if (!grow(b, (size_t)n + 1))
            return;
    }
}

void buffer_append(struct buffer *b, const struct buffer *other)
{
    if (b->failed || other->used == 0 || (b->cap - b->used <= other->used && !grow(b, other->used + 1)))
        return;
    memcpy(b->text + b->used, other->text, other->used + 1);
    b->used += other->used;
}

void buffer_clear(struct buffer *b)
{
    b->used = 0;
    if (b->text)
        b->text[0] = '\0';
}

char *buffer_detach(struct buffer *b)
{
    if (!b->failed && !b->text)
        buffer_add(b, "%s", "");
    return b->text;
}
