/* What a poll is asked of a register (kkt/session.h). */
#ifndef KKT_ASK_H
#define KKT_ASK_H

#include "metric/snapshot.h"

#include <stdint.h>

/* Which values of `seen`, all values of a poll, are to be asked once more before they are reported: they would alarm
 * somebody, or say that it is another register. Sets them in `suspects` (empty before); may change `seen`. */
typedef void kkt_suspects(struct snapshot *seen, struct metric_set *suspects, void *user);

struct kkt_ask {
    struct metric_set wanted;   /* READ metrics to bring; the requests follow from it, each at most once */
    enum kkt_protocol protocol; /* UNKNOWN: find out by the combined probe (protocol-5.md §2) */
    uint8_t password[2];        /* access password, BCD; 00 00 by default (protocol-3.md §2) */
    uint64_t deadline_ms;       /* on the caller's clock: the session is done by then, whatever was read */
    kkt_suspects *suspects;     /* NULL: nothing is asked twice */
    void *suspects_user;
    uint32_t reply_timeout_ms; /* how long to wait for one answer before asking again; 0: the default, 1500 */
};

#endif
