/* The spool: order, batches, bounds, and what a kill leaves behind. */
#include "zabbix/spool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static struct spool *open_spool(uint32_t batch, uint32_t max)
{
    struct failure failure = {0};
    struct spool *s = spool_open(folder, batch, max, &failure);
    if (!s)
        fail_msg("%s", failure.detail);
    return s;
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

/* Takes everything, in order, as numbers first… */
static void expect_numbers(struct spool *s, int first, int last)
{
    char path[600], text[4096], expected[64];
    while (first <= last) {
        assert_true(spool_take(s, path, sizeof path));
        content(path, text, sizeof text);
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), first++) {
            (void)snprintf(expected, sizeof expected, "{\\\"n\\\":%d}\"", first);
            if (!strstr(line, expected))
                fail_msg("expected %s in %s", expected, line);
        }
        spool_done(s);
    }
    assert_int_equal(first, last + 1);
    assert_int_equal(spool_length(s), 0);
}

static void a_line_as_zabbix_sender_reads_it(void **state)
{
    (void)state;
    struct failure failure;
    char path[600], text[256];
    struct spool *s = open_spool(10, 100);
    assert_false(spool_take(s, path, sizeof path));
    assert_true(spool_add(s, "a \"b\"", "k", 1700000000007, "x\\\n\"y\"", &failure));
    assert_true(spool_take(s, path, sizeof path));
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
    assert_int_equal(spool_length(s), 10);
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
    assert_true(spool_take(s, path, sizeof path));
    assert_false(spool_take(s, again, sizeof again));
    add(s, 6);
    spool_release(s);
    assert_int_equal(spool_length(s), 6);
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
    assert_int_equal(spool_dropped(s), 3);
    assert_int_equal(spool_length(s), 4);
    /* What is on its way is not pulled away. */
    assert_true(spool_take(s, path, sizeof path));
    for (int i = 8; i <= 10; i++)
        add(s, i);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(spool_length(s) + spool_dropped(s), 10);
    assert_true(spool_length(s) <= 7);
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
    assert_true(spool_take(s, path, sizeof path)); /* killed while it was on its way */
    spool_close(s);
    /* ... and while a line was being written */
    (void)snprintf(path, sizeof path, "%s/0000000000000002.values", folder);
    FILE *f = fopen(path, "a");
    assert_non_null(f);
    assert_true(fputs("\"kassa\" \"kkt.docu", f) >= 0);
    (void)fclose(f);
    s = open_spool(3, 100);
    assert_int_equal(spool_length(s), 5);
    add(s, 6);
    expect_numbers(s, 1, 6);
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

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/test-spool-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%016d.values", folder, i);
        (void)remove(path);
    }
    return rmdir(folder);
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
        SPOOL_TEST(a_folder_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
