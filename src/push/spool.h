/* Values on their way to Zabbix, on disk, in order: files of at most `batch` lines in the input format of
 * zabbix_sender (line.h). A file is removed when Zabbix has it; what a kill leaves is whole lines. Bounded by `max` and
 * by the disk: the oldest file is dropped and its values are counted. What Zabbix cannot take is set aside (refused.h),
 * counted and named, and the rest goes on. */
#ifndef PUSH_SPOOL_H
#define PUSH_SPOOL_H

#include "base/error.h"
#include "push/line.h"

#include <stddef.h>
#include <stdint.h>

#define SPOOL_PATH_MAX 1400

struct spool;

/* Opens the folder (made when it is not there), locks it against other processes and resumes what is in it; what waits
 * for its second try waits SPOOL_AGAIN_S from `now_ms` (steady clock) on. NULL with ERR_FOLDER_TAKEN or ERR_FILE. */
struct spool *spool_open(const char *folder, uint32_t batch, uint32_t max, uint64_t now_ms, struct failure *failure);
/* What of a file has reached Zabbix already is not left for the next run. NULL is allowed. */
void spool_close(struct spool *spool);

/* The folder as it was given. */
const char *spool_folder(const struct spool *spool);

/* Values in a file, and values in all, from now on. */
void spool_set_limits(struct spool *spool, uint32_t batch, uint32_t max);

/* Appends one value; `ms` is its time. When the disk is full the oldest files make room; a folder that was removed is
 * made and locked anew. False with ERR_FILE: the value is lost and counted as dropped. */
bool spool_add(struct spool *spool, const char *host, const char *key, int64_t ms, const char *value,
               struct failure *failure);

/* What one run of zabbix_sender gets. */
struct spool_packet {
    char path[SPOOL_PATH_MAX]; /* the file with its lines */
    uint32_t values;
    struct line_name name; /* of the first of them */
};

/* The oldest values, at most `max`; false when there are none, or when this computer cannot read or write the file (the
 * log says why, the values stay for the next call). They stay until one of the four below. `now_ms`: steady clock. */
bool spool_peek(struct spool *spool, uint32_t max, uint64_t now_ms, struct spool_packet *packet);

/* Zabbix has processed the packet and took all of it. */
void spool_done(struct spool *spool);
/* ... but refused some. Of a packet of several each value is sent on its own from now on (a proxy group sends a packet
 * to the proxy of its first host, which refuses the others). A single one is counted as refused, sent once more after
 * SPOOL_AGAIN_S, and then set aside; those of the same host and key go alone until Zabbix accepts one. */
void spool_refuse(struct spool *spool, uint64_t now_ms);
/* zabbix_sender cannot read the packet: each value alone then, and a single one is set aside. */
void spool_set_aside(struct spool *spool);
/* Zabbix does not have it: it stays the oldest. */
void spool_release(struct spool *spool);
#define SPOOL_AGAIN_S                                                                                                  \
    120 /* a server knows a new host by then, and a proxy group has given a lost proxy's hosts away                    \
         */

struct spool_counts {
    uint64_t length;    /* values that wait */
    uint64_t dropped;   /* in all runs with this folder: no room, or no file of them any more */
    uint64_t refused;   /* since the start, by Zabbix */
    uint64_t set_aside; /* since the start: refused twice, or no line at all */
};
void spool_counts(const struct spool *spool, struct spool_counts *counts);

/* Saves the count of dropped values for the next run, when it has grown. spool_close does so too. */
void spool_keep_dropped(struct spool *spool);

/* Is a full file ready, or a part of one? (a sender need not wait for its interval) Not when the last spool_peek failed
 * because this computer could not read or write a file. */
bool spool_full(const struct spool *spool);

#endif
