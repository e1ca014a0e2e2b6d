/* The read-only requests of platform 5 and their answers (protocol-5.md §5): atol5_language in kkt/plan.h. */
#ifndef KKT_ATOL5_REQUESTS_H
#define KKT_ATOL5_REQUESTS_H

#include "kkt/request.h"

#define ATOL5_COMMAND_MAX 48

#endif
