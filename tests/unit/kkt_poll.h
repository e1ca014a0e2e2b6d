/* Whole polls: for the tests of sessions. */
#ifndef TESTS_UNIT_KKT_POLL_H
#define TESTS_UNIT_KKT_POLL_H

#include "kkt_answers.h"

/* A poll and a register of each protocol that answers everything; fresh and end stand around each test. */
static struct play_session s;
static struct play three, five;

static inline int fresh(void **state)
{
    (void)state;
    memset(&s, 0, sizeof s);
    memset(&three, 0, sizeof three);
    memset(&five, 0, sizeof five);
    three.protocol = KKT_PROTOCOL_3;
    three.answers = answers_3;
    three.otherwise = ABSENT_3;
    five.protocol = KKT_PROTOCOL_5;
    five.answers = answers_5;
    five.otherwise = ABSENT_5;
    s.ask.deadline_ms = 15000;
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    play_end(&s);
    return 0;
}

static inline void want_quick(void)
{
    metric_set_add_rate(&s.ask.wanted, RATE_QUICK);
}

/* A quick poll of a register that leaves the tasks for which `answers` says so without one, and so is partial. */
static inline void poll_partly(struct play *p, bool (*answers)(struct play *p, const uint8_t *task, size_t count))
{
    want_quick();
    p->on_task = answers;
    play_start(&s);
    play_run(&s, p, NULL, NULL);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
}

#endif
