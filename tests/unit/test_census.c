/* The whole chain in numbers. */
#include "serve/fleet/census.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static struct snapshot snapshot;

struct kassa {
    enum severity level;
    int days, resource, unsent, age_s;
    const char *firmware, *until;
    uint32_t unread_for_s;
    bool never_read;
};

static void note(struct census *census, struct census_entry *entry, const struct kassa *k)
{
    struct document d = {.state = k->never_read ? STATE_UNREACHABLE : STATE_OK, .snapshot = &snapshot};
    d.health.level = k->level;
    snapshot_clear(&snapshot);
    if (!k->never_read) {
        struct civil end = {.year = atoi(k->until), .month = atoi(k->until + 5), .day = 9};
        snapshot_set_int(&snapshot, METRIC_fn_days_left, k->days);
        if (k->resource >= 0)
            snapshot_set_int(&snapshot, METRIC_fn_resource_days, k->resource);
        snapshot_set_int(&snapshot, METRIC_ofd_unsent_count, k->unsent);
        snapshot_set_int(&snapshot, METRIC_ofd_first_unsent_age_s, k->age_s);
        assert_true(snapshot_set_time(&snapshot, METRIC_fn_valid_until, &end));
        assert_true(snapshot_set_text(&snapshot, METRIC_device_firmware, k->firmware, strlen(k->firmware)));
    }
    census_update(census, entry, &d);
}

static void a_chain(void **state)
{
    (void)state;
    static const struct kassa kassas[] = {
        {SEVERITY_DISASTER, 3,   100, 7, 90000, "5.17.0", "2026-11", 0,     false},
        {SEVERITY_NOTHING,  400, 20,  0, 0,     "5.17.0", "2027-12", 0,     false},
        {SEVERITY_WARNING,  60,  -1,  2, 86400, "4555",   "2027-12", 90000, false},
        {SEVERITY_AVERAGE,  0,   0,   0, 0,     "",       "",        0,     true },
    };
    struct census census = {0};
    struct census_entry entries[5] = {0}; /* the last one was not polled yet */
    for (unsigned i = 0; i < 4; i++)
        note(&census, &entries[i], &kassas[i]);
    struct census_sum *sum = census_begin(&census);
    assert_non_null(sum);
    for (unsigned i = 0; i < 5; i++)
        census_add(sum, &entries[i], i < 4 ? kassas[i].unread_for_s : 0);
    json_t *root = json_pack("{s:{}}", "registers");
    assert_int_equal(census_end(sum, root, json_object_get(root, "registers")), 0);
    char *text = json_dumps(root, JSON_COMPACT);
    assert_string_equal(
        text, "{\"registers\":{\"without_data\":3},"
              "\"severity\":{\"well\":1,\"information\":0,\"warning\":1,\"average\":1,\"high\":0,\"disaster\":1},"
              "\"fn\":{\"days_10\":1,\"days_30\":2,\"days_60\":3},"
              "\"ofd\":{\"waiting_1d\":1,\"unsent\":9},"
              "\"firmware\":[{\"version\":\"5.17.0\",\"count\":2},{\"version\":\"4555\",\"count\":1}],"
              "\"fn_ends\":[{\"month\":\"2026-11\",\"count\":1},{\"month\":\"2027-12\",\"count\":2}]}");
    free(text);
    json_decref(root);
    free(census.firmware);
}

static void without_memory_nothing_is_said(void **state)
{
    (void)state;
    assert_int_not_equal(census_end(NULL, NULL, NULL), 0);
}

/* What is in a queue goes with its FN; what one poll did not read does not. */
static void without_an_fn_there_is_no_queue(void **state)
{
    (void)state;
    static const struct kassa full = {SEVERITY_DISASTER, 3, 100, 7, 90000, "5.17.0", "2026-11", 0, false};
    for (unsigned present = 0; present < 2; present++) {
        struct census census = {0};
        struct census_entry entry = {0};
        struct document d = {.state = STATE_OK, .snapshot = &snapshot};
        note(&census, &entry, &full);
        snapshot_clear(&snapshot);
        snapshot_set_bool(&snapshot, METRIC_fn_present, present == 1);
        census_update(&census, &entry, &d);
        assert_int_equal(entry.unsent, present ? 7 : 0);
        assert_int_equal(entry.ofd_age_s, present ? 90000 : 0);
        assert_int_equal(entry.has_fn_days, present);
        assert_int_equal(entry.firmware, 1);
        free(census.firmware);
    }
}

static char *ofd_of(const struct census *census, const struct census_entry *entry)
{
    struct census_sum *sum = census_begin(census);
    json_t *root = json_pack("{s:{}}", "registers");
    assert_non_null(sum);
    census_add(sum, entry, 0);
    assert_int_equal(census_end(sum, root, json_object_get(root, "registers")), 0);
    char *text = json_dumps(json_object_get(root, "ofd"), JSON_COMPACT);
    json_decref(root);
    assert_non_null(text);
    return text;
}

/* It is registered without an OFD (tag 1002): nothing waits. A poll that did not ask for the registration changes
 * nothing. */
static void an_autonomous_register_has_no_queue(void **state)
{
    (void)state;
    static const struct kassa full = {SEVERITY_NOTHING, 400, 100, 7, 90000, "5.17.0", "2027-12", 0, false};
    for (int autonomous = 0; autonomous < 2; autonomous++) {
        struct census census = {0};
        struct census_entry entry = {0};
        struct document d = {.state = STATE_OK, .snapshot = &snapshot};
        snapshot_clear(&snapshot);
        snapshot_set_bool(&snapshot, METRIC_registration_autonomous, autonomous == 1);
        census_update(&census, &entry, &d);
        note(&census, &entry, &full);
        char *ofd = ofd_of(&census, &entry);
        assert_string_equal(ofd, autonomous ? "{\"waiting_1d\":0,\"unsent\":0}" : "{\"waiting_1d\":1,\"unsent\":7}");
        free(ofd);
        free(census.firmware);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain),
        cmocka_unit_test(without_memory_nothing_is_said),
        cmocka_unit_test(without_an_fn_there_is_no_queue),
        cmocka_unit_test(an_autonomous_register_has_no_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
