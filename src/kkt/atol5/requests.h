/* The read-only requests of platform 5 and their answers (protocol-5.md §5): atol5_language in kkt/plan.h. */
#ifndef KKT_ATOL5_REQUESTS_H
#define KKT_ATOL5_REQUESTS_H

#include "kkt/request.h"

#define ATOL5_COMMAND_MAX 48

/* The command of a request with its arguments (from values that were read before) into out (ATOL5_COMMAND_MAX bytes).
 * Returns its length; 0 when an argument was not read. */
size_t atol5_command(const struct kkt_request *request, const struct snapshot *values, uint8_t *out);

#endif
