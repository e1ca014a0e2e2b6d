/* The read-only requests of platform 5 and their answers (protocol-5.md §5): chosen by kkt/language.h. */
#ifndef KKT_ATOL5_REQUESTS_H
#define KKT_ATOL5_REQUESTS_H

#include "kkt/request.h"

#define ATOL5_COMMAND_MAX 48

struct kkt_language;
extern const struct kkt_language atol5_language;

#endif
