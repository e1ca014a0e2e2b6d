/* Each bit of the answers' bytes is told by the metric that it is of, and by no other. */
#include "kkt_table.h"

#include <stdio.h>
#include <string.h>

/* An answer before and after the byte that is looked at. */
#define STATUS "44 30 01 26 11 22 12 34 56 ", " 12 34 56 78 43 33 30 00 00 42 12 34 00 00 00 01 23 45 02 04"
#define MODE   "55 01 ", ""
#define POWER  "55 00 ", " 07 40 00 98"

/* Each bit of a byte of the answer is told by the metric named here, and by no other. */
static void each_bit_is_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *code, *before, *after;
        unsigned bit;
        enum metric metric; /* METRIC_COUNT: none */
    } rows[] = {
        {"3F",    STATUS, 0, METRIC_device_fiscal           },
        {"3F",    STATUS, 1, METRIC_COUNT                   },
        {"3F",    STATUS, 2, METRIC_printer_drawer_opened   },
        {"3F",    STATUS, 3, METRIC_printer_paper_present   },
        {"3F",    STATUS, 4, METRIC_COUNT                   },
        {"3F",    STATUS, 5, METRIC_printer_cover_opened    },
        {"3F",    STATUS, 7, METRIC_device_clock_battery_low},
        {"45",    MODE,   0, METRIC_COUNT                   },
        {"45",    MODE,   1, METRIC_printer_connection_lost },
        {"45",    MODE,   2, METRIC_printer_error           },
        {"45",    MODE,   3, METRIC_printer_cutter_error    },
        {"45",    MODE,   4, METRIC_printer_overheat        },
        {"45",    MODE,   6, METRIC_printer_error           },
        {"45",    MODE,   7, METRIC_printer_paper_near_end  },
        {"91 26", POWER,  0, METRIC_power_on_battery        },
        {"91 26", POWER,  1, METRIC_power_battery_charging  },
        {"91 26", POWER,  2, METRIC_power_battery_can_print },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static struct snapshot told[2];
        for (unsigned set = 0; set < 2; set++) {
            char answer[120];
            table_begin(KKT_PROTOCOL_3);
            (void)snprintf(answer, sizeof answer, "%s%02x%s", rows[i].before, set << rows[i].bit, rows[i].after);
            struct bytes b = hex(answer);
            assert_int_equal(plan.language->decode(&plan, request(rows[i].code), b.at, b.count, false), KKT_DECODED);
            told[set] = out;
        }
        for (unsigned n = 0; n < METRIC_COUNT; n++) {
            enum metric m = (enum metric)n;
            bool number = snapshot_has(&told[0], m) && metric_row(m)->type != METRIC_TEXT;
            bool differs = number && snapshot_int(&told[0], m) != snapshot_int(&told[1], m);
            if (differs != (m == rows[i].metric))
                fail_msg("%s bit %u: %s", rows[i].code, rows[i].bit, metric_row(m)->key);
        }
    }
}

static void each_fault_is_its_own(void **state)
{
    (void)state;
    static const enum metric faults[] = {METRIC_faults_no_serial_number, METRIC_faults_rtc,
                                         METRIC_faults_settings,         METRIC_faults_counters,
                                         METRIC_faults_user_memory,      METRIC_faults_service_counters,
                                         METRIC_faults_attributes,       METRIC_faults_fn,
                                         METRIC_faults_wrong_fn,         METRIC_faults_hardware,
                                         METRIC_faults_memory_manager,   METRIC_faults_scripts,
                                         METRIC_faults_wait_for_reboot,  METRIC_faults_universal_counters};
    for (unsigned bit = 0; bit < sizeof faults / sizeof faults[0]; bit++) {
        char answer[40];
        table_begin(KKT_PROTOCOL_5);
        (void)snprintf(answer, sizeof answer, "00%u;6;0;1;", 1U << bit);
        assert_int_equal(plan.language->decode(&plan, request("01"), (const uint8_t *)answer, strlen(answer), false),
                         KKT_DECODED);
        for (unsigned i = 0; i < sizeof faults / sizeof faults[0]; i++)
            assert_int_equal(snapshot_int(&out, faults[i]), i == bit);
    }
}

/* FFD 1.2 has one mask of three bytes for what FFD 1.05 has a tag each. */
static void each_sign_of_the_mask_is_its_own(void **state)
{
    (void)state;
    static const struct {
        unsigned byte, bit;
        enum metric metric;
    } rows[] = {
        {0, 1, METRIC_registration_vending_printer},
        {0, 2, METRIC_registration_bso            },
        {0, 5, METRIC_registration_internet       },
        {0, 6, METRIC_registration_excise         },
        {1, 0, METRIC_registration_marked         },
        {1, 1, METRIC_registration_service        },
        {1, 2, METRIC_registration_gambling       },
        {1, 3, METRIC_registration_lottery        },
        {1, 4, METRIC_registration_pawnshop       },
        {1, 5, METRIC_registration_insurance      },
        {1, 6, METRIC_registration_vending        },
        {1, 7, METRIC_registration_catering       },
        {2, 0, METRIC_registration_wholesale      },
    };
    const struct kkt_fields *fields = &fn_spec_tag(1290)->fields;
    assert_int_equal(fields->count, sizeof rows / sizeof rows[0]);
    for (unsigned i = 0; i < fields->count; i++) {
        uint8_t mask[4] = {0};
        snapshot_clear(&out);
        mask[rows[i].byte] = (uint8_t)(1U << rows[i].bit);
        for (unsigned f = 0; f < fields->count; f++)
            assert_int_equal(kkt_field_decode(&fields->at[f], 0, mask, sizeof mask, &out), FIELD_SET);
        for (unsigned f = 0; f < fields->count; f++)
            assert_int_equal(snapshot_int(&out, rows[f].metric), f == i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bit_is_its_own),
        cmocka_unit_test(each_fault_is_its_own),
        cmocka_unit_test(each_sign_of_the_mask_is_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
