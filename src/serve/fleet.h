/* The registers of serve: each with its last values, polled by the schedule, told to its snapshot file and to the
 * spool. */
#ifndef SERVE_FLEET_H
#define SERVE_FLEET_H

#include "config/config.h"
#include "push/spool.h"
#include "serve/schedule.h"
#include "serve/statistics.h"

#include <uv.h>

#define FLEET_DOCUMENT_KEY "kkt.document"

struct fleet;

/* `config` must outlive the fleet or the next fleet_reload; `spool` may be NULL. NULL with the failure. */
struct fleet *fleet_start(uv_loop_t *loop, const struct config *config, enum lang lang, struct spool *spool,
                          struct failure *failure);

/* Goes over to another configuration: only registers that changed are touched. The old one may be freed after it. */
bool fleet_reload(struct fleet *fleet, const struct config *config, enum lang lang, struct spool *spool,
                  struct failure *failure);

/* Starts no more polls and ends those that run, without a result; `stopped` is called once all are done. The fleet
 * stays until the process ends. */
void fleet_stop(struct fleet *fleet, void (*stopped)(void *user), void *user);

/* The health document of now (health.h); `ms`: its Unix time. */
char *fleet_statistics(struct fleet *fleet, int64_t *ms);

/* Did the schedule get on since the last call: a poll was done, each that runs is within its own timeout, or none was
 * due? */
bool fleet_gets_on(struct fleet *fleet);

#endif
