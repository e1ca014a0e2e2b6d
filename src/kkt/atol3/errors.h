/* What the error codes of protocol 3 mean (protocol-3.md §6, protocol-3-errors.tsv). */
#ifndef KKT_ATOL3_ERRORS_H
#define KKT_ATOL3_ERRORS_H

#include "kkt/request.h"

/* "FN fault"; "unknown code" for one that is not in the table. */
struct kkt_words atol3_error_text(uint8_t code);

/* KKT_REFUSED for a code that is not in the table. */
enum kkt_meaning atol3_error_meaning(uint8_t code);

/* The reason of an error EE, as 91 37 gives it; "unknown code" for one that is not in the table. */
struct kkt_words atol3_reason_text(unsigned reason);

#endif
