/* One poll of one register, spoken natively, without any I/O: bytes and time go in, bytes to write and the time to
 * wake up come out, the values land in a snapshot. The same code serves `get`, `serve`, the fuzzers and recorded
 * captures. Fixed size, no allocation, no clock: `now_ms` is any monotonic clock of the caller.
 *
 * Life: start → (output / input / tick / link_lost)* → KKT_NEXT_DONE. A session can send only the requests of the
 * read-only tables kkt/atol3/requests.c and kkt/atol5/requests.c. */
#ifndef KKT_SESSION_H
#define KKT_SESSION_H

#include "kkt/ask.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
