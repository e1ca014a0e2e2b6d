/* Values on their way to Zabbix, on disk, in order: files of at most `batch` lines in the input format of
 * zabbix_sender (host key timestamp nanoseconds value). A file is removed when Zabbix has it; what a kill leaves is
 * whole lines. Bounded by `max` and by the disk: the oldest file is dropped and its values are counted. */
#ifndef PUSH_SPOOL_H
#define PUSH_SPOOL_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct spool;

/* Opens the folder (made when it is not there), locks it against other processes and takes up what is in it. NULL with
 * ERR_FOLDER_TAKEN or ERR_SYSTEM. */
struct spool *spool_open(const char *folder, uint32_t batch, uint32_t max, struct failure *failure);
void spool_close(struct spool *spool);

/* The folder as it was given. */
const char *spool_folder(const struct spool *spool);

/* Values in a file, and values in all, from now on. */
void spool_set_limits(struct spool *spool, uint32_t batch, uint32_t max);

/* Appends one value; `ms` is its time. When the disk is full the oldest files make room. False with ERR_SYSTEM: the
 * value is lost and counted as dropped. */
bool spool_add(struct spool *spool, const char *host, const char *key, int64_t ms, const char *value,
               struct failure *failure);

/* The oldest file, closed for further values, into `path`; false when there is none. It stays the oldest until
 * spool_done or spool_release. */
bool spool_peek(struct spool *spool, char *path, size_t cap);
/* Zabbix has the taken file, but refused so many of its values: it is removed. */
void spool_done(struct spool *spool, uint32_t refused);
/* Zabbix does not have it: it stays the oldest. */
void spool_release(struct spool *spool);

/* Values that wait; values that were dropped in all lives of this folder; values that Zabbix refused since the start.
 */
uint64_t spool_length(const struct spool *spool);
uint64_t spool_dropped(const struct spool *spool);
uint64_t spool_refused(const struct spool *spool);

/* Writes the count of the dropped down for the next life, when it has grown. spool_close does so too. */
void spool_keep_dropped(struct spool *spool);

/* Is a full file ready? (a sender need not wait for its interval) */
bool spool_full(const struct spool *spool);

#endif
