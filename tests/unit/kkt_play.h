/* A register of a few lines for tests of sessions: tables of tasks and answers, real frames. */
#ifndef TESTS_KKT_PLAY_H
#define TESTS_KKT_PLAY_H

#include "bytes.h"
#include "check.h"
#include "kkt/atol3/frame.h"
#include "kkt/atol5/frame.h"
#include "kkt/session.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* What a register answers to a task: hex of the command (protocol 3) or its text (platform 5). */
struct play_answer {
    const char *task;
    const char *answer;
};

struct play {
    enum kkt_protocol protocol;
    const struct play_answer *answers;
    const char *otherwise; /* answer to any other task */
    /* Called with each task that comes, before it is answered; false: it is not answered. */
    bool (*on_task)(struct play *p, const uint8_t *task, size_t count);
    unsigned tasks;
    struct atol3_decoder three;
    struct atol5_decoder five;
    struct bytes reply;
    uint8_t last_task;       /* platform 5: id of the last task */
    struct bytes last_reply; /* what C3 or 42 brings once more */
    unsigned acks, aborts;
    bool fails;            /* protocol 3: every task is answered A4 */
    bool knows_no_request; /* says nothing to C3 */
    bool forgets;          /* a task that was not answered went with its connection: B3 to C3 */
};

static inline void play_put_3(struct play *p, uint8_t id, const uint8_t *data, size_t count)
{
    size_t n = atol3_frame_encode(id, data, count, p->reply.at + p->reply.count, sizeof p->reply.at - p->reply.count);
    assert_true(n > 0);
    p->reply.count += n;
}

static inline void play_put_5(struct play *p, uint8_t source, const uint8_t *payload, size_t count)
{
    const struct atol5_header header = {0x18, source, 0x01, 0x40};
    size_t n =
        atol5_frame_encode(&header, payload, count, p->reply.at + p->reply.count, sizeof p->reply.at - p->reply.count);
    assert_true(n > 0);
    p->reply.count += n;
}

static inline const char *play_find(const struct play *p, const uint8_t *task, size_t count)
{
    for (const struct play_answer *a = p->answers; a && a->task; a++) {
        struct bytes want = {0};
        if (p->protocol == KKT_PROTOCOL_3) {
            want = hex(a->task);
        } else {
            want.count = strlen(a->task);
            memcpy(want.at, a->task, want.count);
            /* A star stands for any bytes. */
            if (want.at[want.count - 1] == '*') {
                want.count--;
                if (count >= want.count && memcmp(want.at, task, want.count) == 0)
                    return a->answer;
                continue;
            }
        }
        if (want.count == count && memcmp(want.at, task, count) == 0)
            return a->answer;
    }
    return p->otherwise;
}

static inline void play_frame_3(struct play *p)
{
    uint8_t id = p->three.id, done = 0xA3, result = p->fails ? 0xA4 : 0xA3;
    const uint8_t *data = p->three.data;
    if (data[0] == 0xC3) {
        /* No task yet: there is none with that id. Else the last answer once more, or silence when there was none. */
        const uint8_t unknown = 0xB3;
        if (p->knows_no_request)
            return;
        if (p->tasks == 0 || (p->forgets && p->last_reply.count == 0))
            play_put_3(p, id, &unknown, 1);
        else if (p->last_reply.count > 0)
            play_put_3(p, id, p->last_reply.at, p->last_reply.count);
        return;
    }
    if (data[0] != 0xC1) {
        p->acks += data[0] == 0xC2;
        p->aborts += data[0] == 0xC4;
        play_put_3(p, id, &done, 1);
        return;
    }
    p->tasks++;
    p->last_reply.count = 0;
    assert_true(p->three.count > 5);
    if (p->on_task && !p->on_task(p, data + 5, p->three.count - 5))
        return;
    struct bytes answer = hex(play_find(p, data + 5, p->three.count - 5));
    memmove(answer.at + 1, answer.at, answer.count);
    answer.at[0] = result;
    answer.count++;
    p->last_reply = answer;
    play_put_3(p, id, answer.at, answer.count);
}

static inline void play_frame_5(struct play *p)
{
    const uint8_t *payload = p->five.payload;
    uint8_t channel = p->five.header.destination;
    if (channel == ATOL5_ECHO) {
        play_put_5(p, ATOL5_ECHO, payload, p->five.count);
        return;
    }
    assert_true(p->five.count >= 2);
    if (payload[1] == 0x42) {
        play_put_5(p, channel, p->last_reply.at, p->last_reply.count);
        return;
    }
    p->tasks++;
    if (p->on_task && !p->on_task(p, payload + 2, p->five.count - 2))
        return;
    const char *answer = play_find(p, payload + 2, p->five.count - 2);
    p->last_reply.at[0] = payload[0];
    p->last_reply.count = 1 + strlen(answer);
    memcpy(p->last_reply.at + 1, answer, strlen(answer));
    play_put_5(p, channel, p->last_reply.at, p->last_reply.count);
}

/* Bytes from the session reach the register; its reply is in p->reply. */
static inline void play_hear(struct play *p, const uint8_t *bytes, size_t count)
{
    p->reply.count = 0;
    for (size_t i = 0; i < count; i++) {
        if (p->protocol == KKT_PROTOCOL_3 && atol3_decoder_push(&p->three, bytes[i]) == ATOL3_EVENT_FRAME)
            play_frame_3(p);
        if (p->protocol == KKT_PROTOCOL_5 && atol5_decoder_push(&p->five, bytes[i]) == ATOL5_EVENT_FRAME)
            play_frame_5(p);
    }
}

/* A session with its memory. */
struct play_session {
    struct kkt_session *session;
    struct snapshot out;
    struct kkt_ask ask;
    uint64_t now;
    enum kkt_next next;
};

static inline void play_start(struct play_session *s)
{
    s->session = malloc(kkt_session_size());
    assert_non_null(s->session);
    snapshot_clear(&s->out);
    kkt_session_start(s->session, &s->ask, &s->out, s->now);
    s->next = KKT_NEXT_WAIT;
}

/* Passes what the session wants to write to the register and its reply back, `mangle`d; once. False when the session
 * had nothing to write. */
static inline bool play_turn(struct play_session *s, struct play *p, void (*mangle)(struct bytes *reply, void *user),
                             void *user)
{
    uint8_t bytes[1024];
    size_t count = kkt_session_output(s->session, bytes, sizeof bytes);
    if (count == 0)
        return false;
    play_hear(p, bytes, count);
    if (mangle)
        mangle(&p->reply, user);
    if (s->next == KKT_NEXT_WAIT)
        s->next = kkt_session_input(s->session, p->reply.at, p->reply.count, s->now);
    return true;
}

/* Runs to the end; time passes only when nothing else does. */
static inline void play_run(struct play_session *s, struct play *p, void (*mangle)(struct bytes *reply, void *user),
                            void *user)
{
    for (unsigned turns = 0; s->next != KKT_NEXT_DONE; turns++) {
        assert_true(turns < 10000);
        if (play_turn(s, p, mangle, user))
            continue;
        uint64_t wake = kkt_session_wake_at(s->session);
        assert_true(wake <= s->ask.deadline_ms);
        if (wake > s->now)
            s->now = wake;
        s->next = kkt_session_tick(s->session, s->now);
    }
    (void)play_turn(s, p, NULL, NULL);
}

static inline void play_end(struct play_session *s)
{
    free(s->session);
    s->session = NULL;
}

static inline void play_want_all(struct metric_set *wanted)
{
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (metric_row((enum metric)m)->origin == ORIGIN_READ)
            metric_set_add(wanted, (enum metric)m);
}

#endif
