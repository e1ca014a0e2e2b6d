/* A spool in a folder of its own, for its tests. */
#ifndef TESTS_UNIT_SPOOL_WORLD_H
#define TESTS_UNIT_SPOOL_WORLD_H

#include "push/spool.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static uint64_t now_ms = 1000; /* of the steady clock */

static inline struct spool *open_spool(uint32_t batch, uint32_t max)
{
    struct failure failure = {0};
    struct spool *s = spool_open(folder, batch, max, now_ms, &failure);
    if (!s)
        fail_msg("%s", failure.detail);
    return s;
}

static inline struct spool_counts counts(const struct spool *s)
{
    struct spool_counts c;
    spool_counts(s, &c);
    return c;
}

static inline bool peek(struct spool *s, char *path)
{
    struct spool_packet packet;
    bool there = spool_peek(s, 250, now_ms, &packet);
    if (there)
        (void)snprintf(path, 600, "%.599s", packet.path);
    return there;
}

static inline void add_of(struct spool *s, const char *host, int number)
{
    struct failure failure = {0};
    char value[32];
    (void)snprintf(value, sizeof value, "{\"n\":%d}", number);
    assert_true(spool_add(s, host, "kkt.document", 1000000000123 + number, value, &failure));
}

static inline void add(struct spool *s, int number)
{
    add_of(s, "kassa", number);
}

static inline void content(const char *path, char *text, size_t cap)
{
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(text, 1, cap - 1, f);
    text[n] = '\0';
    (void)fclose(f);
}

/* Takes everything, in order, as numbers first…; `left` values stay. */
static inline void expect_numbers_from(struct spool *s, int first, int last, unsigned left)
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

static inline void expect_numbers(struct spool *s, int first, int last)
{
    expect_numbers_from(s, first, last, 0);
}

static inline int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/test-spool-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

#define SPOOL_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

#endif
