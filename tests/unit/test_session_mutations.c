/* Damaged conversations, the same ones at each run: a session always ends, and a byte that the line has changed never
 * becomes a value. */
#include "kkt_answers.h"

static uint32_t random_state;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static struct play_session s;
static struct play p;
static struct snapshot truth;

static void prepare(enum kkt_protocol protocol)
{
    memset(&s, 0, sizeof s);
    memset(&p, 0, sizeof p);
    p.protocol = protocol;
    p.answers = protocol == KKT_PROTOCOL_3 ? answers_3 : answers_5;
    p.otherwise = protocol == KKT_PROTOCOL_3 ? ABSENT_3 : ABSENT_5;
    s.ask.deadline_ms = 15000;
    play_want_all(&s.ask.wanted);
}

static void read_truth(enum kkt_protocol protocol)
{
    prepare(protocol);
    play_start(&s);
    play_run(&s, &p, NULL, NULL);
    truth = s.out;
    play_end(&s);
}

static void assert_no_other_value(void)
{
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        if (!snapshot_has(&s.out, m))
            continue;
        assert_true(snapshot_has(&truth, m));
        if (metric_row(m)->type == METRIC_TEXT)
            assert_string_equal(snapshot_text(&s.out, m), snapshot_text(&truth, m));
        else
            assert_int_equal(snapshot_int(&s.out, m), snapshot_int(&truth, m));
    }
}

/* Changes one byte of one reply in about eight. */
static void change_a_byte(struct bytes *reply, void *user)
{
    (void)user;
    if (reply->count > 0 && next_random() % 8 == 0)
        reply->at[next_random() % reply->count] ^= (uint8_t)(1 + next_random() % 255);
}

/* Cuts, doubles, swaps and fills with anything. */
static void change_anything(struct bytes *reply, void *user)
{
    (void)user;
    for (unsigned n = next_random() % 4; n > 0 && reply->count > 0; n--) {
        size_t at = next_random() % reply->count;
        switch (next_random() % 4) {
        case 0:
            reply->count = at;
            break;
        case 1:
            reply->at[at] = (uint8_t)next_random();
            break;
        case 2:
            memmove(reply->at, reply->at + at, reply->count - at);
            reply->count -= at;
            break;
        default:
            if (reply->count * 2 < sizeof reply->at) {
                memcpy(reply->at + reply->count, reply->at, reply->count);
                reply->count *= 2;
            }
            break;
        }
    }
}

static void play_damaged(enum kkt_protocol protocol, unsigned rounds, bool compare,
                         void (*mangle)(struct bytes *reply, void *user))
{
    read_truth(protocol);
    random_state = 2463534242U;
    for (unsigned i = 0; i < rounds; i++) {
        prepare(protocol);
        play_start(&s);
        play_run(&s, &p, mangle, NULL);
        if (compare)
            assert_no_other_value();
        else
            assert_true(s.out.failure.code < ERR_COUNT);
        assert_true(failure_state(&s.out.failure) == STATE_OK || failure_state(&s.out.failure) == STATE_PARTIAL ||
                    metric_set_empty(&s.out.present));
        play_end(&s);
    }
}

static void a_changed_byte_never_becomes_a_value_at_protocol_3(void **state)
{
    (void)state;
    play_damaged(KKT_PROTOCOL_3, 400, true, change_a_byte);
}

static void a_changed_byte_never_becomes_a_value_at_platform_5(void **state)
{
    (void)state;
    play_damaged(KKT_PROTOCOL_5, 400, true, change_a_byte);
}

static void every_damaged_conversation_ends(void **state)
{
    (void)state;
    play_damaged(KKT_PROTOCOL_3, 400, false, change_anything);
    play_damaged(KKT_PROTOCOL_5, 400, false, change_anything);
}

static void random_bytes_are_never_values(void **state)
{
    (void)state;
    random_state = 88172645U;
    for (unsigned round = 0; round < 2000; round++) {
        prepare(round % 2 ? KKT_PROTOCOL_3 : KKT_PROTOCOL_5);
        s.ask.protocol = (enum kkt_protocol)(round % 3 == 0 ? KKT_PROTOCOL_UNKNOWN : p.protocol);
        play_start(&s);
        for (uint64_t now = 0; s.next != KKT_NEXT_DONE; now += 500) {
            uint8_t bytes[64], out[1024];
            (void)kkt_session_output(s.session, out, sizeof out);
            for (size_t i = 0; i < sizeof bytes; i++)
                bytes[i] = (uint8_t)(next_random() % 5 ? next_random() : i % 2 ? 0xFE : 0x24);
            s.next = kkt_session_input(s.session, bytes, sizeof bytes, now);
            if (s.next == KKT_NEXT_RECONNECT)
                s.next = kkt_session_link_opened(s.session, now);
        }
        assert_true(metric_set_empty(&s.out.present));
        play_end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_byte_never_becomes_a_value_at_protocol_3),
        cmocka_unit_test(a_changed_byte_never_becomes_a_value_at_platform_5),
        cmocka_unit_test(every_damaged_conversation_ends),
        cmocka_unit_test(random_bytes_are_never_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
