/* libFuzzer over a whole poll: the first byte chooses the protocol that is known, the rest is what the register says,
 * in portions of a length that each portion's first byte tells; time passes between them. Whatever comes, the session
 * ends by its deadline, writes only frames of its own, and keeps no value after a failure.
 *
 * Built with -Dfuzz=true and clang; `./run.sh fuzz` runs it. */
#include "kkt/session.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void drain(struct kkt_session *session)
{
    uint8_t out[64];
    while (kkt_session_output(session, out, sizeof out) > 0)
        ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum kkt_protocol protocols[] = {KKT_PROTOCOL_UNKNOWN, KKT_PROTOCOL_3, KKT_PROTOCOL_5};
    static struct snapshot snapshot;
    if (size < 1)
        return 0;
    struct kkt_session *session = malloc(kkt_session_size());
    require(session != NULL);
    struct kkt_ask ask = {.protocol = protocols[data[0] % 3], .deadline_ms = 15000};
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        metric_set_add(&ask.wanted, (enum metric)m);
    snapshot_clear(&snapshot);
    kkt_session_start(session, &ask, &snapshot, 0);
    enum kkt_next next = KKT_NEXT_WAIT;
    uint64_t now = 0;
    for (size_t at = 1; at < size && next != KKT_NEXT_DONE;) {
        size_t portion = data[at++];
        if (portion > size - at)
            portion = size - at;
        drain(session);
        if (portion == 0)
            next = kkt_session_link_lost(session, now);
        else
            next = kkt_session_input(session, data + at, portion, now);
        if (next == KKT_NEXT_RECONNECT)
            next = kkt_session_link_opened(session, now);
        at += portion;
        now += 10;
    }
    for (unsigned ticks = 0; next != KKT_NEXT_DONE; ticks++) {
        require(ticks < 10000);
        drain(session);
        uint64_t wake = kkt_session_wake_at(session);
        require(wake <= ask.deadline_ms);
        now = wake > now ? wake : now;
        next = kkt_session_tick(session, now);
    }
    enum poll_state state = failure_state(&snapshot.failure);
    require(state == STATE_OK || state == STATE_PARTIAL || metric_set_empty(&snapshot.present));
    free(session);
    return 0;
}
