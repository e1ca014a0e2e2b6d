/* What the fuzz targets share: a check that ends the program, and a cursor over the input. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The order in Jansson's tables, of which libFuzzer sees the comparisons, is the same in each run. */
__attribute__((constructor)) static void keep_order(void)
{
    json_object_seed(16);
}

/* libFuzzer keeps the input when the program aborts. */
#define REQUIRE(condition) require((condition), #condition, __FILE__, __LINE__)

static inline void require(bool condition, const char *text, const char *file, int line)
{
    if (condition)
        return;
    (void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
    abort();
}

/* The part of the input that was not used yet. */
struct input {
    const uint8_t *at;
    size_t left;
};

/* 0 when there is none. */
static inline uint8_t input_byte(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

static inline uint16_t input_two(struct input *in)
{
    uint8_t low = input_byte(in);
    return (uint16_t)(low | input_byte(in) << 8);
}

/* At most `most` bytes; their count is what is there. */
static inline struct input input_part(struct input *in, size_t most)
{
    struct input part = {in->at, most < in->left ? most : in->left};
    in->at += part.left;
    in->left -= part.left;
    return part;
}

/* A copy with a NUL, exactly as long, so that ASan sees a read behind it; the caller frees it. */
static inline char *input_text(struct input in)
{
    char *text = malloc(in.left + 1);
    REQUIRE(text != NULL);
    memcpy(text, in.at, in.left);
    text[in.left] = '\0';
    return text;
}

#endif
