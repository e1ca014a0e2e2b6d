/* How long a state has lasted, how long a register was not read, how often in a row it told the same; how
 * long a document has been open in the fiscal storage. */
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
    struct document last = {.state = STATE_UNREACHABLE, .snapshot = &snapshot};
    last.history = (struct document_history){true, 500, 700, 4};
    snapshot_clear(&snapshot);
    history = (struct history){0};
    history_restore(&history, &last, NULL, 30, 10); /* the computer has been up for ten seconds only */
    EXPECT(poll(STATE_UNREACHABLE, 1, 20), 540, 740, 5);
    EXPECT(poll(STATE_OK, 1, 80), 0, 0, 1);
}

static void the_time_for_which_the_shop_is_closed_does_not_count(void **state)
{
    (void)state;
    history = (struct history){0};
    history_look(&history, false, 100);
    EXPECT(poll(STATE_OK, 1, 100), 0, 0, 1);
    history_look(&history, false, 160);
    EXPECT(poll(STATE_UNREACHABLE, 1, 160), 0, 60, 1);
    history_look(&history, true, 200);
    history_look(&history, true, 500);
    assert_int_equal(history_unread_s(&history, 500), 100);
    history_look(&history, false, 40000);
    EXPECT(poll(STATE_UNREACHABLE, 1, 40000), 40, 100, 2);
    history_look(&history, false, 40060);
    EXPECT(poll(STATE_UNREACHABLE, 1, 40060), 100, 160, 3);
}

static void a_poll_of_a_closed_shop_that_was_read_is_not_in_the_future(void **state)
{
    (void)state;
    history = (struct history){0};
    history_look(&history, true, 100);
    EXPECT(poll(STATE_OK, 1, 390), 0, 0, 1);
    history_look(&history, false, 400);
    EXPECT(poll(STATE_UNREACHABLE, 1, 410), 0, 10, 1);
}

static void the_count_is_bounded(void **state)
{
    (void)state;
    history = (struct history){0};
    for (int i = 0; i < 1000; i++)
        (void)poll(STATE_OK, 1, i);
    assert_int_equal(poll(STATE_OK, 1, 1000).confirmed, HISTORY_SAME_MAX);
}

static struct open_document open;

static int64_t wall_s = 1000; /* the host's clock, which has no say */

/* A poll that found the document `kind` open after document `before`; returns its age, -1: not told. */
static int64_t document_poll(int64_t at_s, int kind, int before)
{
    snapshot_clear(&snapshot);
    snapshot.polled_ms = wall_s * 1000;
    if (kind >= 0)
        snapshot_set_int(&snapshot, METRIC_fn_open_document, kind);
    if (kind == 0)
        snapshot_set_int(&snapshot, METRIC_fn_open_document_age_s, 0); /* as derive does */
    if (before >= 0)
        snapshot_set_int(&snapshot, METRIC_fn_last_document, before);
    open_document_note(&open, &snapshot, (int32_t)at_s);
    return snapshot_has(&snapshot, METRIC_fn_open_document_age_s)
               ? snapshot_int(&snapshot, METRIC_fn_open_document_age_s)
               : -1;
}

static void one_that_stays_grows_old(void **state)
{
    (void)state;
    open = (struct open_document){0};
    assert_int_equal(document_poll(1000, 0, 7), 0);
    assert_int_equal(document_poll(1300, 4, 7), 0);
    assert_int_equal(document_poll(1600, 4, 7), 300);
    assert_int_equal(document_poll(5000, 4, 7), 3700);
    assert_int_equal(document_poll(5300, 0, 8), 0);
    assert_int_equal(document_poll(5600, 4, 8), 0);
}

/* A till in trade, whose polls all happen to meet a receipt. */
static void the_next_receipt_is_another_document(void **state)
{
    (void)state;
    open = (struct open_document){0};
    assert_int_equal(document_poll(1000, 4, 7), 0);
    assert_int_equal(document_poll(1300, 4, 9), 0);
    assert_int_equal(document_poll(1600, 4, 9), 300);
}

static void a_poll_that_tells_nothing_changes_nothing(void **state)
{
    (void)state;
    open = (struct open_document){0};
    assert_int_equal(document_poll(1000, 4, 7), 0);
    assert_int_equal(document_poll(1300, -1, -1), -1);
    assert_int_equal(document_poll(1600, 4, 7), 600);
}

static void a_clock_that_is_set_changes_nothing(void **state)
{
    (void)state;
    open = (struct open_document){0};
    wall_s = 946684800; /* 2000-01-01: a computer whose battery is empty */
    assert_int_equal(document_poll(1000, 4, 7), 0);
    wall_s = 1795785952;
    assert_int_equal(document_poll(1300, 4, 7), 300);
    wall_s = 946684800;
    assert_int_equal(document_poll(1600, 4, 7), 600);
}

static void an_earlier_life_is_gone_on_from(void **state)
{
    (void)state;
    static struct snapshot kept;
    struct document last = {.state = STATE_OK, .snapshot = &kept, .age_s = 400};
    open = (struct open_document){0};
    assert_int_equal(document_poll(1000, 4, 7), 0);
    assert_int_equal(document_poll(1600, 4, 7), 600);
    kept = snapshot;
    open = (struct open_document){0};
    open_document_restore(&open, &last, 5); /* the computer was started anew */
    assert_int_equal(document_poll(5, 4, 7), 1000);
    assert_int_equal(document_poll(305, 0, 8), 0);
    kept = snapshot;
    open_document_restore(&open, &last, 600);
    assert_int_equal(document_poll(600, 4, 8), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_lasts_until_another_one),
        cmocka_unit_test(who_was_never_read_is_unread_since_the_first_poll),
        cmocka_unit_test(another_reason_must_be_confirmed_anew),
        cmocka_unit_test(a_restart_forgets_nothing),
        cmocka_unit_test(the_time_for_which_the_shop_is_closed_does_not_count),
        cmocka_unit_test(a_poll_of_a_closed_shop_that_was_read_is_not_in_the_future),
        cmocka_unit_test(the_count_is_bounded),
        cmocka_unit_test(one_that_stays_grows_old),
        cmocka_unit_test(the_next_receipt_is_another_document),
        cmocka_unit_test(a_poll_that_tells_nothing_changes_nothing),
        cmocka_unit_test(a_clock_that_is_set_changes_nothing),
        cmocka_unit_test(an_earlier_life_is_gone_on_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
