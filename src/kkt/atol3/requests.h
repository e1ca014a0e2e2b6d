/* The read-only requests of protocol 3 and their answers (protocol-3.md §4): atol3_language in kkt/plan.h. */
#ifndef KKT_ATOL3_REQUESTS_H
#define KKT_ATOL3_REQUESTS_H

#include "kkt/request.h"

/* The longest task: password, command and parameters. */
#define ATOL3_COMMAND_MAX 16

/* The task of a request without password into out (ATOL3_COMMAND_MAX bytes); `block` is for tags. Returns its length.
 */
size_t atol3_command(const struct kkt_request *request, uint8_t block, uint8_t *out);

#endif
