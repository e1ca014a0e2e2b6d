/* The read-only requests of protocol 3 and their answers (protocol-3.md §4): atol3_language in kkt/plan.h. */
#ifndef KKT_ATOL3_REQUESTS_H
#define KKT_ATOL3_REQUESTS_H

#include "kkt/request.h"

/* The longest command with its parameters, without password. */
#define ATOL3_COMMAND_MAX 16

#endif
