#include "kkt/atol5/requests.h"

#include "kkt/atol5/errors.h"
#include "kkt/atol5/frame.h"
#include "kkt/atol5/values.h"
#include "kkt/plan.h"

#include <string.h>

/* One row a request, under it one row a value; places are numbers of values, those of the FN are bytes of its answer.
 * Order: what changes often first; 01 and A1 before all that depends on them, 32 before the tags. */
#define NAME(code, what) .name = code " " what, .code_length = sizeof code - 1
#define BYTES(n, ...)    .count = n, .bytes = {__VA_ARGS__}
#define FISCAL           .channel = ATOL5_FISCAL
#define SYSTEM           .channel = ATOL5_SYSTEM
#define ROWS(...)                                                                                                      \
    (const struct kkt_field[])                                                                                         \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define FIELDS(...) .fields = {ROWS(__VA_ARGS__), sizeof(ROWS(__VA_ARGS__)) / sizeof(struct kkt_field)}
#define V(kind)     (enum kkt_kind) VALUE_##kind

/* clang-format off */
#define FN(code, answer) BYTES(3, '4', code, ';'), FISCAL, .shape = SHAPE_FN, .fn = &answer
#define COUNTER(number)                                                                                                \
    BYTES(12, 'Q', '2', '1', '0', '0', '2', ';', number, 0x80, 0x00, 0x00, ';'), FISCAL
#define RECEIPTS(type) BYTES(4, '1', '4', type, ';'), FISCAL
#define TAG(number)                                                                                                    \
    {NAME("44 " #number, "registration"), BYTES(2, '4', 0x44), FISCAL, .shape = SHAPE_TAG, .rate = RATE_SLOW,          \
     .argument = ARGUMENT_TAG, .skip = SKIP_NOT_FISCAL, .tag = number}

#define TAG_1290                                                                                                       \
    {NAME("44 1290", "registration"), BYTES(2, '4', 0x44), FISCAL, .shape = SHAPE_TAG, .rate = RATE_SLOW,              \
     .argument = ARGUMENT_TAG, .skip = SKIP_OLD_FFD, .tag = 1290}

static const struct kkt_request requests[] = {
    {NAME("22", "version"), BYTES(2, '2', '2'), FISCAL, .rate = RATE_QUICK, FIELDS(
        {METRIC_device_model_code,         V(INT),           0,  0},
        {METRIC_device_firmware,           V(TEXT),          2,  0},
        {METRIC_device_configuration_version, V(TEXT),       4,  0},
        {METRIC_device_boot_version,       V(TEXT),          5,  0})},
    {NAME("A1", "clock"), BYTES(2, 'A', '1'), FISCAL, .rate = RATE_QUICK, FIELDS(
        {METRIC_device_time,               V(TIME),          0,  0})},
    {NAME("01", "status"), BYTES(2, '0', '1'), FISCAL, .rate = RATE_QUICK, FIELDS(
        {METRIC_device_blocked,            V(NONZERO),       0,  0},
        {METRIC_faults_no_serial_number,   V(BIT),           0,  0},
        {METRIC_faults_rtc,                V(BIT),           0,  1},
        {METRIC_faults_settings,           V(BIT),           0,  2},
        {METRIC_faults_counters,           V(BIT),           0,  3},
        {METRIC_faults_user_memory,        V(BIT),           0,  4},
        {METRIC_faults_service_counters,   V(BIT),           0,  5},
        {METRIC_faults_attributes,         V(BIT),           0,  6},
        {METRIC_faults_fn,                 V(BIT),           0,  7},
        {METRIC_faults_wrong_fn,           V(BIT),           0,  8},
        {METRIC_faults_hardware,           V(BIT),           0,  9},
        {METRIC_faults_memory_manager,     V(BIT),           0, 10},
        {METRIC_faults_scripts,            V(BIT),           0, 11},
        {METRIC_faults_wait_for_reboot,    V(BIT),           0, 12},
        {METRIC_faults_universal_counters, V(BIT),           0, 13},
        {METRIC_device_fiscal,             V(BIT),           1,  1},
        {METRIC_shift_state,               V(BIT),           1,  2})},
    {NAME("q1", "drawer"), BYTES(2, 'q', '1'), FISCAL, .rate = RATE_QUICK, FIELDS(
        {METRIC_printer_drawer_opened,     V(IS_ONE),        0,  0})},
    {NAME("02", "printer"), BYTES(2, '0', '2'), FISCAL, .rate = RATE_QUICK, FIELDS(
        {METRIC_printer_cover_opened,      V(BIT),           0,  1},
        {METRIC_printer_paper_present,     V(BIT_CLEAR),     0,  2},
        {METRIC_printer_overheat,          V(BIT),           0,  3},
        {METRIC_printer_cutter_error,      V(BIT),           0,  4},
        {METRIC_printer_paper_near_end,    V(BIT),           1,  0})},
    {NAME("FN 30", "FN state"), FN(0x30, fn_spec_state), .rate = RATE_QUICK},
    {NAME("FN 20", "OFD exchange"), FN(0x20, fn_spec_exchange), .rate = RATE_QUICK},
    {NAME("11", "counters"), BYTES(2, '1', '1'), FISCAL, .rate = RATE_QUICK, FIELDS(
        {METRIC_shift_number,              V(INT),           0,  0},
        {METRIC_shift_receipt_number,      V(INT),           2,  0})},
    {NAME("17", "shift opening"), BYTES(2, '1', '7'), FISCAL, .rate = RATE_QUICK, .skip = SKIP_SHIFT_CLOSED, FIELDS(
        {METRIC_shift_expires,             V(TIME_PLUS_DAY), 0,  0})},
    {NAME("05", "OFD errors"), BYTES(2, '0', '5'), FISCAL, .rate = RATE_QUICK, FIELDS(
        {METRIC_ofd_network_error,         V(INT),           1,  0},
        {METRIC_ofd_ofd_error,             V(INT),           2,  0},
        {METRIC_ofd_fn_error,              V(INT),           3,  0},
        {METRIC_ofd_error_document,        V(INT),           4,  0},
        {METRIC_ofd_error_command,         V(INT),           5,  0},
        {METRIC_ofd_last_sent,             V(TIME),          6,  0})},
    {NAME("21", "model and serial number"), BYTES(2, '2', '1'), FISCAL, .rate = RATE_QUICK, FIELDS(
        {METRIC_device_serial,             V(TEXT),          0,  0},
        {METRIC_device_model,              V(TEXT),          1,  0})},
    {NAME("33", "FN validity"), BYTES(2, '3', '3'), FISCAL, .rate = RATE_SLOW, FIELDS(
        {METRIC_fn_registrations_left,     V(INT),           0,  0},
        {METRIC_fn_valid_until,            V(DATE),          1,  0})},
    {NAME("32", "registrations"), BYTES(2, '3', '2'), FISCAL, .rate = RATE_SLOW, .may_be_short = true, FIELDS(
        {METRIC_fn_registrations_done,     V(INT),           0,  0},
        {METRIC_registration_date,         V(DATE),          1,  0})},
    {NAME("31", "registration"), BYTES(2, '3', '1'), FISCAL, .rate = RATE_SLOW, .skip = SKIP_NO_FN, FIELDS(
        {METRIC_registration_number,           V(TEXT),      0,  0},
        {METRIC_registration_organization_inn, V(TEXT),      1,  0})},
    {NAME("FN 33", "FN version"), FN(0x33, fn_spec_version), .rate = RATE_SLOW},
    {NAME("FN 3B", "FN resource"), BYTES(2, '4', 0x3B), FISCAL, .shape = SHAPE_FN, .fn = &fn_spec_resource,
     .argument = ARGUMENT_CLOCK, .rate = RATE_SLOW},
    {NAME("FN 3D", "FN memory"), FN(0x3D, fn_spec_memory), .rate = RATE_SLOW},
    {NAME("Q2 00", "cash"), COUNTER(0x00), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_cash_kop,         V(MONEY),         0,  0})},
    {NAME("\"16", "print head temperature"), BYTES(4, '"', '1', '6', ';'), SYSTEM, .rate = RATE_EXTRA, FIELDS(
        {METRIC_printer_temperature_c,     V(INT),           0,  0})},
    {NAME(")C", "OFD address"), BYTES(2, ')', 'C'), SYSTEM, .rate = RATE_SLOW, FIELDS(
        {METRIC_ofd_host,                  V(TEXT),          0,  0},
        {METRIC_ofd_port,                  V(PORT),          1,  0})},
    {NAME("(A", "OFD channel"), BYTES(2, '(', 'A'), SYSTEM, .rate = RATE_SLOW, FIELDS(
        {METRIC_ofd_channel,               V(CHANNEL),       0,  0})},
    {NAME("\"13", "battery flags"), BYTES(4, '"', '1', '3', ';'), SYSTEM, .rate = RATE_SLOW, FIELDS(
        {METRIC_power_on_battery,          V(BIT),           0,  0},
        {METRIC_power_battery_charging,    V(BIT),           0,  1},
        {METRIC_power_battery_can_print,   V(BIT_CLEAR),     0,  2})},
    {NAME("\"15", "battery voltage"), BYTES(4, '"', '1', '5', ';'), SYSTEM, .rate = RATE_SLOW, FIELDS(
        {METRIC_power_battery_mv,          V(INT),           0,  0})},
    {NAME("\"17", "battery charge"), BYTES(4, '"', '1', '7', ';'), SYSTEM, .rate = RATE_SLOW, FIELDS(
        {METRIC_power_battery_percent,     V(INT),           0,  0})},
    TAG(1209), TAG_1290, TAG(1017), TAG(1048), TAG(1009), TAG(1187), TAG(1117), TAG(1036), TAG(1046), TAG(1002), TAG(1221), TAG(1110),
    TAG(1056), TAG(1001), TAG(1108), TAG(1207), TAG(1109), TAG(1193), TAG(1126), TAG(1062), TAG(1057), TAG(1060),
    {NAME("Q2 01", "cash-ins"), COUNTER(0x01), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_cash_ins,    V(INT),           0,  0})},
    {NAME("Q2 02", "sum of cash-ins"), COUNTER(0x02), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_cash_in_kop,      V(MONEY),         0,  0})},
    {NAME("Q2 03", "cash-outs"), COUNTER(0x03), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_cash_outs,   V(INT),           0,  0})},
    {NAME("Q2 04", "sum of cash-outs"), COUNTER(0x04), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_cash_out_kop,     V(MONEY),         0,  0})},
    {NAME("14 1", "receipts of sales"), RECEIPTS('1'), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_sell_receipts,    V(INT),           0,  0})},
    {NAME("14 2", "receipts of returned sales"), RECEIPTS('2'), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_sell_return_receipts, V(INT),       0,  0})},
    {NAME("14 3", "receipts of purchases"), RECEIPTS('3'), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_buy_receipts,     V(INT),           0,  0})},
    {NAME("14 4", "receipts of returned purchases"), RECEIPTS('4'), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_buy_return_receipts, V(INT),        0,  0})},
    {NAME("r1", "cutter and print head"), BYTES(2, 'r', '1'), FISCAL, .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_head_work,       V(INT),           1,  0},
        {METRIC_counters_cutter_work,     V(INT),           3,  0})},
    {NAME("34", "formats"), BYTES(2, '3', '4'), FISCAL, .rate = RATE_EXTRA, FIELDS(
        {METRIC_device_ffd_version_max,    V(FFD),           0,  0})},
    {NAME("\"18", "MAC address"), BYTES(4, '"', '1', '8', ';'), SYSTEM, .rate = RATE_EXTRA, FIELDS(
        {METRIC_device_mac,                V(MAC),           0,  0})},
    {NAME("FN 3A", "FN formats"), FN(0x3A, fn_spec_formats), .rate = RATE_EXTRA},
};

/* The FN numbers its registrations, and gives its days left only for a given moment. */
#define TAG_NEED(key) {METRIC_registration_##key, METRIC_fn_registrations_done}

static const struct kkt_need needs[] = {
    {METRIC_shift_expires, METRIC_shift_state},
    {METRIC_shift_state, METRIC_shift_expires},
    {METRIC_shift_state, METRIC_device_time},
    {METRIC_fn_resource_days, METRIC_device_time},
    KKT_FISCAL_NEED(number), KKT_FISCAL_NEED(organization_inn),
    KKT_TAG_METRICS(KKT_FISCAL_NEED),
    KKT_TAG_METRICS(TAG_NEED),
    KKT_FFD_NEEDS,
};
/* clang-format on */

/* Number of the newest registration and the tag, or the register's clock: raw bytes of the FN, escaped. */
static size_t arguments(const struct kkt_request *r, const struct snapshot *values, uint8_t raw[5])
{
    if (r->argument == ARGUMENT_TAG) {
        if (!snapshot_has(values, METRIC_fn_registrations_done))
            return 0;
        raw[0] = (uint8_t)snapshot_int(values, METRIC_fn_registrations_done);
        raw[1] = (uint8_t)r->tag;
        raw[2] = (uint8_t)(r->tag >> 8);
        return 3;
    }
    if (!snapshot_has(values, METRIC_device_time))
        return 0;
    struct civil c = snapshot_civil(values, METRIC_device_time);
    raw[0] = (uint8_t)(c.year % 100);
    raw[1] = (uint8_t)c.month;
    raw[2] = (uint8_t)c.day;
    raw[3] = (uint8_t)c.hour;
    raw[4] = (uint8_t)c.minute;
    return 5;
}

static size_t command(const struct kkt_plan *plan, const struct kkt_request *request, uint8_t *out)
{
    memcpy(out, request->bytes, request->count);
    if (request->argument == ARGUMENT_NONE)
        return request->count;
    uint8_t raw[5];
    size_t n = arguments(request, plan->out, raw);
    if (n == 0)
        return 0;
    size_t used = atol5_escape(out, request->count, ATOL5_COMMAND_MAX - 1, raw, n);
    out[used++] = ';';
    return used;
}

/* Bits of 01[1] that are no metric. */
enum { FN_NOT_FISCAL = 32, NO_FN = 64 };

static void decode_flags(struct kkt_plan *plan, const struct kkt_request *r, const struct atol5_values *values)
{
    int64_t flags;
    if (!kkt_request_field(r, METRIC_device_fiscal) || !atol5_value_number(values, 1, &flags) || flags < 0)
        return;
    plan->not_fiscal = (flags & FN_NOT_FISCAL) != 0;
    plan->fn_missing = false;
    if (flags & NO_FN)
        kkt_plan_fn_missing(plan, r);
}

static enum kkt_verdict decode_error(struct kkt_plan *plan, const struct kkt_request *r, const uint8_t code[2])
{
    enum kkt_meaning meaning = atol5_error_meaning(code);
    /* The codes that the vendor's driver takes for "busy" when it opens, and for a refusal later (§3). */
    if (!plan->begun && (meaning == KKT_NOT_IN_MODE || memcmp(code, "2a", 2) == 0))
        return KKT_BUSY;
    if (meaning == KKT_NOT_SUPPORTED || meaning == KKT_NOT_REGISTERED) {
        kkt_plan_unsupported(plan, r);
        return KKT_DECODED;
    }
    if (meaning == KKT_NO_DATA && r->shape == SHAPE_TAG)
        return KKT_DECODED;
    if (meaning == KKT_NO_FN && !plan->fn_answers && kkt_request_of_fn(r)) {
        kkt_plan_fn_missing(plan, r);
        return KKT_DECODED;
    }
    /* The data of a registration that there is not. */
    if (r->skip != SKIP_NEVER && (plan->not_fiscal || plan->fn_missing))
        return KKT_DECODED;
    char name[ATOL5_ERROR_NAME];
    kkt_plan_report_error(plan, r, atol5_error_name(code, name), atol5_error_text(code));
    return KKT_DECODED;
}

static void decode_values(struct kkt_plan *plan, const struct kkt_request *r, const struct atol5_values *values)
{
    struct kkt_missing missing = {0};
    for (unsigned i = 0; i < r->fields.count; i++) {
        const struct kkt_field *field = &r->fields.at[i];
        if (!metric_set_has(&plan->needed, field->metric))
            continue;
        enum kkt_field_result result = atol5_value_decode(field, values, plan->out);
        if (result == FIELD_SHORT && r->may_be_short)
            metric_set_add(&plan->out->unsupported, field->metric);
        else
            kkt_missing_add(&missing, field->metric, result);
    }
    kkt_missing_report(&missing, plan, r);
    decode_flags(plan, r, values);
}

/* `answer` is the result code and the data behind it. */
static enum kkt_verdict decode(struct kkt_plan *plan, const struct kkt_request *r, const uint8_t *answer, size_t count,
                               bool error)
{
    (void)error;
    if (count < 2) {
        kkt_plan_report(plan, r, kkt_unreadable);
        return KKT_DECODED;
    }
    if (atol5_error_meaning(answer) != KKT_SUCCESS)
        return decode_error(plan, r, answer);
    struct atol5_values values;
    bool binary = answer[0] == 0;
    atol5_values_split(&values, answer + 2, binary ? 0 : count - 2);
    size_t length = values.count ? values.at[1] : 0;
    switch (r->shape) {
    case SHAPE_FN:
        plan->fn_answers = true;
        kkt_plan_decode(plan, r, r->fn->at, r->fn->count, 0, values.bytes, length);
        break;
    case SHAPE_TAG:
        kkt_plan_decode_tag(plan, r, values.bytes, length, false);
        break;
    default:
        decode_values(plan, r, &values);
        break;
    }
    return KKT_DECODED;
}

const struct kkt_language atol5_language = {
    KKT_PROTOCOL_5, requests, sizeof requests / sizeof requests[0], needs, sizeof needs / sizeof needs[0], command,
    decode,         NULL,
};
