/* What the spool hands out, what it sets aside, and what it leaves alone. */
#include "spool_world.h"

#include <sys/resource.h>
#include <sys/stat.h>

/* A file in the spool as a stranger, or an earlier version, may have left it. */
static void plant(int number, const char *bytes, size_t length)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s/%016d.values", folder, number);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, length, f), length);
    assert_int_equal(fclose(f), 0);
}

static void expect_set_aside(const char *text)
{
    char path[600], kept[4096];
    (void)snprintf(path, sizeof path, "%s/refused/values", folder);
    content(path, kept, sizeof kept);
    assert_non_null(strstr(kept, text));
}

#define GOOD_LINE "\"kassa\" \"kkt.document\" 1700000000 0 \"{\\\"n\\\":1}\"\n"

static void a_line_that_nobody_can_read_keeps_nothing_back(void **state)
{
    (void)state;
    static const char *const poison[] = {
        "", /* an empty line */
        "garbage",
        "\"kassa\" \"k\" 1700000000 0 \"x",  /* a quotation mark that is not closed */
        "\"kassa\" \"k\" yesterday 0 \"x\"", /* a bad time */
        "\"kassa\" \"k\" 99999999999 0 \"x\"",
        "\"kassa\" \"k\" 1700000000 1000000000 \"x\"",
        "\"\" \"k\" 1700000000 0 \"x\"",
        "- \"k\" 1700000000 0 \"x\"",
        "\"kassa\" \"k\" 1700000000 0 \"x\" more",
        "\"kassa\" \"k\" 1700000000 0 \"\xff\"",
        "\"kassa\" \"k\" 1700000000 0 \"x\\y\"",
    };
    for (unsigned i = 0; i < sizeof poison / sizeof poison[0]; i++) {
        char text[512];
        int n = snprintf(text, sizeof text, "%s\n" GOOD_LINE, poison[i]);
        plant(1, text, (size_t)n);
        struct spool *s = open_spool(3, 100);
        add(s, 2);
        expect_numbers(s, 1, 2);
        assert_int_equal(counts(s).set_aside, 1);
        expect_set_aside(poison[i]);
        spool_close(s);
    }
}

static void a_nul_byte_keeps_nothing_back(void **state)
{
    (void)state;
    static const char text[] = "\"kassa\" \"k\" 1700000000 0 \"a\0b\"\n" GOOD_LINE;
    plant(1, text, sizeof text - 1);
    struct spool *s = open_spool(3, 100);
    expect_numbers(s, 1, 1);
    assert_int_equal(counts(s).set_aside, 1);
    spool_close(s);
}

static void a_value_that_zabbix_could_not_take_is_not_written(void **state)
{
    (void)state;
    struct failure failure;
    struct spool *s = open_spool(3, 100);
    assert_false(spool_add(s, "", "k", 1700000000000, "x", &failure));
    assert_false(spool_add(s, "a", "k", 1700000000000, "\xff", &failure));
    assert_false(spool_add(s, "a", "k", -1000, "x", &failure));
    assert_int_equal(counts(s).dropped, 3);
    assert_int_equal(counts(s).length, 0);
    spool_close(s);
}

/* A link, a FIFO and a folder of a segment's name: none is followed, opened or removed. */
static void what_is_no_file_is_left_alone(void **state)
{
    (void)state;
    char path[3][128], victim[128], text[64];
    for (int i = 0; i < 3; i++)
        (void)snprintf(path[i], sizeof path[i], "%s/%016d.values", folder, i + 1);
    (void)snprintf(victim, sizeof victim, "%s/victim", folder);
    FILE *f = fopen(victim, "w");
    assert_non_null(f);
    assert_true(fputs("precious", f) >= 0);
    (void)fclose(f);
    assert_int_equal(symlink(victim, path[0]), 0);
    assert_int_equal(mkfifo(path[1], 0600), 0);
    assert_int_equal(mkdir(path[2], 0700), 0);
    struct spool *s = open_spool(3, 100);
    add(s, 1);
    expect_numbers(s, 1, 1);
    spool_close(s);
    content(victim, text, sizeof text);
    assert_string_equal(text, "precious");
    assert_int_equal(unlink(victim) | unlink(path[0]) | unlink(path[1]) | rmdir(path[2]), 0);
}

static struct spool_packet next(struct spool *s, uint32_t max)
{
    struct spool_packet packet = {0};
    assert_true(spool_peek(s, max, now_ms, &packet));
    return packet;
}

/* A proxy group: the packet goes to the proxy of its first host, which refuses the others. */
static void after_a_refusal_each_value_goes_alone(void **state)
{
    (void)state;
    char text[4096];
    struct spool *s = open_spool(3, 100);
    for (int i = 1; i <= 4; i++)
        add(s, i);
    assert_int_equal(next(s, 250).values, 3);
    spool_refuse(s, now_ms);
    assert_int_equal(counts(s).refused, 0);
    for (int i = 1; i <= 3; i++) {
        char expected[32];
        struct spool_packet packet = next(s, 250);
        assert_int_equal(packet.values, 1);
        (void)snprintf(expected, sizeof expected, "{\\\"n\\\":%d}", i);
        content(packet.path, text, sizeof text);
        assert_non_null(strstr(text, expected));
        if (i == 2)
            spool_refuse(s, now_ms);
        else
            spool_done(s);
    }
    assert_int_equal(counts(s).refused, 1);
    assert_int_equal(counts(s).set_aside, 0);
    expect_numbers_from(s, 4, 4, 1);
    /* Once more, for the host may be a new one; then it is set aside. */
    char path[600];
    assert_false(peek(s, path));
    now_ms += SPOOL_AGAIN_S * 1000;
    assert_int_equal(next(s, 250).values, 1);
    spool_refuse(s, now_ms);
    assert_int_equal(counts(s).refused, 1);
    assert_int_equal(counts(s).set_aside, 1);
    assert_int_equal(counts(s).length, 0);
    expect_set_aside("{\\\"n\\\":2}");
    spool_close(s);
}

static void what_waits_for_its_second_try_outlives_the_process(void **state)
{
    (void)state;
    struct spool *s = open_spool(3, 100);
    add(s, 1);
    (void)next(s, 250);
    spool_refuse(s, now_ms);
    assert_int_equal(counts(s).length, 1);
    spool_close(s);
    /* It may have been stopped for a moment only: the whole time is waited for again. */
    char path[600];
    now_ms += 1000;
    s = open_spool(3, 100);
    assert_int_equal(counts(s).length, 1);
    now_ms += SPOOL_AGAIN_S * 1000 - 1;
    assert_false(peek(s, path));
    now_ms++;
    assert_int_equal(next(s, 250).values, 1);
    spool_refuse(s, now_ms); /* it is still known that this was the second time */
    assert_int_equal(counts(s).refused, 0);
    assert_int_equal(counts(s).set_aside, 1);
    spool_close(s);
}

/* One register's values are refused all the time: each of them waits, not only the first. */
static void each_second_try_waits_its_two_minutes(void **state)
{
    (void)state;
    struct spool *s = open_spool(40, 1000);
    uint64_t began_ms = now_ms, due_ms[50] = {0};
    for (int i = 0; i < 50; i++, now_ms += 4000) {
        struct spool_packet packet;
        add(s, i);
        while (spool_peek(s, 250, now_ms, &packet)) {
            char text[4096];
            content(packet.path, text, sizeof text);
            int n = atoi(strstr(text, "n\\\":") + 4);
            if (due_ms[n] == 0) {
                due_ms[n] = now_ms + SPOOL_AGAIN_S * 1000;
                spool_refuse(s, now_ms);
                continue;
            }
            assert_in_range(now_ms, due_ms[n], due_ms[n] + 14000);
            spool_done(s);
        }
    }
    assert_true(now_ms - began_ms > SPOOL_AGAIN_S * 1000);
    assert_true(due_ms[0] != 0 && counts(s).length < 36);
    spool_close(s);
}

/* A server that does not know two hosts of twelve: once it is known which they are, they cost a packet each. */
static void a_host_that_is_refused_holds_up_nobody_else(void **state)
{
    (void)state;
    char text[8192];
    unsigned packets[4] = {0}, taken = 0;
    struct spool *s = open_spool(12, 1000);
    for (int round = 0; round < 4; round++) {
        struct spool_packet packet;
        for (int i = 0; i < 12; i++)
            add_of(s, i == 3 ? "new" : i == 8 ? "gone" : "kassa", i);
        while (spool_peek(s, 250, now_ms, &packet)) {
            packets[round]++;
            content(packet.path, text, sizeof text);
            if (strstr(text, "\"gone\"") || (round < 2 && strstr(text, "\"new\""))) {
                spool_refuse(s, now_ms);
                continue;
            }
            taken += packet.values;
            spool_done(s);
        }
    }
    assert_int_equal(packets[0], 13); /* all of them alone: nobody knows yet which was refused */
    assert_int_equal(packets[1], 3);  /* those two, and the rest */
    assert_int_equal(packets[2], 3);
    assert_int_equal(packets[3], 2); /* Zabbix has accepted one of "new" */
    assert_int_equal(taken, 10 + 10 + 11 + 11);
    spool_close(s);
}

static void a_packet_may_be_smaller_than_a_file(void **state)
{
    (void)state;
    struct spool *s = open_spool(5, 100);
    for (int i = 1; i <= 5; i++)
        add(s, i);
    assert_int_equal(next(s, 2).values, 2);
    spool_release(s);
    assert_int_equal(next(s, 2).values, 2);
    spool_done(s);
    assert_int_equal(counts(s).length, 3);
    spool_close(s); /* what Zabbix has is not left for the next life */
    s = open_spool(5, 100);
    expect_numbers(s, 3, 5);
    spool_close(s);
}

static void a_line_that_only_zabbix_sender_cannot_read_is_set_aside(void **state)
{
    (void)state;
    struct spool *s = open_spool(2, 100);
    for (int i = 1; i <= 3; i++)
        add(s, i);
    (void)next(s, 250);
    spool_set_aside(s);
    (void)next(s, 250);
    spool_set_aside(s);
    assert_int_equal(counts(s).set_aside, 1);
    expect_set_aside("{\\\"n\\\":1}");
    expect_numbers(s, 2, 3);
    spool_close(s);
}

static void a_folder_that_vanished_is_made_anew(void **state)
{
    (void)state;
    char command[256];
    struct spool *s = open_spool(1, 100);
    add(s, 1);
    add(s, 2);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    add(s, 3);
    assert_int_equal(counts(s).dropped, 2);
    expect_numbers(s, 3, 3);
    struct failure failure = {0};
    assert_null(spool_open(folder, 3, 100, now_ms, &failure)); /* locked too */
    assert_int_equal(failure.code, ERR_FOLDER_TAKEN);
    spool_close(s);
}

static void too_long_a_path_is_an_error(void **state)
{
    (void)state;
    static char path[3000];
    struct failure failure = {0};
    memset(path, 'x', sizeof path - 1);
    path[0] = '/';
    assert_null(spool_open(path, 3, 100, now_ms, &failure));
    assert_int_equal(failure.code, ERR_FILE);
}

static void segment_path(char *path, int number)
{
    (void)snprintf(path, 600, "%s/%016d.values", folder, number);
}

/* No more files may be opened for a while: nothing on the disk is lost for that, and the sender has no reason to hurry.
 */
static void what_cannot_be_read_now_is_kept_and_sent_later(void **state)
{
    (void)state;
    char path[600];
    struct rlimit before, few;
    struct spool *s = open_spool(2, 100);
    for (int i = 1; i <= 5; i++)
        add(s, i);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    bool handed_out = peek(s, path) || peek(s, path);
    bool hurry = spool_full(s);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_false(handed_out);
    assert_false(hurry);
    assert_int_equal(counts(s).length, 5);
    assert_int_equal(counts(s).dropped, 0);
    add(s, 6); /* the newest file still gets lines */
    expect_numbers(s, 1, 6);
    assert_int_equal(counts(s).dropped, 0);
    spool_close(s);
}

/* The same for a part of a file, which needs a file of its own. */
static void a_part_that_cannot_be_written_now_is_sent_later(void **state)
{
    (void)state;
    struct rlimit before, few;
    struct spool_packet packet;
    struct spool *s = open_spool(5, 100);
    for (int i = 1; i <= 5; i++)
        add(s, i);
    assert_int_equal(next(s, 2).values, 2);
    spool_release(s);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 3;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    bool handed_out = spool_peek(s, 2, now_ms, &packet);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_false(handed_out);
    assert_false(spool_full(s));
    expect_numbers(s, 1, 5);
    spool_close(s);
}

/* A link, a folder and something huge in the place of a file that is to be sent: it stands in refused/, whole. */
static void what_replaced_a_file_is_set_aside_and_not_removed(void **state)
{
    (void)state;
    char path[600], aside[700];
    struct stat st;
    struct spool *s = open_spool(2, 100);
    for (int i = 1; i <= 8; i++)
        add(s, i);
    segment_path(path, 1);
    assert_int_equal(remove(path), 0);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    segment_path(path, 2);
    assert_int_equal(remove(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    segment_path(path, 3);
    assert_int_equal(truncate(path, (off_t)65 << 20), 0);
    expect_numbers(s, 7, 8);
    assert_int_equal(counts(s).set_aside, 6);
    assert_int_equal(counts(s).dropped, 0);
    for (int i = 1; i <= 3; i++) {
        (void)snprintf(aside, sizeof aside, "%s/refused/%016d.values", folder, i);
        assert_int_equal(lstat(aside, &st), 0);
        assert_true(i == 1 ? S_ISLNK(st.st_mode) : i == 2 ? S_ISDIR(st.st_mode) : st.st_size == (off_t)65 << 20);
    }
    spool_close(s);
}

/* Large values, all refused: their files stay below what is read in one piece, and each value gets its second try. */
static void large_values_that_are_refused_are_all_tried_twice_and_kept_aside(void **state)
{
    (void)state;
    enum { VALUES = 80, BYTES = 900000 };
    struct failure failure;
    struct spool_packet packet;
    char *value = malloc(BYTES + 1);
    assert_non_null(value);
    memset(value, 'x', BYTES);
    value[BYTES] = '\0';
    struct spool *s = open_spool(250, 1000);
    for (int i = 0; i < VALUES; i++)
        assert_true(spool_add(s, "kassa", "k", 1700000000000, value, &failure));
    free(value);
    while (spool_peek(s, 250, now_ms, &packet))
        spool_refuse(s, now_ms);
    assert_int_equal(counts(s).length, VALUES);
    assert_int_equal(counts(s).refused, VALUES);
    now_ms += SPOOL_AGAIN_S * 1000;
    while (spool_peek(s, 250, now_ms, &packet))
        spool_refuse(s, now_ms);
    assert_int_equal(counts(s).dropped, 0);
    assert_int_equal(counts(s).set_aside, VALUES);
    assert_int_equal(counts(s).length, 0);
    spool_close(s);
}

/* A value that can neither wait nor be set aside is lost, and is counted so. */
static void what_cannot_be_kept_aside_is_counted_as_dropped(void **state)
{
    (void)state;
    char path[600];
    struct spool *s = open_spool(3, 100);
    add(s, 1);
    (void)snprintf(path, sizeof path, "%s/refused", folder);
    FILE *f = fopen(path, "w"); /* in the way */
    assert_non_null(f);
    (void)fclose(f);
    (void)next(s, 250);
    spool_set_aside(s);
    assert_int_equal(counts(s).set_aside, 0);
    assert_int_equal(counts(s).dropped, 1);
    assert_int_equal(counts(s).length, 0);
    spool_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPOOL_TEST(a_line_that_nobody_can_read_keeps_nothing_back),
        SPOOL_TEST(a_nul_byte_keeps_nothing_back),
        SPOOL_TEST(a_value_that_zabbix_could_not_take_is_not_written),
        SPOOL_TEST(what_is_no_file_is_left_alone),
        SPOOL_TEST(after_a_refusal_each_value_goes_alone),
        SPOOL_TEST(what_waits_for_its_second_try_outlives_the_process),
        SPOOL_TEST(each_second_try_waits_its_two_minutes),
        SPOOL_TEST(a_host_that_is_refused_holds_up_nobody_else),
        SPOOL_TEST(a_packet_may_be_smaller_than_a_file),
        SPOOL_TEST(a_line_that_only_zabbix_sender_cannot_read_is_set_aside),
        SPOOL_TEST(a_folder_that_vanished_is_made_anew),
        SPOOL_TEST(too_long_a_path_is_an_error),
        SPOOL_TEST(what_cannot_be_read_now_is_kept_and_sent_later),
        SPOOL_TEST(a_part_that_cannot_be_written_now_is_sent_later),
        SPOOL_TEST(what_replaced_a_file_is_set_aside_and_not_removed),
        SPOOL_TEST(large_values_that_are_refused_are_all_tried_twice_and_kept_aside),
        SPOOL_TEST(what_cannot_be_kept_aside_is_counted_as_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
