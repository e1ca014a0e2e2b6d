/* Polling cannot change a register: the tables hold only requests of the read-only list, a poll sends only what stands
 * in the tables, and nothing that control may send is among them. */
#include "kkt/control.h"
#include "kkt/language.h"

#include "kkt_answers.h"

/* Commands that only read (protocol-3.md §4, protocol-5.md §5): all that may ever stand in the request tables. */
static const char *const readers_3[] = {"A5",    "3F",    "45",    "91", "A4 20", "A4 30",
                                        "A4 33", "46 13", "46 02", "E9", "9D"};
static const char *const readers_5[] = {"22",  "A1", "01",      "q1",  "02",  "11",  "17",  "05", "21",
                                        "31",  "32", "33",      "34",  "40;", "4 ;", "43;", "4;", "4=;",
                                        "4:;", "4D", "Q21002;", "\"1", ")C",  "(A",  "14",  "r1"};

static bool begins(const uint8_t *bytes, size_t count, const uint8_t *with, size_t with_count)
{
    return count >= with_count && memcmp(bytes, with, with_count) == 0;
}

static bool reads(enum kkt_protocol protocol, const uint8_t *bytes, size_t count)
{
    if (protocol == KKT_PROTOCOL_3) {
        for (size_t i = 0; i < sizeof readers_3 / sizeof readers_3[0]; i++) {
            struct bytes with = hex(readers_3[i]);
            if (begins(bytes, count, with.at, with.count))
                return true;
        }
        return false;
    }
    for (size_t i = 0; i < sizeof readers_5 / sizeof readers_5[0]; i++)
        if (begins(bytes, count, (const uint8_t *)readers_5[i], strlen(readers_5[i])))
            return true;
    return false;
}

static void the_tables_hold_only_reading_requests(void **state)
{
    (void)state;
    static const enum kkt_protocol protocols[] = {KKT_PROTOCOL_3, KKT_PROTOCOL_5};
    for (unsigned p = 0; p < 2; p++) {
        struct kkt_request_info info;
        unsigned count = 0;
        for (; kkt_request_list(protocols[p], count, &info); count++)
            if (!reads(protocols[p], info.bytes, info.count))
                fail_msg("%s is not on the read-only list", info.name);
        assert_true(count > 40);
    }
}

static void nothing_of_control_is_in_the_tables(void **state)
{
    (void)state;
    static const enum kkt_protocol protocols[] = {KKT_PROTOCOL_3, KKT_PROTOCOL_5};
    for (unsigned p = 0; p < 2; p++) {
        const uint8_t *bytes;
        size_t n;
        unsigned commands = 0;
        for (; kkt_control_list(protocols[p], commands, &bytes, &n); commands++) {
            struct kkt_request_info info;
            assert_false(reads(protocols[p], bytes, n));
            for (unsigned i = 0; kkt_request_list(protocols[p], i, &info); i++)
                assert_false(begins(info.bytes, info.count, bytes, n));
        }
        assert_true(commands >= 2);
    }
}

/* Is the task one of the table, with nothing but known arguments behind it? */
static bool on_the_list(enum kkt_protocol protocol, const uint8_t *task, size_t count)
{
    struct kkt_request_info info;
    for (unsigned i = 0; kkt_request_list(protocol, i, &info); i++) {
        bool tag_3 = protocol == KKT_PROTOCOL_3 && info.bytes[0] == 0xE9;
        bool arguments = protocol == KKT_PROTOCOL_5 && info.count == 2 && info.bytes[0] == '4';
        if (begins(task, count, info.bytes, info.count - (tag_3 ? 1u : 0u)) && (arguments || count == info.count))
            return true;
    }
    return false;
}

static bool check_task(struct play *p, const uint8_t *task, size_t count)
{
    assert_true(on_the_list(p->protocol, task, count));
    assert_true(reads(p->protocol, task, count));
    return true;
}

static void a_whole_poll_sends_only_what_is_on_the_list(void **state)
{
    (void)state;
    static struct play_session s;
    for (unsigned i = 0; i < 2; i++) {
        static struct play p;
        memset(&p, 0, sizeof p);
        p.protocol = i ? KKT_PROTOCOL_5 : KKT_PROTOCOL_3;
        p.answers = i ? answers_5 : answers_3;
        p.otherwise = i ? ABSENT_5 : ABSENT_3;
        p.on_task = check_task;
        memset(&s, 0, sizeof s);
        s.ask.deadline_ms = 15000;
        play_want_all(&s.ask.wanted);
        play_start(&s);
        play_run(&s, &p, NULL, NULL);
        assert_true(p.tasks > 40);
        play_end(&s);
    }
}

static void each_metric_has_its_source_in_a_protocol(void **state)
{
    (void)state;
    char text[80];
    assert_true(kkt_metric_source(KKT_PROTOCOL_3, METRIC_ofd_unsent_count, text, sizeof text));
    assert_string_equal(text, "A4 20 [4..5] LE16");
    assert_true(kkt_metric_source(KKT_PROTOCOL_5, METRIC_ofd_unsent_count, text, sizeof text));
    assert_string_equal(text, "FN 20 [2..3] LE16");
    assert_true(kkt_metric_source(KKT_PROTOCOL_5, METRIC_ofd_last_sent, text, sizeof text));
    assert_string_equal(text, "05 [6] DDMMYYhhmmss");
    assert_true(kkt_metric_source(KKT_PROTOCOL_3, METRIC_printer_error, text, sizeof text));
    assert_string_equal(text, "45 [2] any bit of 44");
    assert_true(kkt_metric_source(KKT_PROTOCOL_3, METRIC_registration_excise, text, sizeof text));
    assert_string_equal(text, "E9 1290 [0] bit 6 / E9 1207 [0] 01");
    assert_false(kkt_metric_source(KKT_PROTOCOL_5, METRIC_device_uptime_s, text, sizeof text));
    assert_false(kkt_metric_source(KKT_PROTOCOL_UNKNOWN, METRIC_device_serial, text, sizeof text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_hold_only_reading_requests),
        cmocka_unit_test(nothing_of_control_is_in_the_tables),
        cmocka_unit_test(a_whole_poll_sends_only_what_is_on_the_list),
        cmocka_unit_test(each_metric_has_its_source_in_a_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
