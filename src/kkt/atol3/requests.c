#include "kkt/atol3/requests.h"

#include "kkt/atol3/errors.h"
#include "kkt/plan.h"
#include "metric/derived/reconcile.h"

#include <stdio.h>
#include <string.h>

/* One row a request, under it one row a value. Places count from the first byte of the answer; `base` moves those of
 * the FN behind `55 00`. Order: what changes often first, so that a short time brings it; the FN's state before all
 * that needs an FN. */
#define NAME(code, what) .name = code " " what, .code_length = sizeof code - 1
#define BYTES(n, ...)    .count = n, .bytes = {__VA_ARGS__}
#define ROWS(...)                                                                                                      \
    (const struct kkt_field[])                                                                                         \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define FIELDS(...)      .fields = {ROWS(__VA_ARGS__), sizeof(ROWS(__VA_ARGS__)) / sizeof(struct kkt_field)}
#define FN(code, answer) .base = 2, .fn = &answer, BYTES(2, 0xA4, code)

/* clang-format off */
#define TAG(number)                                                                                                    \
    {NAME("E9 " #number, "registration"), .shape = SHAPE_TAG, .rate = RATE_SLOW, .tag = number,                        \
     BYTES(4, 0xE9, (number) & 0xFF, (number) >> 8, 0)}

/* The signs of FFD 1.2 in one: asked where the format says so, and before the single ones, which it replaces. */
#define TAG_1290                                                                                                       \
    {NAME("E9 1290", "registration"), .shape = SHAPE_TAG, .rate = RATE_SLOW, .skip = SKIP_OLD_FFD, .tag = 1290,        \
     BYTES(4, 0xE9, 1290 & 0xFF, 1290 >> 8, 0)}

static const struct kkt_request requests[] = {
    {NAME("A5", "model"), BYTES(1, 0xA5), .shape = SHAPE_MODEL, .rate = RATE_QUICK, FIELDS(
        {METRIC_device_model_code,           KIND_BYTE,          3,  0},
        {METRIC_device_firmware,             KIND_VERSION,       6,  0},
        {METRIC_device_model,                KIND_CP866,         11, 0})},
    {NAME("3F", "status"), BYTES(1, 0x3F), .shape = SHAPE_STATUS, .rate = RATE_QUICK, FIELDS(
        {METRIC_device_time,                 KIND_TIME_YMD,      3,  0},
        {METRIC_device_fiscal,               KIND_BIT,           9,  0},
        {METRIC_device_clock_battery_low,    KIND_BIT,           9,  7},
        {METRIC_printer_drawer_opened,       KIND_BIT_CLEAR,     9,  2},
        {METRIC_printer_paper_present,       KIND_BIT,           9,  3},
        {METRIC_printer_cover_opened,        KIND_BIT,           9,  5},
        {METRIC_shift_receipt_number,        KIND_BCD,           18, 2})},
    {NAME("45", "mode and printer"), BYTES(1, 0x45), .shape = SHAPE_MODE, .rate = RATE_QUICK, FIELDS(
        {METRIC_device_blocked,              KIND_BLOCKED,       1,  0},
        {METRIC_device_mode,                 KIND_LOW_HALF,      1,  0},
        {METRIC_device_submode,              KIND_HIGH_HALF,     1,  0},
        {METRIC_printer_connection_lost,     KIND_BIT,           2,  1},
        {METRIC_printer_error,               KIND_ANY_BIT,       2,  0x44},
        {METRIC_printer_cutter_error,        KIND_BIT,           2,  3},
        {METRIC_printer_overheat,            KIND_BIT,           2,  4},
        {METRIC_printer_paper_near_end,      KIND_BIT,           2,  7})},
    {NAME("A4 30", "FN state"), FN(0x30, fn_spec_state), .rate = RATE_QUICK},
    {NAME("A4 20", "OFD exchange"), FN(0x20, fn_spec_exchange), .rate = RATE_QUICK},
    {NAME("91 12", "shift state"), BYTES(4, 0x91, 0x12, 0, 1), .rate = RATE_QUICK, .needs_fiscal = true, FIELDS(
        {METRIC_shift_state,                 KIND_SHIFT,         2,  0},
        {METRIC_shift_expires,               KIND_TIME_DMY,      3,  0})},
    {NAME("91 15", "shift number"), BYTES(4, 0x91, 0x15, 0, 0), .rate = RATE_QUICK, .needs_fiscal = true, FIELDS(
        {METRIC_shift_number,                KIND_BCD,           2,  2})},
    {NAME("91 2B", "OFD errors"), BYTES(4, 0x91, 0x2B, 0, 0), .rate = RATE_QUICK, FIELDS(
        {METRIC_ofd_network_error,           KIND_BCD,           2,  1},
        {METRIC_ofd_ofd_error,               KIND_BCD,           3,  1},
        {METRIC_ofd_fn_error,                KIND_BCD,           4,  1},
        {METRIC_ofd_error_document,          KIND_BCD,           5,  5},
        {METRIC_ofd_error_command,           KIND_BYTE,          10, 0})},
    {NAME("91 39", "last document sent"), BYTES(4, 0x91, 0x39, 0, 0), .rate = RATE_QUICK, FIELDS(
        {METRIC_ofd_last_sent,               KIND_TIME_DMY,      2,  0})},
    {NAME("91 43", "uptime"), BYTES(4, 0x91, 0x43, 0, 0), .rate = RATE_QUICK, FIELDS(
        {METRIC_device_uptime_s,             KIND_BCD,           2,  5})},
    {NAME("91 16", "serial number"), BYTES(4, 0x91, 0x16, 0, 0), .rate = RATE_QUICK, FIELDS(
        {METRIC_device_serial,               KIND_HEX,           2,  0})},
    {NAME("91 1A", "FN validity"), BYTES(4, 0x91, 0x1A, 0, 0), .rate = RATE_SLOW, FIELDS(
        {METRIC_fn_registrations_done,       KIND_BCD,           2,  1},
        {METRIC_fn_registrations_left,       KIND_BCD,           3,  1},
        {METRIC_fn_valid_until,              KIND_DATE_DMY,      4,  0})},
    {NAME("91 30", "last registration"), BYTES(4, 0x91, 0x30, 0, 0), .rate = RATE_SLOW, FIELDS(
        {METRIC_registration_date,           KIND_DATE_DMY,      7,  0})},
    {NAME("A4 33", "FN version"), FN(0x33, fn_spec_version), .rate = RATE_SLOW},
    {NAME("46 13 01", "OFD host"), BYTES(5, 0x46, 0x13, 0, 1, 1), .rate = RATE_SLOW, FIELDS(
        {METRIC_ofd_host,                    KIND_CP866,         2,  0})},
    {NAME("46 13 02", "OFD port"), BYTES(5, 0x46, 0x13, 0, 1, 2), .rate = RATE_SLOW, FIELDS(
        {METRIC_ofd_port,                    KIND_PORT,          2,  0})},
    {NAME("46 13 04", "OFD channel"), BYTES(5, 0x46, 0x13, 0, 1, 4), .rate = RATE_SLOW, FIELDS(
        {METRIC_ofd_channel,                 KIND_BYTE,          2,  0})},
    {NAME("91 0A", "cash"), BYTES(4, 0x91, 0x0A, 0, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_cash_kop,           KIND_BCD,           2,  7})},
    {NAME("91 27", "print head temperature"), BYTES(4, 0x91, 0x27, 0, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_printer_temperature_c,       KIND_BYTE,          2,  0})},
    {NAME("91 26", "battery"), BYTES(4, 0x91, 0x26, 2, 0), .rate = RATE_SLOW, FIELDS(
        {METRIC_power_on_battery,            KIND_BIT,           2,  0},
        {METRIC_power_battery_charging,      KIND_BIT,           2,  1},
        {METRIC_power_battery_can_print,     KIND_BIT_CLEAR,     2,  2},
        {METRIC_power_battery_mv,            KIND_BCD_X10,       3,  2},
        {METRIC_power_battery_percent,       KIND_BCD,           5,  2})},
    {NAME("9D 91", "configuration"), BYTES(2, 0x9D, 0x91), .rate = RATE_SLOW, FIELDS(
        {METRIC_device_configuration_version, KIND_VERSION,      2, 0})},
    TAG(1209), TAG_1290, TAG(1017), TAG(1037), TAG(1048), TAG(1009), TAG(1187), TAG(1117), TAG(1036), TAG(1018), TAG(1046), TAG(1002),
    TAG(1221), TAG(1110), TAG(1056), TAG(1001), TAG(1108), TAG(1207), TAG(1109), TAG(1193), TAG(1126), TAG(1062),
    TAG(1057), TAG(1060),
    {NAME("91 37", "reason of a refusal"), BYTES(4, 0x91, 0x37, 0, 0), .shape = SHAPE_REASON, .rate = RATE_QUICK},
    {NAME("91 0B", "revenue"), BYTES(4, 0x91, 0x0B, 0, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_revenue_kop,        KIND_BCD_SIGN,      2,  7})},
    {NAME("91 08", "cash-ins"), BYTES(4, 0x91, 0x08, 0, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_cash_ins,      KIND_BCD,           2,  2})},
    {NAME("91 04", "sum of cash-ins"), BYTES(4, 0x91, 0x04, 0, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_cash_in_kop,        KIND_BCD,           2,  6})},
    {NAME("91 09", "cash-outs"), BYTES(4, 0x91, 0x09, 0, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_cash_outs,     KIND_BCD,           2,  2})},
    {NAME("91 05", "sum of cash-outs"), BYTES(4, 0x91, 0x05, 0, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_cash_out_kop,       KIND_BCD,           2,  6})},
    {NAME("91 41 01", "receipts of sales"), BYTES(4, 0x91, 0x41, 1, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_sell_receipts,      KIND_BCD,           2,  5})},
    {NAME("91 41 02", "receipts of returned sales"), BYTES(4, 0x91, 0x41, 2, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_sell_return_receipts, KIND_BCD,         2,  5})},
    {NAME("91 41 04", "receipts of purchases"), BYTES(4, 0x91, 0x41, 4, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_buy_receipts,       KIND_BCD,           2,  5})},
    {NAME("91 41 05", "receipts of returned purchases"), BYTES(4, 0x91, 0x41, 5, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_buy_return_receipts, KIND_BCD,          2,  5})},
    {NAME("91 3A", "documents in the shift"), BYTES(4, 0x91, 0x3A, 0, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_shift_documents,    KIND_BCD,           7,  5})},
    {NAME("91 21 01", "cutter"), BYTES(4, 0x91, 0x21, 1, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_cutter_work,       KIND_LE32,          2,  0})},
    {NAME("91 23 01", "print head"), BYTES(4, 0x91, 0x23, 1, 0), .rate = RATE_EXTRA, FIELDS(
        {METRIC_counters_head_work,         KIND_LE32,          2,  0})},
    {NAME("46 02 57", "MAC address"), BYTES(5, 0x46, 0x02, 0, 1, 0x57), .rate = RATE_EXTRA, FIELDS(
        {METRIC_device_mac,                  KIND_MAC,           2,  0})},
    {NAME("9D 03", "boot loader"), BYTES(2, 0x9D, 0x03), .rate = RATE_EXTRA, FIELDS(
        {METRIC_device_boot_version,         KIND_VERSION,      2,  0})},
    {NAME("91 36", "formats"), BYTES(4, 0x91, 0x36, 0, 0), .rate = RATE_EXTRA, .may_be_short = true, FIELDS(
        {METRIC_device_ffd_version_max,      KIND_FFD,           8,  0})},
};

/* The state distinguishes open from expired by the clock; the number is given as that of the last closed shift (§4). */
static const struct kkt_need needs[] = {
    {METRIC_shift_number,  METRIC_shift_state},
    {METRIC_shift_expires, METRIC_shift_state},
    {METRIC_shift_state,   METRIC_shift_expires},
    {METRIC_shift_state,   METRIC_device_time},
    {METRIC_shift_state,   METRIC_device_fiscal},
    KKT_FISCAL_NEED(number), KKT_FISCAL_NEED(organization_inn),
    KKT_TAG_METRICS(KKT_FISCAL_NEED),
    KKT_FFD_NEEDS,
};
/* clang-format on */

static size_t command(const struct kkt_plan *plan, const struct kkt_request *request, uint8_t *out)
{
    memcpy(out, request->bytes, request->count);
    if (request->shape == SHAPE_TAG)
        out[3] = plan->block;
    return request->count;
}

/* First bytes of answers, and codes that mean something for a poll (§4, §5). */
enum { ANSWER = 0x55, ANSWER_STATUS = 0x44 };
enum { CODE_EXTENDED = 0xEE }; /* 91 37 gives the reason */

/* First byte of the requests that read settings. */
enum { SETTINGS = 0x46 };
enum { CODE_OK = 0, CODE_UNREADABLE = -1 };

/* The error code of an answer, CODE_OK or CODE_UNREADABLE. */
static int answer_code(enum kkt_shape shape, const uint8_t *answer, size_t count, bool error)
{
    if (count < 1)
        return CODE_UNREADABLE;
    if (!error && shape == SHAPE_STATUS && answer[0] == ANSWER_STATUS)
        return CODE_OK;
    if (shape == SHAPE_MODEL && answer[0] != ANSWER)
        return answer[0] == CODE_OK && error ? CODE_UNREADABLE : answer[0];
    if (answer[0] != ANSWER || count < 2)
        return CODE_UNREADABLE;
    if (error)
        return answer[1] == CODE_OK ? CODE_UNREADABLE : answer[1];
    if (shape == SHAPE_MODE)
        return (answer[1] & 15) >= 8 ? answer[1] : CODE_OK;
    if (shape == SHAPE_STATUS || shape == SHAPE_MODEL)
        return answer[1] == CODE_OK ? CODE_UNREADABLE : answer[1];
    return answer[1];
}

/* Refusals that are normal on some registers: they cost the request's values and nothing else. */
static bool is_normal(const struct kkt_request *r, enum kkt_meaning meaning)
{
    switch (meaning) {
    case KKT_NOT_SUPPORTED:
    case KKT_NOT_REGISTERED:
        return true;
    case KKT_NO_SUCH_FIELD:
    case KKT_NOT_IN_MODE:
        return r->bytes[0] == SETTINGS;
    default:
        return false;
    }
}

/* How a register says that it has no such attribute, or no registration at all. A fault says neither: the vendor's
 * driver takes each refusal of E9 for an attribute that there is not, and so shows an autonomous register as none. */
static bool is_absent_attribute(const struct kkt_plan *plan, const struct kkt_request *r, enum kkt_meaning meaning)
{
    if (r->shape != SHAPE_TAG || plan->block > 0)
        return false;
    return meaning == KKT_NO_DATA || meaning == KKT_NO_SUCH_FIELD || (meaning == KKT_NO_FN && plan->fn_missing) ||
           (meaning == KKT_REFUSED && reconcile_is_not_fiscal(plan->out));
}

static enum kkt_verdict decode_error(struct kkt_plan *plan, const struct kkt_request *r, int code)
{
    if (code == CODE_UNREADABLE) {
        kkt_plan_report(plan, r, kkt_unreadable);
        return KKT_DECODED;
    }
    struct kkt_words text = atol3_error_text((uint8_t)code);
    enum kkt_meaning meaning = atol3_error_meaning((uint8_t)code);
    if (meaning == KKT_REGISTER_BUSY)
        return KKT_BUSY;
    if (meaning == KKT_PASSWORD) {
        failure_explain(&plan->out->failure, ERR_PASSWORD, "%.*s: %02X %s%.0s", "%.*s: %02X %.0s%s", r->code_length,
                        r->name, (unsigned)code, text.en, text.ru);
        return KKT_REFUSING;
    }
    if (is_normal(r, meaning)) {
        kkt_plan_unsupported(plan, r);
        return KKT_DECODED;
    }
    if (meaning == KKT_NO_FN && kkt_request_of_fn(r) && !plan->fn_answers) {
        kkt_plan_fn_missing(plan, r);
        return KKT_DECODED;
    }
    if (is_absent_attribute(plan, r, meaning))
        return KKT_DECODED;
    if (code == CODE_EXTENDED && !plan->confirming && !plan->refused) {
        plan->refused = r;
        return KKT_REASON;
    }
    char name[8];
    (void)snprintf(name, sizeof name, "%02X", (unsigned)(uint8_t)code);
    kkt_plan_report_error(plan, r, name, text);
    return KKT_DECODED;
}

/* `55 00 command code`, both BE. The register keeps one reason: that of another command is not this one's. */
static enum kkt_verdict decode_reason(struct kkt_plan *plan, const uint8_t *answer, size_t count, int code)
{
    const struct kkt_request *r = plan->refused;
    if (code > CODE_OK && atol3_error_meaning((uint8_t)code) == KKT_REGISTER_BUSY)
        return KKT_BUSY;
    bool given = code == CODE_OK && count >= 6 && (answer[2] == r->bytes[0] || answer[3] == r->bytes[0]);
    unsigned reason = given ? (unsigned)answer[4] << 8 | answer[5] : 0;
    char name[12];
    (void)snprintf(name, sizeof name, given ? "EE %04X" : "EE", reason);
    kkt_plan_report_error(plan, r, name, given ? atol3_reason_text(reason) : atol3_error_text(CODE_EXTENDED));
    return KKT_DECODED;
}

/* `55 00 blocks slice`: the slices of all blocks make one TLV (§4). */
static enum kkt_verdict decode_block(struct kkt_plan *plan, const struct kkt_request *r, const uint8_t *answer,
                                     size_t count)
{
    if (count < 3 || count - 3 > sizeof plan->tlv - plan->tlv_count) {
        kkt_plan_report(plan, r, kkt_unreadable);
        return KKT_DECODED;
    }
    uint8_t blocks = answer[2];
    if (blocks == 0)
        return KKT_DECODED;
    memcpy(plan->tlv + plan->tlv_count, answer + 3, count - 3);
    plan->tlv_count = (uint16_t)(plan->tlv_count + count - 3);
    /* A block without bytes would make a register with many blocks endless. */
    if (plan->block + 1 < blocks && count > 3)
        return KKT_MORE;
    kkt_plan_decode_tag(plan, r, plan->tlv, plan->tlv_count, true);
    return KKT_DECODED;
}

static enum kkt_verdict decode(struct kkt_plan *plan, const struct kkt_request *r, const uint8_t *answer, size_t count,
                               bool error)
{
    int code = answer_code(r->shape, answer, count, error);
    if (r->shape == SHAPE_REASON)
        return decode_reason(plan, answer, count, code);
    if (code != CODE_OK)
        return decode_error(plan, r, code);
    if (r->shape == SHAPE_TAG)
        return decode_block(plan, r, answer, count);
    if (r->fn) {
        plan->fn_answers = true;
        kkt_plan_decode(plan, r, r->fn->at, r->fn->count, r->base, answer, count);
    } else {
        kkt_plan_decode(plan, r, r->fields.at, r->fields.count, r->base, answer, count);
    }
    return KKT_DECODED;
}

/* 91 15 holds the number of the last closed shift (§4): an open one is the next. */
static void reconcile(struct snapshot *out)
{
    reconcile_not_fiscal(out);
    if (!snapshot_has(out, METRIC_shift_state))
        snapshot_remove(out, METRIC_shift_number);
    else if (snapshot_int(out, METRIC_shift_state) != 0 && snapshot_has(out, METRIC_shift_number) &&
             !snapshot_set_int(out, METRIC_shift_number, snapshot_int(out, METRIC_shift_number) + 1))
        snapshot_remove(out, METRIC_shift_number);
}

const struct kkt_language atol3_language = {
    KKT_PROTOCOL_3, requests,  sizeof requests / sizeof requests[0], needs, sizeof needs / sizeof needs[0], command,
    decode,         reconcile,
};
