/* What the answers of a protocol 3 register share. */
#ifndef EMULATOR_ANSWER3_H
#define EMULATOR_ANSWER3_H

#include "kkt.h"

#define NOT_SUPPORTED 0x7A
#define NO_FN         0xD2

/* `55 code 00`, in place of what is there. */
static inline void answer3_fail(struct answer *a, unsigned code)
{
    a->count = 0;
    answer_byte(a, 0x55);
    answer_byte(a, code);
    answer_byte(a, 0);
}

/* `55 00` */
static inline void answer3_good(struct answer *a)
{
    answer_byte(a, 0x55);
    answer_byte(a, 0);
}

/* 91 register parameters: one row a register (registers3.c). */
void registers3_answer(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a);

#endif
