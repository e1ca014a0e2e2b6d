/* How long a state has lasted, how long a register was not read, how often in a row it told the same. */
#include "serve/fleet/history.h"

#include "check.h"

static struct snapshot snapshot;
static struct history history;

/* The next poll. */
static struct document_history poll(enum poll_state state, int paper, int32_t now_s)
{
    struct document d = {.state = state, .snapshot = &snapshot};
    snapshot_clear(&snapshot);
    if (poll_state_was_read(state))
        snapshot_set_bool(&snapshot, METRIC_printer_paper_present, paper);
    history_next(&history, &d, NULL, now_s);
    return d.history;
}

#define EXPECT(h, state_s, unread_s, times)                                                                            \
    do {                                                                                                               \
        struct document_history got = (h);                                                                             \
        assert_true(got.known);                                                                                        \
        assert_int_equal(got.state_for_s, state_s);                                                                    \
        assert_int_equal(got.unread_for_s, unread_s);                                                                  \
        assert_int_equal(got.confirmed, times);                                                                        \
    } while (0)

static void a_state_lasts_until_another_one(void **state)
{
    (void)state;
    history = (struct history){0};
    EXPECT(poll(STATE_OK, 1, 100), 0, 0, 1);
    EXPECT(poll(STATE_OK, 1, 160), 60, 0, 2);
    EXPECT(poll(STATE_UNREACHABLE, 1, 220), 0, 60, 1);
    EXPECT(poll(STATE_BUSY, 1, 280), 0, 120, 1);
    EXPECT(poll(STATE_BUSY, 1, 340), 60, 180, 2);
    EXPECT(poll(STATE_PARTIAL, 1, 400), 0, 0, 1);
    EXPECT(poll(STATE_OK, 1, 460), 0, 0, 1);
}

static void who_was_never_read_is_unread_since_the_first_poll(void **state)
{
    (void)state;
    history = (struct history){0};
    EXPECT(poll(STATE_UNREACHABLE, 1, 1000), 0, 0, 1);
    EXPECT(poll(STATE_UNREACHABLE, 1, 1900), 900, 900, 2);
}

static void another_reason_must_be_confirmed_anew(void **state)
{
    (void)state;
    history = (struct history){0};
    EXPECT(poll(STATE_OK, 1, 100), 0, 0, 1);
    EXPECT(poll(STATE_OK, 1, 160), 60, 0, 2);
    EXPECT(poll(STATE_OK, 0, 220), 120, 0, 1);
    EXPECT(poll(STATE_OK, 0, 280), 180, 0, 2);
    EXPECT(poll(STATE_OK, 1, 340), 240, 0, 1);
}

static void a_restart_forgets_nothing(void **state)
{
    (void)state;
    struct document last = {.state = STATE_UNREACHABLE, .snapshot = &snapshot, .age_s = 30};
    last.history = (struct document_history){true, 500, 700, 4};
    snapshot_clear(&snapshot);
    history = (struct history){0};
    history_restore(&history, &last, NULL, 10); /* the computer has been up for ten seconds only */
    EXPECT(poll(STATE_UNREACHABLE, 1, 20), 540, 740, 5);
    EXPECT(poll(STATE_OK, 1, 80), 0, 0, 1);
}

static void the_count_is_bounded(void **state)
{
    (void)state;
    history = (struct history){0};
    for (int i = 0; i < 1000; i++)
        (void)poll(STATE_OK, 1, i);
    assert_int_equal(poll(STATE_OK, 1, 1000).confirmed, HISTORY_SAME_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_lasts_until_another_one),
        cmocka_unit_test(who_was_never_read_is_unread_since_the_first_poll),
        cmocka_unit_test(another_reason_must_be_confirmed_anew),
        cmocka_unit_test(a_restart_forgets_nothing),
        cmocka_unit_test(the_count_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
