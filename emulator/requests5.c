/* What a platform 5 register answers (protocol-5.md §3-§5): one row a command. */
#include "answer5.h"
#include "charset.h"
#include "clock.h"

#include <stdio.h>
#include <string.h>

#define FISCAL 0xC3u
#define SYSTEM 0xC5u

/* Each handler begins after "00" has been written. `args`: what stands after the two characters of the command. */
typedef void handler(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a);

static void cmd_22(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    answer5_number(a, state_int(kkt->state, STATE_device_model_code, 0));
    answer5_text(a, "fw");
    answer5_text(a, state_text(kkt->state, STATE_device_firmware, ""));
    answer5_number(a, 3);
    answer5_text(a, state_text(kkt->state, STATE_device_configuration_version, ""));
    answer5_text(a, state_text(kkt->state, STATE_device_boot_version, ""));
}

static void cmd_21(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    char text[32];
    answer5_text(a, kkt_serial(kkt, text));
    answer5_text(a, state_text(kkt->state, STATE_device_model, ""));
}

static void cmd_a1(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    struct tm now = clock_to_tm(state_clock(kkt->state, kkt->adjust_s));
    answer5_date(a, &now, 12);
}

static int64_t fault_mask(const struct state *s)
{
    static const enum state_key bits[] = {STATE_faults_no_serial_number, STATE_faults_rtc,
                                          STATE_faults_settings,         STATE_faults_counters,
                                          STATE_faults_user_memory,      STATE_faults_service_counters,
                                          STATE_faults_attributes,       STATE_faults_fn,
                                          STATE_faults_wrong_fn,         STATE_faults_hardware,
                                          STATE_faults_memory_manager,   STATE_faults_scripts,
                                          STATE_faults_wait_for_reboot,  STATE_faults_universal_counters};
    int64_t mask = 0;
    for (unsigned i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (state_bool(s, bits[i]))
            mask |= INT64_C(1) << i;
    /* Blocked by a fault that has no bit of its own. */
    return mask == 0 && state_bool(s, STATE_device_blocked) ? INT64_C(1) << 20 : mask;
}

static void cmd_01(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    const struct state *s = kkt->state;
    int64_t flags = 0;
    flags |= state_bool(s, STATE_device_fiscal) ? 2 : 0;
    flags |= state_int(s, STATE_shift_state, 0) != 0 ? 4 : 0;
    flags |= state_int(s, STATE_fn_state, 3) == 3 ? 0 : 32;
    flags |= kkt_fn_present(kkt) ? 0 : 64;
    answer5_number(a, fault_mask(s));
    answer5_number(a, flags);
    answer5_number(a, 0);
    answer5_number(a, 0);
}

static void cmd_q1(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    answer5_number(a, state_bool(kkt->state, STATE_printer_drawer_opened));
}

static void cmd_02(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    const struct state *s = kkt->state;
    int64_t flags = 0;
    flags |= state_bool(s, STATE_printer_cover_opened) ? 2 : 0;
    flags |= state_bool(s, STATE_printer_paper_present) ? 0 : 4;
    flags |= state_bool(s, STATE_printer_overheat) ? 8 : 0;
    flags |= state_bool(s, STATE_printer_cutter_error) ? 16 : 0;
    answer5_number(a, flags);
    answer5_number(a, state_bool(s, STATE_printer_paper_near_end));
}

static void cmd_11(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    answer5_number(a, state_int(kkt->state, STATE_shift_number, 0));
    answer5_number(a, state_int(kkt->state, STATE_fn_last_document, 0));
    answer5_number(a, state_int(kkt->state, STATE_shift_receipt_number, 0));
}

static void cmd_12(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    struct tm tm;
    answer5_date(a, kkt_date(kkt, STATE_fn_last_document_time, &tm), 12);
    answer5_number(a, 1234567890);
}

static void cmd_13(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)kkt, (void)args, (void)count;
    answer5_text(a, "0");
    answer5_number(a, 0);
}

static void cmd_17(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    int64_t now = state_clock(kkt->state, kkt->adjust_s);
    struct tm opened = clock_to_tm(state_shift_expires(kkt->state, now) - 86400);
    answer5_date(a, &opened, 12);
}

static void cmd_05(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    const struct state *s = kkt->state;
    struct tm tm;
    answer5_number(a, 0);
    answer5_number(a, state_int(s, STATE_ofd_network_error, 0));
    answer5_number(a, state_int(s, STATE_ofd_ofd_error, 0));
    answer5_number(a, state_int(s, STATE_ofd_fn_error, 0));
    answer5_number(a, state_int(s, STATE_ofd_error_document, 0));
    answer5_number(a, state_int(s, STATE_ofd_error_command, 0));
    answer5_date(a, kkt_date(kkt, STATE_ofd_last_sent, &tm), 12);
}

static void cmd_31(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    answer5_text(a, state_text(kkt->state, STATE_registration_number, ""));
    answer5_text(a, state_text(kkt->state, STATE_registration_organization_inn, ""));
}

static void cmd_32(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    answer5_number(a, state_int(kkt->state, STATE_fn_registrations_done, 0));
    struct tm tm;
    answer5_date(a, kkt_date(kkt, STATE_registration_date, &tm), 12);
    answer5_number(a, 1);
}

static void cmd_33(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    struct tm tm;
    answer5_number(a, state_int(kkt->state, STATE_fn_registrations_left, 0));
    answer5_date(a, kkt_date(kkt, STATE_fn_valid_until, &tm), 6);
}

static void cmd_34(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    answer5_number(a, kkt_ffd_code(state_int(kkt->state, STATE_device_ffd_version_max, 105)));
    answer5_number(a, kkt_ffd_code(state_int(kkt->state, STATE_fn_ffd_version_max, 105)));
    answer5_number(a, kkt_ffd_code(state_int(kkt->state, STATE_registration_ffd_version, 105)));
}

static void cmd_p(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)kkt, (void)args, (void)count;
    answer5_number(a, 1);
}

/* Q21002; and the number of a counter: sums are roubles with a point. */
static void cmd_counter(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    static const struct {
        enum state_key key;
        bool money;
    } counters[] = {
        {STATE_counters_cash_kop,     true },
        {STATE_counters_cash_ins,     false},
        {STATE_counters_cash_in_kop,  true },
        {STATE_counters_cash_outs,    false},
        {STATE_counters_cash_out_kop, true },
    };
    static const uint8_t head[] = {'1', '0', '0', '2', ';'};
    unsigned n = count > sizeof head && memcmp(args, head, sizeof head) == 0 ? args[sizeof head] : UINT8_MAX;
    if (n >= sizeof counters / sizeof counters[0] || !kkt->state->has[counters[n].key]) {
        answer5_refuse(a, ":1");
        return;
    }
    char text[32];
    int64_t number = kkt->state->number[counters[n].key];
    (void)snprintf(text, sizeof text, counters[n].money ? "%lld.%02d" : "%lld",
                   (long long)(counters[n].money ? number / 100 : number), (int)(number % 100));
    answer5_text(a, text);
}

static void cmd_receipts(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    static const struct {
        char type;
        enum state_key key;
    } types[] = {
        {'1', STATE_counters_sell_receipts       },
        {'2', STATE_counters_sell_return_receipts},
        {'3', STATE_counters_buy_receipts        },
        {'4', STATE_counters_buy_return_receipts },
    };
    for (unsigned i = 0; count > 0 && i < sizeof types / sizeof types[0]; i++)
        if (args[0] == types[i].type && kkt->state->has[types[i].key]) {
            answer5_number(a, kkt->state->number[types[i].key]);
            for (unsigned payment = 0; payment < 5; payment++)
                answer5_text(a, "0.00");
            return;
        }
    answer5_refuse(a, ":1");
}

/* Print head and cutter, each since its reset and for its whole life. */
static void cmd_resource(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    if (!kkt->state->has[STATE_counters_head_work] || !kkt->state->has[STATE_counters_cutter_work]) {
        answer5_refuse(a, ":1");
        return;
    }
    answer5_number(a, 0);
    answer5_number(a, kkt->state->number[STATE_counters_head_work]);
    answer5_number(a, 0);
    answer5_number(a, kkt->state->number[STATE_counters_cutter_work]);
}

static void cmd_beep(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count, (void)a;
    kkt->beeps++;
}

/* A2: DDMMYYhhmmss; refused while a shift is open, as at protocol 3. */
static void cmd_set_clock(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    int part[6];
    for (unsigned i = 0; i < 12; i++)
        if (count < 12 || args[i] < '0' || args[i] > '9') {
            answer5_refuse(a, "3B");
            return;
        }
    for (unsigned i = 0; i < 6; i++)
        part[i] = (args[2 * i] - '0') * 10 + args[2 * i + 1] - '0';
    if (state_int(kkt->state, STATE_shift_state, 0) != 0) {
        answer5_refuse(a, "7a");
        return;
    }
    struct tm tm = {.tm_mday = part[0],
                    .tm_mon = part[1] - 1,
                    .tm_year = part[2] + 100,
                    .tm_hour = part[3],
                    .tm_min = part[4],
                    .tm_sec = part[5]};
    kkt_set_clock(kkt, clock_from_tm(&tm));
}

static void sys_refuse(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)kkt, (void)args, (void)count;
    answer5_refuse(a, ":1");
}

static const struct {
    unsigned channel;
    const char *command; /* its first characters */
    handler *answer;
} rows[] = {
    {FISCAL, "22",    cmd_22             },
    {FISCAL, "21",    cmd_21             },
    {FISCAL, "A1",    cmd_a1             },
    {FISCAL, "01",    cmd_01             },
    {FISCAL, "q1",    cmd_q1             },
    {FISCAL, "02",    cmd_02             },
    {FISCAL, "11",    cmd_11             },
    {FISCAL, "12",    cmd_12             },
    {FISCAL, "13",    cmd_13             },
    {FISCAL, "17",    cmd_17             },
    {FISCAL, "05",    cmd_05             },
    {FISCAL, "31",    cmd_31             },
    {FISCAL, "32",    cmd_32             },
    {FISCAL, "33",    cmd_33             },
    {FISCAL, "34",    cmd_34             },
    {FISCAL, "P1",    cmd_p              },
    {FISCAL, "P2",    cmd_p              },
    {FISCAL, "P3",    cmd_p              },
    {FISCAL, "14",    cmd_receipts       },
    {FISCAL, "r1",    cmd_resource       },
    {FISCAL, "Q2",    cmd_counter        },
    {FISCAL, "q3",    cmd_beep           },
    {FISCAL, "A2",    cmd_set_clock      },
    {SYSTEM, "(A",    sys_ofd_channel    },
    {SYSTEM, ")C",    sys_ofd_address    },
    {SYSTEM, "\"13;", sys_battery_flags  },
    {SYSTEM, "\"15;", sys_battery_voltage},
    {SYSTEM, "\"17;", sys_battery_charge },
    {SYSTEM, "\"18;", sys_mac            },
    {SYSTEM, "!a",    sys_refuse         },
    {SYSTEM, "\"16;", sys_temperature    },
    {SYSTEM, "+!",    sys_reboot         },
};

void requests5_answer(struct kkt *kkt, unsigned channel, const uint8_t *data, size_t count, struct answer *a)
{
    a->count = 0;
    answer_bytes(a, "00", 2);
    if (channel == FISCAL && count >= 2 && data[0] == '4') {
        raw_fn(kkt, data, count, a);
        return;
    }
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length = strlen(rows[i].command);
        if (rows[i].channel == channel && count >= length && memcmp(data, rows[i].command, length) == 0) {
            rows[i].answer(kkt, data + 2, count - 2, a);
            return;
        }
    }
    answer5_refuse(a, ":1");
}

void requests5_name(unsigned channel, const uint8_t *data, size_t count, char *name, size_t cap)
{
    if (channel == FISCAL && count >= 2 && data[0] == '4') {
        if (data[1] == 0x44 && count >= 5) {
            /* registration number, tag LE16; an escaped byte moves the tag by one */
            size_t at = data[2] == '~' ? 4 : 3;
            unsigned low = data[at], high = at + 1 < count ? data[at + 1] : 0;
            if (low == '~' && at + 2 < count) {
                low = data[at + 1];
                high = data[at + 2];
            }
            (void)snprintf(name, cap, "FN-44-%u", low | high << 8);
        } else {
            (void)snprintf(name, cap, "FN-%02X", data[1]);
        }
        return;
    }
    char text[8] = "";
    size_t used = 0;
    for (size_t i = 0; i < count && i < (data[0] == '"' ? 3u : 2u); i++)
        text[used++] = (char)(data[i] > 0x20 && data[i] < 0x7F ? data[i] : '.');
    text[used] = '\0';
    (void)snprintf(name, cap, "%s", text);
}
