/* A growing answer: bytes in the forms that registers use. What does not fit is cut. */
#ifndef EMULATOR_ANSWER_H
#define EMULATOR_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define ANSWER_MAX 1900

struct answer {
    size_t count;
    uint8_t bytes[ANSWER_MAX];
};

void answer_byte(struct answer *a, unsigned byte);
void answer_bytes(struct answer *a, const void *bytes, size_t count);
/* `count` bytes of packed decimal, big endian. */
void answer_bcd(struct answer *a, int64_t value, unsigned count);
void answer_le(struct answer *a, uint64_t value, unsigned count);
/* DD MM YY hh mm ss as BCD; the first `count` of them. A date that is not there is all zeros. */
void answer_date_bcd(struct answer *a, const struct tm *tm, unsigned count);
/* YY MM DD hh mm, binary (the FN's own form); zeros when tm is NULL. */
void answer_date_fn(struct answer *a, const struct tm *tm);
/* ASCII in a field of fixed width, filled with `fill`. */
void answer_padded(struct answer *a, const char *text, size_t width, char fill);

#endif
