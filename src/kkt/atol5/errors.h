/* What the result codes of platform 5 mean (protocol-5.md §3, result codes). */
#ifndef KKT_ATOL5_ERRORS_H
#define KKT_ATOL5_ERRORS_H

#include <stdbool.h>
#include <stdint.h>

enum atol5_meaning {
    ATOL5_SUCCESS,       /* "00" */
    ATOL5_REFUSED,       /* an error of this request */
    ATOL5_BUSY,          /* ask again later */
    ATOL5_NOT_SUPPORTED, /* the register has no such thing */
    ATOL5_NO_FN,         /* no fiscal storage */
    ATOL5_NO_DATA,       /* the FN has no such data */
};

enum atol5_meaning atol5_error_meaning(const uint8_t code[2]);

/* "no paper"; for a code without a row of its own, what its class is about. */
const char *atol5_error_text(const uint8_t code[2]);

#endif
