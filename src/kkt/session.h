/* One poll of one register, spoken natively, without any I/O: bytes and time go in, bytes to write and the time to
 * wake up come out, the values land in a snapshot. The same code serves `get`, `serve`, the fuzzers and recorded
 * captures. Fixed size, no allocation, no clock: `now_ms` is any monotonic clock of the caller.
 *
 * Life: start → (take_output / input / tick / link_lost)* → KKT_NEXT_DONE. A session can send only the requests of the
 * read-only tables kkt/atol3/requests.c and kkt/atol5/requests.c. */
#ifndef KKT_SESSION_H
#define KKT_SESSION_H

#include "metric/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which values of `seen`, all that a poll would tell, are to be asked once more before they are told: they would alarm
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

/* What the caller must do after it has written the output. */
enum kkt_next {
    KKT_NEXT_WAIT,      /* wait for bytes, or until wake_at and call tick */
    KKT_NEXT_RECONNECT, /* close the link, open it again, then call link_opened */
    KKT_NEXT_DONE,      /* write the output, close the link: the snapshot is complete */
};

struct kkt_session;

/* Bytes of a session, for the caller's allocation, and its alignment is that of max_align_t. */
size_t kkt_session_size(void);

/* Begins; `out` must be cleared and stay alive. Sets out->protocol, requests, retries, unsupported, failure and the
 * values; the caller sets the rest. */
void kkt_session_start(struct kkt_session *s, const struct kkt_ask *ask, struct snapshot *out, uint64_t now_ms);

/* Bytes that wait to be written; copies at most cap of them to buf and returns how many. Call until it gives 0. */
size_t kkt_session_output(struct kkt_session *s, uint8_t *buf, size_t cap);

/* Bytes from the register, as they come. */
enum kkt_next kkt_session_input(struct kkt_session *s, const uint8_t *bytes, size_t count, uint64_t now_ms);

/* Time has come (or it may have). */
enum kkt_next kkt_session_tick(struct kkt_session *s, uint64_t now_ms);

/* The link went down by itself (the register closed it). */
enum kkt_next kkt_session_link_lost(struct kkt_session *s, uint64_t now_ms);

/* The link is up again after KKT_NEXT_RECONNECT. */
enum kkt_next kkt_session_link_opened(struct kkt_session *s, uint64_t now_ms);

/* When to call tick at the latest, on the caller's clock. */
uint64_t kkt_session_wake_at(const struct kkt_session *s);

/* Where a READ metric comes from at that protocol, for the documents: "A4 20 [4..5] LE16", "05 [1]"; written to buf,
 * with " / " between two sources of one value.
 * False when the protocol has no such value. */
bool kkt_metric_source(enum kkt_protocol protocol, enum metric m, char *buf, size_t cap);

/* The requests a poll may send, one after another for documents and tests: name ("A4 20 OFD exchange"), the exact bytes
 * of the task (command and parameters without password, ids and framing), and its rate. Left out of the bytes are
 * arguments that are values of earlier answers: at platform 5 the registration's number and the tag behind `4D`, the
 * register's clock behind `4;`; at protocol 3 the last byte of E9 counts blocks. False after the last. */
struct kkt_request_info {
    const char *name;
    const uint8_t *bytes;
    size_t count;
    enum metric_rate rate;
};
bool kkt_request_list(enum kkt_protocol protocol, unsigned index, struct kkt_request_info *info);

#endif
