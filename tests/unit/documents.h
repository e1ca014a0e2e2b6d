/* Snapshots with known values for the tests of the output floor. */
#ifndef TESTS_DOCUMENTS_H
#define TESTS_DOCUMENTS_H

#include "metric/derived/derive.h"
#include "output/document.h"

#include "check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 2026-11-22T12:00:00+03:00 */
#define DOCUMENTS_NOW INT64_C(1795338000)

static inline void documents_text(struct snapshot *s, enum metric m, const char *text)
{
    assert_true(snapshot_set_text(s, m, text, strlen(text)));
}

static inline void documents_time(struct snapshot *s, enum metric m, const char *text)
{
    struct civil c;
    assert_true(civil_parse(text, &c));
    assert_true(snapshot_set_time(s, m, &c));
}

/* A number of the key's own, so that a new row of the catalogue does not change the others. */
static inline unsigned documents_number(const struct metric_row *row)
{
    unsigned hash = 2166136261U;
    for (const char *at = row->group; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619U;
    for (const char *at = row->key; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619U;
    return hash >> 16 & 0xFFF;
}

/* A text of the row's form that names its key where it can. */
static inline void documents_some_text(const struct metric_row *row, char *text, size_t cap)
{
    static const char digits[] = "9960440300123456";
    switch (row->form) {
    case FORM_DIGITS:
        (void)snprintf(text, cap, "%.*s", (int)row->max, digits);
        break;
    case FORM_ASCII:
        (void)snprintf(text, cap, "%s \"%s\"", row->group, row->key);
        break;
    case FORM_INN:
        (void)snprintf(text, cap, "7701234560");
        break;
    case FORM_MAC:
        (void)snprintf(text, cap, "00:1C:AB:12:34:56");
        break;
    default:
        (void)snprintf(text, cap, "«%s» \"%s\"", row->group, row->key);
    }
}

/* The row's own number, brought into its range. */
static inline int64_t documents_some_number(enum metric m)
{
    const struct metric_row *row = metric_row(m);
    int64_t number = documents_number(row);
    if (row->form == FORM_WORDS)
        return metric_words(m)->words[number % metric_words(m)->count].value;
    return row->max && number > row->max ? number % (row->max + 1) : number;
}

/* Every metric of the catalogue: numbers of their own, texts that name their key, then those whose values matter. */
static inline void documents_fill(struct snapshot *s, const struct zone *zone)
{
    struct metric_set all = {0};
    snapshot_clear(s);
    s->protocol = KKT_PROTOCOL_5;
    s->polled_ms = DOCUMENTS_NOW * 1000 + 456;
    s->duration_ms = 212;
    s->port_held_ms = 201;
    s->requests = 24;
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        const struct metric_row *row = metric_row(m);
        char text[96];
        metric_set_add(&all, m);
        if (row->origin == ORIGIN_DERIVED)
            continue;
        if (row->type == METRIC_TEXT) {
            documents_some_text(row, text, sizeof text);
            documents_text(s, m, text);
        } else if (row->type == METRIC_BOOL) {
            snapshot_set_bool(s, m, documents_number(row) % 2 == 0);
        } else if (row->type == METRIC_INT) {
            assert_true(snapshot_set_int(s, m, documents_some_number(m)));
        } else {
            documents_time(s, m, row->type == METRIC_DATE ? "2027-01-31" : "2026-11-22T11:22:33");
        }
    }
    documents_text(s, METRIC_device_serial, "00106112345678");
    documents_text(s, METRIC_device_model, "АТОЛ 30Ф");
    documents_time(s, METRIC_device_time, "2026-11-22T12:00:03");
    documents_time(s, METRIC_ofd_first_unsent, "2026-11-20T10:00:00");
    snapshot_set_int(s, METRIC_ofd_unsent_count, 7);
    snapshot_set_int(s, METRIC_ofd_error_command, 65);
    snapshot_set_int(s, METRIC_fn_flags, 0x89);
    snapshot_set_int(s, METRIC_ofd_status, 3);
    documents_text(s, METRIC_ofd_network_error_text, "Нет ошибок");
    documents_text(s, METRIC_ofd_ofd_error_text, "Нет ошибок");
    documents_text(s, METRIC_ofd_fn_error_text, "Нет ошибок");
    snapshot_set_int(s, METRIC_registration_taxation, 3);
    snapshot_set_int(s, METRIC_registration_agent, 0);
    const struct surroundings around = {.zone = zone, .host_s = DOCUMENTS_NOW};
    derive_metrics(s, &all, &around);
}

/* Holds text against tests/data/FILE. With RECORD=1 in the environment it writes the file instead and fails, so that
 * a recording never passes for a test. */
static inline void documents_hold(const char *file, const char *text)
{
    char path[512], have[65536];
    (void)snprintf(path, sizeof path, "%s/%s", TEST_DATA, file);
    if (getenv("RECORD")) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_true(fputs(text, out) >= 0 && fputc('\n', out) == '\n' && fclose(out) == 0);
        fail_msg("%s was recorded: look at it, then run again without RECORD", path);
    }
    FILE *in = fopen(path, "rb");
    if (!in)
        fail_msg("%s is missing", path);
    size_t n = fread(have, 1, sizeof have - 1, in);
    assert_int_equal(fclose(in), 0);
    have[n] = '\0';
    if (n > 0 && have[n - 1] == '\n')
        have[n - 1] = '\0';
    assert_string_equal(text, have);
}

#endif
