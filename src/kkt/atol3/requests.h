/* The read-only requests of protocol 3 and their answers (protocol-3.md §4): chosen by kkt/language.h. */
#ifndef KKT_ATOL3_REQUESTS_H
#define KKT_ATOL3_REQUESTS_H

#include "kkt/request.h"

/* The longest command with its parameters, without password. */
#define ATOL3_COMMAND_MAX 16

struct kkt_language;
extern const struct kkt_language atol3_language;

#endif
