/* What was read is kept: requests that stay without an answer cost their own values, wherever they stand. */
#include "kkt_poll.h"

static bool silent_twice(struct play *p, const uint8_t *task, size_t count)
{
    (void)p;
    return !(count == 4 && task[0] == 0x91 && (task[1] == 0x43 || task[1] == 0x39));
}

static void two_silent_requests_in_a_row_cost_only_their_values(void **state)
{
    (void)state;
    poll_partly(&three, silent_twice);
    assert_string_equal(s.out.failure.detail, "91 39: no answer; 91 43: no answer");
    assert_int_equal(s.now, 9000);
    assert_true(snapshot_has(&s.out, METRIC_device_serial));
}

static bool silent_on_the_system_channel(struct play *p, const uint8_t *task, size_t count)
{
    (void)task;
    (void)count;
    return p->five.header.destination != ATOL5_SYSTEM;
}

static void a_silent_channel_is_left_and_the_other_goes_on(void **state)
{
    (void)state;
    metric_set_add_rate(&s.ask.wanted, RATE_SLOW);
    s.ask.deadline_ms = 30000;
    poll_partly(&five, silent_on_the_system_channel);
    assert_string_equal(s.out.failure.detail,
                        ")C: no answer; (A: no answer; \"13: no answer; \"15: not asked, for its channel is silent; "
                        "\"17: not asked, for its channel is silent");
    assert_int_equal(s.now, 12000);
    assert_true(snapshot_has(&s.out, METRIC_registration_number));
    assert_false(snapshot_has(&s.out, METRIC_ofd_host));
}

static bool all_silent_from_the_system_channel_on(struct play *p, const uint8_t *task, size_t count)
{
    static bool silent;
    (void)task;
    (void)count;
    silent = p->tasks > 1 && (silent || p->five.header.destination == ATOL5_SYSTEM);
    return !silent;
}

static void a_register_that_dies_at_the_other_channel_is_not_asked_for_ever(void **state)
{
    (void)state;
    metric_set_add_rate(&s.ask.wanted, RATE_SLOW);
    s.ask.deadline_ms = 60000;
    poll_partly(&five, all_silent_from_the_system_channel_on);
    assert_int_equal(s.now, 15000);
    assert_true(snapshot_has(&s.out, METRIC_device_serial));
}

/* The link closes at each task that `closes` names, and can be opened again as long as `opens` says. */
static unsigned closed;
static const char *closes;
static unsigned opens;

static bool close_at(struct play *p, const uint8_t *task, size_t count)
{
    struct bytes want = hex(closes);
    bool each = want.count == 0 && p->tasks % 2 == 0; /* every other one */
    bool here = each || (want.count > 0 && want.count <= count && memcmp(task, want.at, want.count) == 0);
    closed += here;
    return !here;
}

static void run_closing(struct play *p)
{
    unsigned seen = 0;
    for (unsigned turns = 0; s.next != KKT_NEXT_DONE; turns++) {
        assert_true(turns < 10000);
        bool wrote = play_turn(&s, p, NULL, NULL);
        if (closed > seen && s.next != KKT_NEXT_DONE) {
            seen = closed;
            s.next = kkt_session_link_lost(s.session, s.now);
        }
        while (s.next == KKT_NEXT_RECONNECT) {
            s.now += 100;
            bool up = opens > 0;
            opens -= up;
            s.next = up ? kkt_session_link_opened(s.session, s.now) : kkt_session_link_lost(s.session, s.now);
        }
        if (!wrote && s.next == KKT_NEXT_WAIT) {
            s.now = kkt_session_wake_at(s.session) > s.now ? kkt_session_wake_at(s.session) : s.now;
            s.next = kkt_session_tick(s.session, s.now);
        }
    }
}

static void begin_closing(struct play *p, const char *at, unsigned links)
{
    closes = at;
    closed = 0;
    opens = links;
    want_quick();
    p->forgets = true;
    p->on_task = close_at;
    play_start(&s);
    run_closing(p);
}

static void a_request_at_which_the_link_is_closed_twice_costs_only_its_values(void **state)
{
    (void)state;
    begin_closing(&five, "30 35", 100); /* 05 */
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
    assert_string_equal(s.out.failure.detail, "05: the register closes the connection");
    assert_false(snapshot_has(&s.out, METRIC_ofd_network_error));
    assert_true(snapshot_has(&s.out, METRIC_shift_number));
    assert_true(snapshot_has(&s.out, METRIC_device_serial));
}

/* Nothing comes any more: the line is gone, and what came before it may be old. */
static void a_line_over_which_nothing_comes_any_more_leaves_no_values(void **state)
{
    (void)state;
    begin_closing(&three, "91", 100);
    assert_int_equal(s.out.failure.code, ERR_CONNECTION_LOST);
    assert_true(metric_set_empty(&s.out.present));
    assert_int_equal(closed, 6);
}

/* A register that answers one request a connection, and closes it at the next. */
static void a_register_that_closes_each_link_after_an_answer_ends_the_poll_with_what_it_told(void **state)
{
    (void)state;
    begin_closing(&five, "", 100);
    assert_int_equal(s.out.failure.code, ERR_PARTIAL);
    assert_non_null(strstr(s.out.failure.detail, "the register closes the connection; not asked: "));
    assert_true(snapshot_has(&s.out, METRIC_device_firmware));
    assert_false(snapshot_has(&s.out, METRIC_device_serial));
    assert_int_equal(closed, 8);
}

static void a_link_that_cannot_be_opened_again_leaves_no_values(void **state)
{
    (void)state;
    begin_closing(&three, "91", 0);
    assert_int_equal(s.out.failure.code, ERR_CONNECTION_LOST);
    assert_true(metric_set_empty(&s.out.present));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(two_silent_requests_in_a_row_cost_only_their_values),
        TEST(a_silent_channel_is_left_and_the_other_goes_on),
        TEST(a_register_that_dies_at_the_other_channel_is_not_asked_for_ever),
        TEST(a_request_at_which_the_link_is_closed_twice_costs_only_its_values),
        TEST(a_line_over_which_nothing_comes_any_more_leaves_no_values),
        TEST(a_register_that_closes_each_link_after_an_answer_ends_the_poll_with_what_it_told),
        TEST(a_link_that_cannot_be_opened_again_leaves_no_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
