/* The JSON contract (design.md §3), held against recorded documents. */
#include "documents.h"

#include <jansson.h>

static struct snapshot s, back;
static struct document d, d_back;
static struct zone moscow;
static struct failure f;

static int fresh(void **state)
{
    (void)state;
    snapshot_clear(&s);
    failure_clear(&f);
    s.polled_ms = DOCUMENTS_NOW * 1000 + 999;
    return zone_parse("Europe/Moscow", &moscow) ? 0 : 1;
}

static char *print(const char *name, const char *connect, enum lang lang)
{
    document_of(&d, name, connect, &s, &moscow, NULL, lang);
    char *text = document_json(&d, true);
    assert_non_null(text);
    return text;
}

/* A metric that came after the record is none of it. */
static void keep_recorded(const char *file)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s", TEST_DATA, file);
    json_t *root = json_load_file(path, 0, NULL);
    assert_non_null(root);
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        const struct metric_row *row = metric_row((enum metric)m);
        if (!json_object_get(json_object_get(json_object_get(root, "metrics"), row->group), row->key))
            metric_set_remove(&s.present, (enum metric)m);
    }
    json_decref(root);
}

static void everything_read(void **state)
{
    (void)state;
    documents_fill(&s, &moscow);
    keep_recorded("document-ok.json");
    char *text = print("kassa-1", "tcp://10.0.0.15:5555", LANG_EN);
    documents_hold("document-ok.json", text);
    free(text);
}

static void partial_says_which_and_keeps_the_rest(void **state)
{
    (void)state;
    s.protocol = KKT_PROTOCOL_3;
    snapshot_set_bool(&s, METRIC_printer_paper_present, true);
    metric_set_add(&s.unsupported, METRIC_device_uptime_s);
    metric_set_add(&s.unsupported, METRIC_power_battery_mv);
    failure_set(&s.failure, ERR_PARTIAL, "A4 20 OFD exchange (no answer)");
    char *text = print("Касса 1", "serial:COM5", LANG_RU);
    documents_hold("document-partial.json", text);
    free(text);
}

static void a_failed_poll_has_no_metrics_and_says_why(void **state)
{
    (void)state;
    /* Even if a value was left behind. */
    snapshot_set_bool(&s, METRIC_printer_paper_present, true);
    failure_set(&s.failure, ERR_PORT_BUSY, "/dev/ttyACM0 is held by frontol (pid 77)");
    char *text = print("kassa-1", "serial:/dev/ttyACM0", LANG_EN);
    documents_hold("document-busy.json", text);
    free(text);
}

static void an_absent_value_has_no_key_and_an_absent_group_none_either(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_shift_number, 0);
    char *text = print("a", "auto", LANG_EN);
    json_t *root = json_loads(text, 0, NULL);
    json_t *metrics = json_object_get(root, "metrics");
    assert_int_equal(json_object_size(metrics), 1);
    assert_int_equal(json_object_size(json_object_get(metrics, "shift")), 1);
    json_decref(root);
    free(text);
}

static void what_is_printed_is_read_back(void **state)
{
    (void)state;
    documents_fill(&s, &moscow);
    metric_set_add(&s.unsupported, METRIC_device_mac);
    char *text = print("kassa-1", "tcp://10.0.0.15:5555", LANG_EN);
    assert_true(document_read(text, strlen(text), DOCUMENTS_NOW + 90, &back, &d_back, &f));
    assert_int_equal(d_back.age_s, 90);
    assert_int_equal(d_back.state, STATE_OK);
    assert_string_equal(d_back.name, "kassa-1");
    assert_int_equal(zone_offset(&d_back.zone, DOCUMENTS_NOW), 3 * 3600);
    assert_memory_equal(&back.present, &s.present, sizeof s.present);
    d_back.age_s = 0;
    document_set_health(&d_back, NULL, LANG_EN);
    char *again = document_json(&d_back, true);
    assert_string_equal(again, text);
    free(again);
    free(text);
}

static void a_failed_document_is_read_back_with_its_sentence(void **state)
{
    (void)state;
    failure_set(&s.failure, ERR_NO_ANSWER, "x");
    char *text = print("kassa-1", "tcp://h", LANG_RU);
    assert_true(document_read(text, strlen(text), DOCUMENTS_NOW, &back, &d_back, &f));
    assert_int_equal(d_back.state, STATE_UNREACHABLE);
    assert_string_equal(d_back.error, d.error);
    free(text);
}

static void a_document_of_the_future_is_not_young(void **state)
{
    (void)state;
    char *text = print("a", "auto", LANG_EN);
    assert_true(document_read(text, strlen(text), DOCUMENTS_NOW - 3600, &back, &d_back, &f));
    assert_int_equal(d_back.age_s, 3600);
    free(text);
}

/* Replaces the first `what` of a good document. */
static void refuses(const char *what, const char *with, const char *named)
{
    char text[4096];
    snapshot_set_int(&s, METRIC_shift_number, 451);
    documents_text(&s, METRIC_fn_serial, "9960440300123456");
    documents_time(&s, METRIC_device_time, "2026-11-22T12:00:03");
    char *good = print("a", "auto", LANG_EN);
    char *at = strstr(good, what);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, with, at + strlen(what));
    free(good);
    failure_clear(&f);
    if (document_read(text, strlen(text), DOCUMENTS_NOW, &back, &d_back, &f))
        fail_msg("taken: %s", text);
    assert_int_equal(f.code, ERR_SNAPSHOT_OLD);
    if (!strstr(f.detail, named))
        fail_msg("\"%s\" does not name %s", f.detail, named);
}

static void a_damaged_document_is_refused(void **state)
{
    (void)state;
    refuses("\"schema\": 1", "\"schema\": 2", "schema");
    refuses("\"state\": \"ok\"", "\"state\": \"fine\"", "state");
    refuses("\"state\": \"ok\"", "\"state\": \"usage\"", "state");
    refuses("\"number\": 451", "\"number\": \"451\"", "number");
    refuses("\"number\": 451", "\"number\": 4.5", "number");
    refuses("\"serial\": \"9960440300123456\"", "\"serial\": 99", "serial");
    refuses("\"serial\": \"9960440300123456\"", "\"serial\": \"99\"", "serial");
    refuses("\"undated\": []", "\"undated\": 1", "undated");
    refuses("\"time\": \"2026-11-22T12:00:03\"", "\"time\": \"2026-13-22T12:00:03\"", "time");
    refuses("\"requests\": 0", "\"requests\": -1", "requests");
    refuses("\"requests\": 0", "\"requests\": 4294967296", "requests");
    refuses("\"unsupported\": []", "\"unsupported\": {}", "unsupported");
    refuses("\"metrics\"", "\"metric\"", "metrics");
    refuses("\"polled_ts\": 1795338000", "\"polled_ts\": null", "polled_ts");
    refuses("{", "[", "not JSON");
    refuses("\"name\": \"a\"", "\"name\": 1", "name");
    /* A terminal shows them. */
    refuses("\"error\": \"\"", "\"error\": \"a\\rb\"", "error");
    refuses("\"connect\": \"auto\"", "\"connect\": \"auto\\u001b[31m\"", "connect");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(everything_read, fresh),
        cmocka_unit_test_setup(partial_says_which_and_keeps_the_rest, fresh),
        cmocka_unit_test_setup(a_failed_poll_has_no_metrics_and_says_why, fresh),
        cmocka_unit_test_setup(an_absent_value_has_no_key_and_an_absent_group_none_either, fresh),
        cmocka_unit_test_setup(what_is_printed_is_read_back, fresh),
        cmocka_unit_test_setup(a_failed_document_is_read_back_with_its_sentence, fresh),
        cmocka_unit_test_setup(a_document_of_the_future_is_not_young, fresh),
        cmocka_unit_test_setup(a_damaged_document_is_refused, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
