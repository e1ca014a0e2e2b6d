/* The vendor's driver, libfptr10 10.x, loaded at run time. Everything here blocks and may hang or crash inside the
 * vendor's code: it is called only in the worker process (driver/worker_child.c), which
 * driver/worker.c starts and kills. */
#ifndef DRIVER_FPTR_H
#define DRIVER_FPTR_H

#include "address/connect.h"
#include "kkt/control.h"
#include "metric/snapshot.h"

struct fptr_ask {
    const struct connect *connect; /* a DRIVER address, held by the caller */
    struct metric_set wanted;      /* READ metrics; DERIVED ones that a query returns as well are set too */
    uint8_t password[2];           /* access password, BCD; 00 00: the driver's own setting */
    uint32_t budget_ms;            /* no query is begun later than this after the call; 0: no limit */
};

/* Called before each query with what has been read so far and the query's name, and with "close" before closing. */
typedef void fptr_progress(const struct snapshot *so_far, const char *next, void *user);

/* Opens the register by the driver settings of ask->connect, asks what ask->wanted needs, each query once, closes.
 * Fills values, unsupported, protocol, requests (queries), failure, clock_read_ms and port_held_ms of `out` (cleared by
 * the caller). Nothing but the queries of driver/queries.c is called. `progress` may be NULL. */
void fptr_read(const struct fptr_ask *ask, struct snapshot *out, fptr_progress *progress, void *user);

/* Makes values of what the queries brought: the states that follow from two of them, and none of what the driver
 * shows without having read it. fptr_read does it at its end; who ends it earlier has to. Doing it twice changes
 * nothing. */
void fptr_reconcile(struct snapshot *s);

/* Does one control action; `clock` for SET_CLOCK, else ignored. ask->wanted is not looked at. */
void fptr_control(const struct fptr_ask *ask, enum kkt_control_action action, const struct civil *clock,
                  struct failure *result);

/* Where the driver was found and which version it is, for `check`; false with the failure otherwise. Loads the library
 * into this process. */
struct fptr_driver {
    char file[256];
    char version[64];
};
bool fptr_describe(const struct connect *connect, struct fptr_driver *driver, struct failure *failure);

/* Where a READ metric comes from, for the documents: "FNDT_OFD_EXCHANGE_STATUS: DOCUMENTS_COUNT". */
bool fptr_metric_source(enum metric m, char *buf, size_t cap);

#endif
