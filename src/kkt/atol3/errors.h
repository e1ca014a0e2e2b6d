/* What the error codes of protocol 3 mean, in words (protocol-3-errors.tsv). */
#ifndef KKT_ATOL3_ERRORS_H
#define KKT_ATOL3_ERRORS_H

#include <stdint.h>

/* "FN fault"; "unknown code" for one that is not in the table. */
const char *atol3_error_text(uint8_t code);

#endif
