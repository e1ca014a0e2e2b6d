/* Answers of platform 5, decoded by the row of their request. */
#ifndef TESTS_UNIT_KKT_TABLE5_H
#define TESTS_UNIT_KKT_TABLE5_H

#include "kkt/atol5/values.h"

#include "kkt_table.h"

static inline enum kkt_verdict give_bytes(const char *code, const void *answer, size_t count)
{
    return plan.language->decode(&plan, request(code), answer, count, false);
}

static inline enum kkt_verdict give(const char *code, const char *answer)
{
    return give_bytes(code, answer, strlen(answer));
}

/* Result "00" and the bytes in hex, escaped and ended as the register does it. */
static inline void give_fn(const char *code, const char *data)
{
    struct bytes b = hex(data);
    uint8_t answer[256] = {'0', '0'};
    size_t n = atol5_escape(answer, 2, sizeof answer - 1, b.at, b.count);
    answer[n++] = ';';
    assert_int_equal(give_bytes(code, answer, n), KKT_DECODED);
}

#endif
