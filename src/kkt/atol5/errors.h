/* What the result codes of platform 5 mean (protocol-5.md §3, result codes). */
#ifndef KKT_ATOL5_ERRORS_H
#define KKT_ATOL5_ERRORS_H

#include "kkt/request.h"

enum kkt_meaning atol5_error_meaning(const uint8_t code[2]);

/* "no paper"; for a code without a row of its own, what its class is about. */
struct kkt_words atol5_error_text(const uint8_t code[2]);

/* The code as people read it: its two characters, or hex when they are none. Returns buf. */
#define ATOL5_ERROR_NAME 8
const char *atol5_error_name(const uint8_t code[2], char buf[ATOL5_ERROR_NAME]);

#endif
