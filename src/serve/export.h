/* The Prometheus file of `serve` (`prometheus: file`): all registers and serve's own health, for a textfile collector.
 * It is written beside the loop, from the snapshots. */
#ifndef SERVE_EXPORT_H
#define SERVE_EXPORT_H

#include "base/ratelimit.h"
#include "config/config.h"

#include <uv.h>

struct export_job;

/* Start with zeros. */
struct export
{
    struct export_job *job; /* that is being written; NULL: none */
    char wanted[1024];      /* the file of the last call, "": none */
    struct ratelimit failed;
    void (*stopped)(void *user);
    void *user;
};

/* Writes the file anew; nothing while the last time is not over. `statistics` is the health document. A file that is
 * not wanted any more is removed. */
void export_write(struct export *e, uv_loop_t *loop, const struct config *config, enum lang lang,
                  const char *statistics);

/* Is one being written? Then `stopped` is called once it is done. */
bool export_stop(struct export *e, void (*stopped)(void *user), void *user);

/* Removes the file: it must not look fresh after serve has ended. */
void export_remove(struct export *e);

#endif
