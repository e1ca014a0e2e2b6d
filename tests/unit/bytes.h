/* Bytes as the protocol documents write them: hex with spaces. */
#ifndef TESTS_BYTES_H
#define TESTS_BYTES_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct bytes {
    size_t count;
    uint8_t at[4200];
};

static inline struct bytes hex(const char *text)
{
    struct bytes b = {0};
    while (*text) {
        if (*text == ' ') {
            text++;
            continue;
        }
        char pair[3] = {text[0], text[1], 0}, *end;
        assert(b.count < sizeof b.at);
        b.at[b.count++] = (uint8_t)strtoul(pair, &end, 16);
        assert(end == pair + 2);
        text += 2;
    }
    return b;
}

#endif
