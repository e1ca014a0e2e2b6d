/* What the two halves of the spool share: spool.c writes, spool_send.c hands out. Only they include this. */
#ifndef PUSH_SPOOL_INTERNAL_H
#define PUSH_SPOOL_INTERNAL_H

#include "base/files/lock.h"
#include "base/ratelimit.h"
#include "push/batch.h"
#include "push/refused.h"
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
    uint32_t bytes;  /* that this run has written into it */
    bool again;      /* Zabbix has refused them once */
};

/* A file of values that are sent once more. */
struct again {
    struct segment segment;
    uint64_t begun_ms, due_ms; /* steady clock: its first line; SPOOL_AGAIN_S after its last one */
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
    struct ratelimit logged_dropped, logged_aside, logged_failed, logged_bad_file, logged_stalled;
    uv_file file;           /* the newest segment, open for appending, or SPOOL_NO_FILE */
    struct batch sending;   /* segments[0] while it is sent, lines NULL: not begun */
    bool taken;             /* a packet is on its way */
    struct line_name first; /* whose value its first one is */
    bool stalled;           /* this computer could not read or write a file: no hurry to try again */
    struct again *again;    /* oldest first; only the newest gets more lines */
    uint32_t again_count, again_capacity;
    struct doubt doubt;
};

bool spool_add_segment(struct spool *spool, const struct segment *segment);
/* One more file of values that are sent once more, or NULL without memory. */
struct again *spool_add_again(struct spool *spool, const struct again *again);
/* Forgets the oldest of them; its file is left. */
void spool_forget_again(struct spool *spool);
/* Removes a segment and its file. */
void spool_remove_segment(struct spool *spool, uint32_t index);
/* The same for a file that is not ours to remove, or is gone. */
void spool_forget_segment(struct spool *spool, uint32_t index);
/* No more values into the newest file. */
void spool_close_newest(struct spool *spool);
/* Does a file get no more lines? */
bool spool_is_full_file(const struct spool *spool, const struct segment *segment);
/* An error of the system (libuv's number) as a reason. */
struct spool_reason spool_system_reason(int status);
void spool_count_dropped(struct spool *spool, uint32_t values, const struct spool_reason *why);
/* A line that nobody can take. */
void spool_keep_aside(struct spool *spool, const char *line, size_t length, const struct spool_reason *why);

#endif
