/* What one poll of one register is asked, and how its end is reported. */
#ifndef POLL_ASK_H
#define POLL_ASK_H

#include "address/connect.h"
#include "base/time/zone.h"
#include "metric/derived/health.h"
#include "metric/derived/now.h"
#include "metric/snapshot.h"

struct trace;

struct poll_ask {
    char name[64];                 /* of the register, for the log; "" = its address */
    const struct connect *connect; /* alive until poll_start has returned; the poll holds it */
    struct metric_set wanted;      /* READ and DERIVED metrics; sources of the derived ones are added */
    enum kkt_protocol protocol;    /* UNKNOWN: find out */
    uint8_t password[2];           /* access password, BCD */
    uint32_t timeout_ms;           /* for the whole poll, connect included */
    struct zone zone;              /* the register's */
    enum host_clock host_clock;    /* what other registers say of this computer's clock */
    bool queue_known;              /* somebody sees its queue of unsent documents from poll to poll */
    int64_t queue_age_s;           /* then: since when, in seconds; 0: this poll is the first to see one */
    bool drawer_inverted;          /* its cash drawer reports open for closed */
    bool any_speed;                /* SERIAL: the speeds of RS-232 are tried, unless the address gives one */
    char expected_serial[32];      /* "" = any; another one is ERR_WRONG_KKT and no values */
    /* Writes the register's last snapshot into `to`; false when there is none. What it said already is not asked twice
     * before an alarm. NULL: nothing is known. */
    bool (*last)(struct snapshot *to, void *user);
    void *last_user;                    /* alive until the poll is done */
    const struct health_limits *limits; /* beyond which a value alarms; alive until then. NULL: the catalogue's */
    struct trace *trace; /* records the dialogue; alive until the poll is done. NULL: nobody wants to know */
};

/* What is known beside the register's values, as the poll was given it; the ask must outlive it. `host_s`, `built_s`:
 * as struct surroundings has them. */
static inline struct surroundings poll_surroundings(const struct poll_ask *ask, int64_t host_s, int64_t built_s)
{
    return (struct surroundings){.zone = &ask->zone,
                                 .host_s = host_s,
                                 .built_s = built_s,
                                 .host_clock = ask->host_clock,
                                 .queue_known = ask->queue_known,
                                 .queue_age_s = ask->queue_age_s};
}

/* Called once, from the loop, when the port is free again. The snapshot belongs to the caller after it. When the
 * failure is neither ok nor partial, there are no values. */
typedef void poll_done(struct snapshot *snapshot, void *user);

#endif
