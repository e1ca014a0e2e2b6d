/* Control: the exact bytes of each command, sent once, and what the register's answers mean. */
#include "kkt/control.h"

#include "bytes.h"
#include "check.h"
#include "kkt/atol3/frame.h"
#include "kkt/atol5/frame.h"

#include <string.h>

static struct kkt_control *c;
static struct failure result;
static struct kkt_control_ask ask;
static struct atol3_decoder three;
static struct atol5_decoder five;
static uint8_t last_id;

static int fresh(void **state)
{
    (void)state;
    c = malloc(kkt_control_size());
    assert_non_null(c);
    memset(&ask, 0, sizeof ask);
    memset(&three, 0, sizeof three);
    memset(&five, 0, sizeof five);
    ask.deadline_ms = 10000;
    ask.protocol = KKT_PROTOCOL_3;
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(c);
    return 0;
}

/* The next frame that waits to be written has this content; "" means that nothing waits. */
static void assert_sent(const char *content)
{
    struct bytes want = hex(content);
    uint8_t byte;
    while (kkt_control_output(c, &byte, 1) == 1) {
        bool of_three = ask.protocol == KKT_PROTOCOL_3;
        if (of_three ? atol3_decoder_push(&three, byte) != ATOL3_EVENT_FRAME
                     : atol5_decoder_push(&five, byte) != ATOL5_EVENT_FRAME)
            continue;
        last_id = three.id;
        assert_int_equal(of_three ? three.count : five.count, want.count);
        assert_memory_equal(of_three ? three.data : five.payload, want.at, want.count);
        return;
    }
    assert_int_equal(want.count, 0);
}

/* Nothing of another program is cancelled: only our own ids are acknowledged. */
static void assert_opened(void)
{
    assert_sent("c2 dd");
    assert_sent("c2 de");
    assert_sent("c2 df");
}

static enum kkt_next answer_3(const char *data)
{
    struct bytes b = hex(data);
    uint8_t frame[64];
    size_t n = atol3_frame_encode(last_id, b.at, b.count, frame, sizeof frame);
    return kkt_control_input(c, frame, n, 10);
}

static enum kkt_next answer_5(uint8_t channel, const char *payload)
{
    struct bytes b = hex(payload);
    uint8_t frame[64];
    const struct atol5_header header = {0x18, channel, ATOL5_HOST, 0x40};
    size_t n = atol5_frame_encode(&header, b.at, b.count, frame, sizeof frame);
    return kkt_control_input(c, frame, n, 10);
}

static void start(enum kkt_control_action action)
{
    ask.action = action;
    kkt_control_start(c, &ask, &result, 0);
}

static void reboot_at_protocol_3(void **state)
{
    (void)state;
    ask.password[0] = 0x12;
    start(KKT_CONTROL_REBOOT);
    assert_opened();
    assert_sent("c1 03 dd 12 00 ce 41");
    assert_int_equal(answer_3("a3 55 00 00"), KKT_NEXT_DONE);
    assert_int_equal(result.code, ERR_NONE);
    assert_sent("c2 dd");
}

static void beep_at_protocol_3(void **state)
{
    (void)state;
    start(KKT_CONTROL_BEEP);
    assert_opened();
    assert_sent("c1 03 dd 00 00 47");
    assert_int_equal(answer_3("a1"), KKT_NEXT_WAIT);
    last_id = ATOL3_ID_PUSHED;
    assert_int_equal(answer_3("a6 dd 55 00"), KKT_NEXT_DONE);
    assert_int_equal(result.code, ERR_NONE);
}

static void the_clock_at_protocol_3(void **state)
{
    (void)state;
    ask.clock = (struct civil){2026, 11, 22, 12, 34, 56};
    start(KKT_CONTROL_SET_CLOCK);
    assert_opened();
    assert_sent("c1 03 dd 00 00 ed 22 11 26 12 34 56");
    assert_int_equal(answer_3("a4 55 9c 00"), KKT_NEXT_DONE);
    assert_int_equal(result.code, ERR_CONTROL_REFUSED);
    assert_string_equal(result.detail, "set-clock (ED): 9C not possible while the shift is open");
}

static void a_time_that_is_none_is_refused_before_anything_is_sent(void **state)
{
    (void)state;
    ask.clock = (struct civil){2026, 22, 22, 12, 34, 56};
    start(KKT_CONTROL_SET_CLOCK);
    assert_int_equal(kkt_control_tick(c, 0), KKT_NEXT_DONE);
    assert_int_equal(result.code, ERR_CONTROL_REFUSED);
    assert_sent("");
}

static void codes_have_their_meaning(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        enum error_code code;
    } rows[] = {
        {"a3 55 8c 00", ERR_PASSWORD       },
        {"a3 55 76 00", ERR_KKT_BUSY       },
        {"a3 55 66 00", ERR_CONTROL_REFUSED},
        {"a3 44 00 00", ERR_BAD_ANSWER     },
        {"b1",          ERR_KKT_BUSY       }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start(KKT_CONTROL_BEEP);
        assert_opened();
        assert_sent("c1 03 dd 00 00 47");
        assert_int_equal(answer_3(rows[i].answer), KKT_NEXT_DONE);
        assert_int_equal(result.code, rows[i].code);
    }
}

static void the_command_is_sent_once_and_its_answer_asked_for(void **state)
{
    (void)state;
    start(KKT_CONTROL_REBOOT);
    assert_opened();
    assert_sent("c1 03 dd 00 00 ce 41");
    uint64_t now = 0;
    for (unsigned i = 0; i < 3; i++) {
        now = kkt_control_wake_at(c);
        assert_int_equal(kkt_control_tick(c, now), KKT_NEXT_WAIT);
        assert_sent("c3 dd");
    }
    assert_int_equal(kkt_control_tick(c, kkt_control_wake_at(c)), KKT_NEXT_DONE);
    assert_int_equal(result.code, ERR_NO_ANSWER);
    assert_string_equal(result.detail, "reboot (CE 41): it is not known whether it was done");
}

static void a_lost_link_leaves_it_open(void **state)
{
    (void)state;
    start(KKT_CONTROL_REBOOT);
    assert_int_equal(kkt_control_link_lost(c, 5), KKT_NEXT_DONE);
    assert_int_equal(result.code, ERR_CONNECTION_LOST);
}

static void reboot_at_platform_5(void **state)
{
    (void)state;
    ask.protocol = KKT_PROTOCOL_5;
    start(KKT_CONTROL_REBOOT);
    assert_sent("00 40 2b 21");
    assert_int_equal(five.header.destination, ATOL5_SYSTEM);
    assert_int_equal(answer_5(ATOL5_FISCAL, "00 30 30"), KKT_NEXT_WAIT);
    assert_int_equal(answer_5(ATOL5_SYSTEM, "01 30 30"), KKT_NEXT_WAIT);
    assert_int_equal(answer_5(ATOL5_SYSTEM, "00 30 30"), KKT_NEXT_DONE);
    assert_int_equal(result.code, ERR_NONE);
}

static void beep_at_platform_5(void **state)
{
    (void)state;
    ask.protocol = KKT_PROTOCOL_5;
    start(KKT_CONTROL_BEEP);
    assert_sent("00 40 71 33 34 34 30 3b 31 30 30 3b");
    assert_int_equal(five.header.destination, ATOL5_FISCAL);
    assert_int_equal(kkt_control_tick(c, 2000), KKT_NEXT_WAIT);
    assert_sent("01 42");
    assert_int_equal(answer_5(ATOL5_FISCAL, "00 31 61"), KKT_NEXT_DONE);
    assert_int_equal(result.code, ERR_CONTROL_REFUSED);
    assert_string_equal(result.detail, "beep (q3): not possible in this mode");
    assert_string_equal(result.detail_ru, "beep (q3): в этом режиме невозможно");
}

static void the_clock_at_platform_5(void **state)
{
    (void)state;
    ask.protocol = KKT_PROTOCOL_5;
    ask.clock = (struct civil){2026, 11, 2, 3, 4, 56};
    start(KKT_CONTROL_SET_CLOCK);
    assert_sent("00 40 41 32 30 32 31 31 32 36 30 33 30 34 35 36 3b"); /* A2 021126030456; */
    assert_int_equal(five.header.destination, ATOL5_FISCAL);
    assert_int_equal(answer_5(ATOL5_FISCAL, "00 37 61"), KKT_NEXT_DONE);
    assert_int_equal(result.code, ERR_CONTROL_REFUSED);
    assert_string_equal(result.detail, "set-clock (A2): the shift is open");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, end)

/* B2: the id is another program's. Its task is not ours to acknowledge, and the command is not sent again. */
static void a_task_that_is_another_programs_stays_its_own(void **state)
{
    (void)state;
    start(KKT_CONTROL_BEEP);
    assert_opened();
    assert_sent("c1 03 dd 00 00 47");
    assert_int_equal(answer_3("b2"), KKT_NEXT_DONE);
    assert_int_not_equal(result.code, ERR_NONE);
    assert_sent("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_task_that_is_another_programs_stays_its_own, fresh, end),
        TEST(reboot_at_protocol_3),
        TEST(beep_at_protocol_3),
        TEST(the_clock_at_protocol_3),
        TEST(a_time_that_is_none_is_refused_before_anything_is_sent),
        TEST(codes_have_their_meaning),
        TEST(the_command_is_sent_once_and_its_answer_asked_for),
        TEST(a_lost_link_leaves_it_open),
        TEST(reboot_at_platform_5),
        TEST(beep_at_platform_5),
        TEST(the_clock_at_platform_5),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
