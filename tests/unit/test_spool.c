/* The spool: order, batches, bounds, and what a kill leaves behind. */
#include "spool_world.h"

#include "push/line.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

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

static char value[4000];

/* A small file system is the spool, in a mount namespace of this process alone. */
static struct spool *open_on_small_disk(uint32_t batch)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", "", MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("spool", folder, "tmpfs", 0, "size=64k") != 0)
        skip(); /* it needs the right to mount */
    memset(value, 'x', sizeof value - 1);
    return open_spool(batch, 100000);
}

static void a_full_disk_drops_the_oldest(void **state)
{
    (void)state;
    struct failure failure = {0};
    char path[600];
    unsigned pieces, empty, kept = 0;
    struct spool *s = open_on_small_disk(5);
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

/* While Zabbix is away the oldest file was handed out and came back: no packet of it is on its way. */
static void a_full_disk_drops_the_oldest_though_it_was_handed_out(void **state)
{
    (void)state;
    struct failure failure = {0};
    char path[600], newest[600];
    struct spool *s = open_on_small_disk(5);
    for (unsigned i = 0; i < 12; i++)
        assert_true(spool_add(s, "kassa", "kkt.document", 1000000000000 + i, value, &failure));
    assert_true(peek(s, path));
    spool_release(s);
    for (unsigned i = 0; i < 10; i++)
        assert_true(spool_add(s, "kassa", "kkt.document", 1000000000100 + i, value, &failure));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(peek(s, newest));
    assert_true(strcmp(path, newest) < 0);
    assert_int_equal(counts(s).length + counts(s).dropped, 22);
    spool_close(s);
    assert_int_equal(umount(folder), 0);
}

/* There is one file only, which fills the disk: the newest value is worth more than it. */
static void a_disk_that_one_file_fills_takes_the_newest(void **state)
{
    (void)state;
    struct failure failure = {0};
    char path[600];
    struct spool *s = open_on_small_disk(250);
    for (unsigned i = 0; i < 100; i++)
        assert_true(spool_add(s, "kassa", "kkt.document", 1000000000000 + i, value, &failure));
    assert_int_equal(counts(s).length + counts(s).dropped, 100);
    assert_in_range(counts(s).length, 1, 16);
    /* It was handed out and came back: no packet of it is on its way. */
    assert_true(peek(s, path));
    spool_release(s);
    for (unsigned i = 0; i < 20; i++)
        assert_true(spool_add(s, "kassa", "kkt.document", 1000000000100 + i, value, &failure));
    assert_int_equal(counts(s).length + counts(s).dropped, 120);
    spool_close(s);
    assert_int_equal(umount(folder), 0);
}

/* What Zabbix has refused once makes room too. */
static void a_disk_that_is_full_of_refused_values_takes_the_newest(void **state)
{
    (void)state;
    struct failure failure = {0};
    struct spool_packet packet;
    struct spool *s = open_on_small_disk(250);
    for (unsigned i = 0; i < 20; i++) {
        assert_true(spool_add(s, "kassa", "kkt.document", 1000000000000 + i, value, &failure));
        while (spool_peek(s, 250, now_ms, &packet))
            spool_refuse(s, now_ms);
    }
    assert_int_equal(counts(s).length + counts(s).dropped + counts(s).set_aside, 20);
    assert_true(spool_add(s, "kassa", "kkt.document", 1000000000100, value, &failure));
    spool_close(s);
    assert_int_equal(umount(folder), 0);
}

static void fewer_values_than_a_packet_are_a_limit_too(void **state)
{
    (void)state;
    struct spool *s = open_spool(250, 5);
    for (int i = 1; i <= 27; i++)
        add(s, i);
    assert_in_range(counts(s).length, 1, 5);
    assert_int_equal(counts(s).length + counts(s).dropped, 27);
    expect_numbers(s, 28 - (int)counts(s).length, 27);
    spool_close(s);
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
    assert_null(spool_open(folder, 3, 100, now_ms, &failure));
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
    assert_null(spool_open("/proc/none/spool", 10, 10, now_ms, &failure));
    assert_int_equal(failure.code, ERR_FILE);
    assert_non_null(strstr(failure.detail, "/proc/none/spool: "));
}

/* A second life writes behind the first one's files, and never into them. */
static void the_files_of_an_earlier_life_are_not_written_over(void **state)
{
    (void)state;
    struct spool *s = open_spool(3, 100);
    add(s, 1);
    spool_close(s);
    s = open_spool(3, 100);
    add(s, 2);
    spool_close(s);
    s = open_spool(3, 100);
    assert_int_equal(counts(s).dropped, 0);
    expect_numbers(s, 1, 2);
    spool_close(s);
}

static void what_is_no_line(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool good;
    } rows[] = {
        {"\"h\" \"k\" 1700000000 999999999 \"v\"",  true },
        {"\"h\" \"k\" 1700000000 1000000000 \"v\"", false},
        {"\"h\" \"k\" 0 0 \"v\"",                   false},
        {"\"h\" \"k\" 2147483648 0 \"v\"",          false},
        {"\"h\" \"k\" 1700000000 0 \"v\" x",        false},
        {"\"\" \"k\" 1700000000 0 \"v\"",           false},
        {"\"h\" \"k\" 1700000000 0 \"v",            false},
        {"\"h\" \"k\" 1700000000 0 \"\\n\"",        false},
        {"h k 1700000000 0 v",                      false},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (line_check(rows[i].line, strlen(rows[i].line), NULL) != rows[i].good)
            fail_msg("%s", rows[i].line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SPOOL_TEST(the_files_of_an_earlier_life_are_not_written_over),
        SPOOL_TEST(what_is_no_line),
        SPOOL_TEST(a_line_as_zabbix_sender_reads_it),
        SPOOL_TEST(order_is_kept),
        SPOOL_TEST(a_failed_run_keeps_its_values),
        SPOOL_TEST(the_oldest_is_dropped_and_counted),
        SPOOL_TEST(the_next_life_goes_on),
        SPOOL_TEST(a_full_disk_drops_the_oldest),
        SPOOL_TEST(a_full_disk_drops_the_oldest_though_it_was_handed_out),
        SPOOL_TEST(a_disk_that_one_file_fills_takes_the_newest),
        SPOOL_TEST(a_disk_that_is_full_of_refused_values_takes_the_newest),
        SPOOL_TEST(fewer_values_than_a_packet_are_a_limit_too),
        SPOOL_TEST(a_missing_file_is_left_behind),
        SPOOL_TEST(the_count_of_the_dropped_outlives_the_process),
        SPOOL_TEST(one_process_a_folder),
        SPOOL_TEST(an_empty_file_is_no_piece),
        SPOOL_TEST(a_folder_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
