/* A trace's text: what is written is read back; what is cut or damaged is refused or replayed, and crashes nothing. */
#include "check.h"

#include "base/files/file.h"
#include "output/trace_text.h"
#include "poll/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const captures[] = {"3-quick",  "3-full", "3-password", "3-damaged",
                                       "3-strict", "5-full", "5-refused",  "5-cut"};

static char *load(const char *name, size_t *count)
{
    char path[512];
    struct failure failure = {0};
    (void)snprintf(path, sizeof path, "%s/../captures/%s.trace", TEST_DATA, name);
    char *text = file_read(path, TRACE_TEXT_MAX, count, NULL, &failure);
    assert_non_null(text);
    return text;
}

/* Parses and replays whatever it is. True when both are content. */
static bool digest(const char *text, size_t count, struct failure *failure)
{
    static struct snapshot snapshot;
    failure_clear(failure);
    struct trace *trace = trace_parse(text, count, failure);
    bool good = trace && poll_replay(trace, &snapshot, failure);
    char *story = good ? trace_story(trace) : NULL;
    free(story);
    trace_free(trace);
    assert_true(good || failure->code == ERR_USAGE);
    return good;
}

static void what_is_read_is_written_the_same(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof captures / sizeof captures[0]; i++) {
        struct failure failure = {0};
        size_t count;
        char *text = load(captures[i], &count);
        struct trace *trace = trace_parse(text, count, &failure);
        assert_non_null(trace);
        char *again = trace_text(trace);
        const char *behind = strstr(text, "\nname: "), *same = strstr(again, "\nname: ");
        assert_string_equal(behind, same);
        free(again);
        trace_free(trace);
        free(text);
    }
}

static void a_file_that_is_cut_is_refused_with_its_line(void **state)
{
    (void)state;
    struct failure failure = {0};
    size_t count;
    char *text = load("5-full", &count);
    for (size_t cut = 0; cut < count; cut += cut < 600 || cut + 200 > count ? 1 : 41) {
        assert_false(digest(text, cut, &failure));
        assert_non_null(strstr(failure.detail, "line "));
        assert_non_null(strstr(failure.detail_ru, "строка "));
    }
    assert_true(digest(text, count, &failure));
    free(text);
}

/* A generator of its own, so that a failure comes again. */
static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void nothing_in_a_file_crashes(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (unsigned i = 0; i < sizeof captures / sizeof captures[0]; i++) {
        struct failure failure = {0};
        size_t count;
        char *text = load(captures[i], &count), *damaged = malloc(count);
        assert_non_null(damaged);
        for (unsigned round = 0; round < 150; round++) {
            static const char digits[] = "0123456789ABCDEF <>\n";
            memcpy(damaged, text, count);
            for (unsigned k = 0; k <= round % 4; k++) {
                size_t at = next(&seed) % count;
                damaged[at] = round & 1 ? digits[next(&seed) % (sizeof digits - 1)] : (char)next(&seed);
            }
            (void)digest(damaged, count, &failure);
        }
        free(damaged);
        free(text);
    }
}

static void a_lost_line_is_noticed(void **state)
{
    (void)state;
    struct failure failure = {0};
    size_t count;
    char *text = load("3-quick", &count);
    char *without = malloc(count);
    assert_non_null(without);
    for (const char *line = text; line < text + count;) {
        const char *end = strchr(line, '\n') + 1;
        size_t before = (size_t)(line - text), length = (size_t)(end - line);
        memcpy(without, text, before);
        memcpy(without + before, end, count - before - length);
        /* Less may be wanted or hidden: that is another poll. What was asked again can be found out anew. */
        if (strncmp(line, "wanted", 6) != 0 && strncmp(line, "masked", 6) != 0 && strncmp(line, "again", 5) != 0)
            assert_false(digest(without, count - length, &failure));
        line = end;
    }
    free(without);
    free(text);
}

static void no_trace_grows_beyond_its_bound(void **state)
{
    (void)state;
    static const uint8_t bytes[4096];
    struct trace *trace = trace_new();
    assert_non_null(trace);
    unsigned kept = 0;
    while (trace_add(trace, TRACE_RECEIVED, 0, 0, bytes, sizeof bytes))
        kept++;
    assert_int_equal(kept, TRACE_BYTES_MAX / sizeof bytes);
    assert_true(trace->full);
    char *text = trace_text(trace);
    struct failure failure = {0};
    assert_non_null(text);
    assert_true(strlen(text) < TRACE_TEXT_MAX);
    assert_null(trace_parse(text, strlen(text), &failure));
    assert_non_null(strstr(failure.detail, "longer than a trace keeps"));
    free(text);
    trace_free(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_written_the_same),
        cmocka_unit_test(a_file_that_is_cut_is_refused_with_its_line),
        cmocka_unit_test(nothing_in_a_file_crashes),
        cmocka_unit_test(a_lost_line_is_noticed),
        cmocka_unit_test(no_trace_grows_beyond_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
