/* The vendor's driver, libfptr10 10.x, loaded at run time. Everything here blocks and may hang or crash inside the
 * vendor's code: it is called only in the worker process (cmd/worker.c), which poll/ starts and kills. */
#ifndef FPTR_FPTR_H
#define FPTR_FPTR_H

#include "kkt/control.h"
#include "link/connect.h"
#include "metric/snapshot.h"

/* Opens the register by the driver settings of `connect`, asks what `wanted` (READ metrics) needs, each query once,
 * closes. Fills values, unsupported, protocol, requests (queries), failure and port_held_ms of `out` (cleared by the
 * caller). Nothing but the queries of fptr/queries.c is called. */
void fptr_read(const struct connect *connect, const struct metric_set *wanted, struct snapshot *out);

/* Does one control action; `clock` for SET_CLOCK. */
void fptr_control(const struct connect *connect, enum kkt_control_action action, const struct civil *clock,
                  struct failure *result);

/* Where the driver was found and which version it is, for `check`; false with the failure otherwise. */
bool fptr_describe(const struct connect *connect, char *file, size_t file_cap, char *version, size_t version_cap,
                   struct failure *failure);

/* Where a READ metric comes from, for the documents: "FNDT_OFD_EXCHANGE_STATUS: DOCUMENTS_COUNT". */
bool fptr_metric_source(enum metric m, char *buf, size_t cap);

#endif
