/* What the two halves of the spool share: spool.c writes, spool_send.c hands out. Only they include this. */
#ifndef PUSH_SPOOL_INTERNAL_H
#define PUSH_SPOOL_INTERNAL_H

#include "base/files/lock.h"
#include "base/ratelimit.h"
#include "push/batch.h"
#include "push/segment.h"
#include "push/spool.h"

#define SPOOL_NO_FILE     (-1)
#define SPOOL_PACKET_NAME "packet" /* a part of a file, for one run */

/* Why values were not sent, in both languages. */
struct spool_reason {
    const char *words[2]; /* by enum lang */
};

struct segment {
    uint64_t number; /* of its name; grows */
    uint32_t values; /* that wait */
    bool again;      /* Zabbix has refused them once */
};

struct spool {
    struct folder folder;
    lock_handle lock;
    uint32_t batch, max;
    struct segment *segments; /* oldest first */
    uint32_t count, capacity;
    uint64_t next_number;
    struct spool_counts counts;
    uint64_t dropped_kept; /* as the file of the dropped says */
    struct ratelimit logged_dropped, logged_aside, logged_failed, logged_bad_file;
    uv_file file;           /* the newest segment, open for appending, or SPOOL_NO_FILE */
    struct batch sending;   /* segments[0] while it is sent, lines NULL: not begun */
    bool taken;             /* a packet is on its way */
    struct segment waiting; /* the file of those that are sent again, values 0: there is none */
    uint64_t waiting_until_ms;
};

bool spool_add_segment(struct spool *spool, const struct segment *segment);
/* Removes a segment and its file. */
void spool_remove_segment(struct spool *spool, uint32_t index);
/* No more values into the newest file. */
void spool_close_newest(struct spool *spool);
/* An error of the system (libuv's number) as a reason. */
struct spool_reason spool_system_reason(int status);
void spool_count_dropped(struct spool *spool, uint32_t values, const struct spool_reason *why);
/* A line that nobody can take. */
void spool_keep_aside(struct spool *spool, const char *line, size_t length, const struct spool_reason *why);

#endif
