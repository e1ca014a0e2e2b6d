/* The vendor's words for the error codes of the exchange with the OFD, seen through its driver 10.8.0.0 for every code
 * (protocol 3: 91 2B, 0..99; platform 5: 05, 0..255). */
#ifndef METRIC_DERIVED_OFD_ERRORS_H
#define METRIC_DERIVED_OFD_ERRORS_H

#include "metric/snapshot.h"

enum ofd_error_kind { OFD_ERROR_NETWORK, OFD_ERROR_OFD, OFD_ERROR_FN };

/* Never NULL: a code that the vendor has no words for is "Неизвестная ошибка", as there. */
const char *ofd_error_text(enum ofd_error_kind kind, enum kkt_protocol protocol, int64_t code);

#endif
