/* The spool: order, batches, bounds, and what a kill leaves behind. */
#include "push/spool.h"

#include "check.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static struct spool *open_spool(uint32_t batch, uint32_t max)
{
    struct failure failure = {0};
    struct spool *s = spool_open(folder, batch, max, &failure);
    if (!s)
        fail_msg("%s", failure.detail);
    return s;
}

static struct spool_counts counts(const struct spool *s)
{
    struct spool_counts c;
    spool_counts(s, &c);
    return c;
}

static uint64_t now_ms = 1000; /* of the steady clock */

static bool peek(struct spool *s, char *path)
{
    struct spool_packet packet;
    bool there = spool_peek(s, 250, now_ms, &packet);
    if (there)
        (void)snprintf(path, 600, "%.599s", packet.path);
    return there;
}

static void add(struct spool *s, int number)
{
    struct failure failure = {0};
    char value[32];
    (void)snprintf(value, sizeof value, "{\"n\":%d}", number);
    assert_true(spool_add(s, "kassa", "kkt.document", 1000000000123 + number, value, &failure));
}

static void content(const char *path, char *text, size_t cap)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(text, 1, cap - 1, f);
    text[n] = '\0';
    (void)fclose(f);
}

/* Takes everything, in order, as numbers first…; `left` values stay. */
static void expect_numbers_from(struct spool *s, int first, int last, unsigned left)
{
    char path[600], text[4096], expected[64];
    while (first <= last) {
        assert_true(peek(s, path));
        content(path, text, sizeof text);
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), first++) {
            (void)snprintf(expected, sizeof expected, "{\\\"n\\\":%d}\"", first);
            if (!strstr(line, expected))
                fail_msg("expected %s in %s", expected, line);
        }
        spool_done(s);
    }
    assert_int_equal(first, last + 1);
    assert_int_equal(counts(s).length, left);
}

static void expect_numbers(struct spool *s, int first, int last)
{
    expect_numbers_from(s, first, last, 0);
}

static void a_line_as_zabbix_sender_reads_it(void **state)
{
    (void)state;
    struct failure failure;
    char path[600], text[256];
    struct spool *s = open_spool(10, 100);
    assert_false(peek(s, path));
    assert_true(spool_add(s, "a \"b\"", "k", 1700000000007, "x\\\n\"y\"", &failure));
    assert_true(peek(s, path));
    content(path, text, sizeof text);
    assert_string_equal(text, "\"a \\\"b\\\"\" \"k\" 1700000000 7000000 \"x\\\\ \\\"y\\\"\"\n");
    spool_done(s);
    assert_int_not_equal(access(path, F_OK), 0);
    spool_close(s);
}

static void order_is_kept(void **state)
{
    (void)state;
    struct spool *s = open_spool(3, 100);
    for (int i = 1; i <= 10; i++)
        add(s, i);
    assert_int_equal(counts(s).length, 10);
    assert_true(spool_full(s));
    expect_numbers(s, 1, 10);
    spool_close(s);
}

static void a_failed_run_keeps_its_values(void **state)
{
    (void)state;
    char path[600], again[600];
    struct spool *s = open_spool(3, 100);
    for (int i = 1; i <= 5; i++)
        add(s, i);
    assert_true(peek(s, path));
    assert_false(peek(s, again));
    add(s, 6);
    spool_release(s);
    assert_int_equal(counts(s).length, 6);
    expect_numbers(s, 1, 6);
    spool_close(s);
}

static void the_oldest_is_dropped_and_counted(void **state)
{
    (void)state;
    char path[600];
    struct spool *s = open_spool(3, 6);
    for (int i = 1; i <= 7; i++)
        add(s, i);
    assert_int_equal(counts(s).dropped, 3);
    assert_int_equal(counts(s).length, 4);
    /* What is on its way is not pulled away. */
    assert_true(peek(s, path));
    for (int i = 8; i <= 10; i++)
        add(s, i);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(counts(s).length + counts(s).dropped, 10);
    assert_true(counts(s).length <= 7);
    spool_done(s);
    spool_close(s);
}

static void the_next_life_goes_on(void **state)
{
    (void)state;
    char path[600];
    struct spool *s = open_spool(3, 100);
    for (int i = 1; i <= 5; i++)
        add(s, i);
    assert_true(peek(s, path)); /* killed while it was on its way */
    spool_close(s);
    /* ... and while a line was being written */
    (void)snprintf(path, sizeof path, "%s/0000000000000002.values", folder);
    FILE *f = fopen(path, "a");
    assert_non_null(f);
    assert_true(fputs("\"kassa\" \"kkt.docu", f) >= 0);
    (void)fclose(f);
    s = open_spool(3, 100);
    assert_int_equal(counts(s).length, 5);
    add(s, 6);
    expect_numbers(s, 1, 6);
    spool_close(s);
}

static void files_in_folder(unsigned *pieces, unsigned *empty)
{
    *pieces = *empty = 0;
    for (int i = 0; i < 100; i++) {
        char path[128];
        struct stat status;
        (void)snprintf(path, sizeof path, "%s/%016d.values", folder, i);
        if (stat(path, &status) == 0) {
            ++*pieces;
            *empty += status.st_size == 0;
        }
    }
}

/* A small file system is the spool, in a mount namespace of this process alone. */
static void a_full_disk_drops_the_oldest(void **state)
{
    (void)state;
    struct failure failure = {0};
    char path[600];
    unsigned pieces, empty, kept = 0;
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("spool", folder, "tmpfs", 0, "size=64k") != 0)
        skip(); /* it needs the right to mount */
    struct spool *s = spool_open(folder, 5, 100000, &failure);
    assert_non_null(s);
    static char value[4000];
    memset(value, 'x', sizeof value - 1);
    for (unsigned i = 0; i < 100; i++)
        kept += spool_add(s, "kassa", "kkt.document", 1000000000000 + i, value, &failure);
    files_in_folder(&pieces, &empty);
    assert_int_equal(empty, 0);
    assert_in_range(pieces, 2, 4);
    assert_int_equal(kept, 100); /* the newest values are worth more than the oldest */
    assert_int_equal(counts(s).length + counts(s).dropped, 100);
    assert_true(counts(s).dropped > 0);
    /* A value that finds no room at all is counted too. */
    assert_true(peek(s, path));
    for (unsigned i = 0; i < 30; i++)
        (void)spool_add(s, "kassa", "kkt.document", 1000000000100 + i, value, &failure);
    assert_int_equal(counts(s).length + counts(s).dropped, 130);
    files_in_folder(&pieces, &empty);
    assert_int_equal(empty, 0);
    spool_close(s);
    assert_int_equal(umount(folder), 0);
}

static void a_missing_file_is_left_behind(void **state)
{
    (void)state;
    char path[600];
    struct spool *s = open_spool(2, 100);
    for (int i = 1; i <= 5; i++)
        add(s, i);
    for (int i = 1; i <= 2; i++) {
        (void)snprintf(path, sizeof path, "%s/%016d.values", folder, i);
        assert_int_equal(remove(path), 0);
    }
    expect_numbers(s, 5, 5);
    assert_int_equal(counts(s).dropped, 4);
    assert_false(peek(s, path));
    spool_close(s);
}

static void the_count_of_the_dropped_outlives_the_process(void **state)
{
    (void)state;
    struct spool *s = open_spool(1, 1);
    for (int i = 1; i <= 8; i++)
        add(s, i);
    assert_int_equal(counts(s).dropped, 7);
    spool_close(s);
    s = open_spool(1, 1);
    assert_int_equal(counts(s).dropped, 7);
    expect_numbers(s, 8, 8);
    spool_close(s);
}

static void one_process_a_folder(void **state)
{
    (void)state;
    struct failure failure = {0};
    struct spool *s = open_spool(3, 100);
    assert_null(spool_open(folder, 3, 100, &failure));
    assert_int_equal(failure.code, ERR_FOLDER_TAKEN);
    assert_string_equal(failure.detail, folder);
    spool_close(s);
    spool_close(open_spool(3, 100));
}

static void an_empty_file_is_no_piece(void **state)
{
    (void)state;
    char path[600];
    (void)snprintf(path, sizeof path, "%s/%016d.values", folder, 3);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fclose(f);
    struct spool *s = open_spool(3, 100);
    assert_false(peek(s, path));
    assert_int_equal(access(path, F_OK), -1);
    add(s, 1);
    expect_numbers(s, 1, 1);
    spool_close(s);
}

static void a_folder_that_cannot_be(void **state)
{
    (void)state;
    struct failure failure = {0};
    assert_null(spool_open("/proc/none/spool", 10, 10, &failure));
    assert_int_equal(failure.code, ERR_SYSTEM);
    assert_non_null(strstr(failure.detail, "/proc/none/spool: "));
}

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
        "", /* /work/shared/cases: an empty line */
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
    s = open_spool(3, 100);
    expect_numbers(s, 1, 1);
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
    assert_null(spool_open(folder, 3, 100, &failure)); /* locked too */
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
    assert_null(spool_open(path, 3, 100, &failure));
    assert_int_equal(failure.code, ERR_SYSTEM);
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/test-spool-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
#define SPOOL_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        SPOOL_TEST(a_line_as_zabbix_sender_reads_it),
        SPOOL_TEST(order_is_kept),
        SPOOL_TEST(a_failed_run_keeps_its_values),
        SPOOL_TEST(the_oldest_is_dropped_and_counted),
        SPOOL_TEST(the_next_life_goes_on),
        SPOOL_TEST(a_full_disk_drops_the_oldest),
        SPOOL_TEST(a_missing_file_is_left_behind),
        SPOOL_TEST(the_count_of_the_dropped_outlives_the_process),
        SPOOL_TEST(one_process_a_folder),
        SPOOL_TEST(an_empty_file_is_no_piece),
        SPOOL_TEST(a_folder_that_cannot_be),
        SPOOL_TEST(a_line_that_nobody_can_read_keeps_nothing_back),
        SPOOL_TEST(a_nul_byte_keeps_nothing_back),
        SPOOL_TEST(a_value_that_zabbix_could_not_take_is_not_written),
        SPOOL_TEST(what_is_no_file_is_left_alone),
        SPOOL_TEST(after_a_refusal_each_value_goes_alone),
        SPOOL_TEST(what_waits_for_its_second_try_outlives_the_process),
        SPOOL_TEST(a_packet_may_be_smaller_than_a_file),
        SPOOL_TEST(a_line_that_only_zabbix_sender_cannot_read_is_set_aside),
        SPOOL_TEST(a_folder_that_vanished_is_made_anew),
        SPOOL_TEST(too_long_a_path_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
