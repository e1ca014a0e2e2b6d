#include "push/batch.h"

#include <stdlib.h>
#include <string.h>

bool batch_begin(struct batch *b, char *text, size_t length)
{
    uint32_t count = 0, offset = 0;
    *b = (struct batch){.text = text};
    for (size_t i = 0; i < length; i++)
        count += text[i] == '\n';
    b->lines = calloc((size_t)count + 1, sizeof *b->lines);
    if (!b->lines) {
        batch_end(b);
        return false;
    }
    for (uint32_t i = 0; i < length; i++)
        if (text[i] == '\n') {
            b->lines[b->count++] = (struct batch_line){offset, i - offset, LINE_WAITS};
            offset = i + 1;
        }
    b->left = b->count;
    return true;
}

void batch_end(struct batch *b)
{
    free(b->text);
    free(b->lines);
    *b = (struct batch){0};
}

const char *batch_text(const struct batch *b, uint32_t line)
{
    return b->text + b->lines[line].offset;
}

void batch_line_done(struct batch *b, uint32_t line)
{
    b->left -= b->lines[line].state != LINE_DONE;
    b->lines[line].state = LINE_DONE;
}

static uint32_t first_of(const struct batch *b, enum line_state state)
{
    uint32_t i = 0;
    while (i < b->count && b->lines[i].state != state)
        i++;
    return i;
}

/* Those that must go alone come first: they are the oldest. */
bool batch_choose(struct batch *b, uint32_t max)
{
    uint32_t alone = first_of(b, LINE_ALONE);
    b->first = alone < b->count ? alone : first_of(b, LINE_WAITS);
    b->packet = 0;
    if (alone < b->count)
        max = 1;
    for (b->end = b->first; b->end < b->count && b->packet < max; b->end++)
        b->packet += b->lines[b->end].state != LINE_DONE;
    return b->packet > 0;
}

bool batch_is_whole(const struct batch *b)
{
    return b->packet == b->count;
}

static char *join_lines(const struct batch *b, uint32_t first, uint32_t end, size_t *length)
{
    size_t need = 1;
    for (uint32_t i = first; i < end; i++)
        need += b->lines[i].length + (size_t)1;
    char *text = malloc(need), *at = text;
    for (uint32_t i = first; text && i < end; i++) {
        if (b->lines[i].state == LINE_DONE)
            continue;
        memcpy(at, batch_text(b, i), b->lines[i].length + (size_t)1); /* with its newline */
        at += b->lines[i].length + (size_t)1;
    }
    *length = text ? (size_t)(at - text) : 0;
    return text;
}

char *batch_packet(const struct batch *b, size_t *length)
{
    return join_lines(b, b->first, b->end, length);
}

char *batch_rest(const struct batch *b, size_t *length)
{
    return join_lines(b, 0, b->count, length);
}
