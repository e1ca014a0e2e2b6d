/* The table of driver queries: each thing is asked once, each metric comes from one place at a protocol. */
#include "check.h"
#include "driver/fptr.h"
#include "driver/queries.h"

#include <string.h>

static void each_query_stands_once(void **state)
{
    (void)state;
    const struct fptr_query *a, *b;
    for (unsigned i = 0; (a = fptr_query_at(i)) != NULL; i++)
        for (unsigned j = i + 1; (b = fptr_query_at(j)) != NULL; j++)
            if (a->call == b->call && a->type == b->type)
                assert_true(a->input == INPUT_NUMBER && a->input_value != b->input_value);
}

static void each_metric_comes_from_one_query_at_a_protocol(void **state)
{
    (void)state;
    const struct fptr_query *query;
    int seen[METRIC_COUNT] = {0};
    for (unsigned i = 0; (query = fptr_query_at(i)) != NULL; i++)
        for (unsigned v = 0; v < query->count; v++) {
            assert_int_equal(seen[query->values[v].metric] & query->values[v].on, 0);
            seen[query->values[v].metric] |= query->values[v].on;
        }
}

static void a_value_is_told_only_where_its_query_is_asked(void **state)
{
    (void)state;
    const struct fptr_query *query;
    for (unsigned i = 0; (query = fptr_query_at(i)) != NULL; i++)
        for (unsigned v = 0; v < query->count; v++)
            assert_true((query->values[v].on & query->on) == query->values[v].on);
}

/* The driver says a plain "no" for these (docs/protocol-5.md §6, docs/protocol-3.md §4). */
static void what_a_protocol_does_not_know_is_not_taken_there(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        enum kkt_protocol protocol;
    } rows[] = {
        {METRIC_printer_paper_near_end,   KKT_PROTOCOL_3},
        {METRIC_faults_wrong_fn,          KKT_PROTOCOL_3},
        {METRIC_fn_ffd_version_max,       KKT_PROTOCOL_3},
        {METRIC_printer_error,            KKT_PROTOCOL_5},
        {METRIC_printer_connection_lost,  KKT_PROTOCOL_5},
        {METRIC_device_uptime_s,          KKT_PROTOCOL_5},
        {METRIC_faults_commodities_table, KKT_PROTOCOL_5},
        {METRIC_fn_free_memory_30d,       KKT_PROTOCOL_5},
    };
    for (unsigned r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        struct metric_set wanted = {0};
        const struct fptr_query *query;
        metric_set_add(&wanted, rows[r].metric);
        for (unsigned i = 0; (query = fptr_query_at(i)) != NULL; i++)
            assert_false(fptr_query_wanted(query, &wanted, rows[r].protocol));
    }
}

static void the_source_of_a_metric_is_named(void **state)
{
    (void)state;
    char text[160];
    assert_true(fptr_metric_source(METRIC_ofd_unsent_count, text, sizeof text));
    assert_string_equal(text, "FNDT_OFD_EXCHANGE_STATUS: DOCUMENTS_COUNT");
    assert_true(fptr_metric_source(METRIC_device_uptime_s, text, sizeof text));
    assert_string_equal(text, "DT_DEVICE_UPTIME: DEVICE_UPTIME (protocol 3)");
    assert_false(fptr_metric_source(METRIC_faults_commodities_table, text, sizeof text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_query_stands_once),
        cmocka_unit_test(each_metric_comes_from_one_query_at_a_protocol),
        cmocka_unit_test(a_value_is_told_only_where_its_query_is_asked),
        cmocka_unit_test(what_a_protocol_does_not_know_is_not_taken_there),
        cmocka_unit_test(the_source_of_a_metric_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
