/* The registers of a protocol 3 device, 91 xx (protocol-3.md §4). */
#include "answer3.h"
#include "clock.h"

static void good_bcd(const struct kkt *kkt, struct answer *a, enum state_key key, unsigned bytes)
{
    if (!kkt->state->has[key]) {
        answer3_fail(a, NOT_SUPPORTED);
        return;
    }
    answer3_good(a);
    answer_bcd(a, kkt->state->number[key], bytes);
}

static void clock_register(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    struct tm now = clock_to_tm(state_clock(kkt->state, kkt->adjust_s));
    answer3_good(a);
    answer_date_bcd(a, &now, 6);
}

static void shift_state(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    int64_t state = state_int(kkt->state, STATE_shift_state, 0);
    int64_t now = state_clock(kkt->state, kkt->adjust_s), end = state_shift_expires(kkt->state, now);
    struct tm tm = clock_to_tm(end);
    answer3_good(a);
    /* A register knows open and closed; that the time is over follows from the clock (protocol-3.md §4). */
    answer_byte(a, state == 2 && end >= now ? 2 : state != 0);
    answer_date_bcd(a, state != 0 ? &tm : NULL, 6);
}

static void shift_number(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    int64_t number = state_int(kkt->state, STATE_shift_number, 0);
    answer3_good(a); /* the last closed one */
    answer_bcd(a, state_int(kkt->state, STATE_shift_state, 0) != 0 ? number - 1 : number, 2);
}

static void receipt_state(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    answer3_good(a);
    answer_byte(a, 0);
    answer_byte(a, 0);
    answer_bcd(a, state_int(kkt->state, STATE_shift_receipt_number, 0), 2);
    answer_bcd(a, state_int(kkt->state, STATE_fn_last_document, 0), 4);
}

static void serial(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    char text[32];
    kkt_serial(kkt, text);
    answer3_good(a);
    for (size_t i = 0; i + 1 < sizeof text && text[i] && text[i + 1]; i += 2)
        answer_byte(a, ((unsigned)text[i] & 15) << 4 | ((unsigned)text[i + 1] & 15)); /* BCD, if it is digits */
}

static void line_width(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)kkt, (void)params, (void)count;
    answer3_good(a);
    answer_bcd(a, 32, 1);
    answer_bcd(a, 384, 2);
}

static void last_registration(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    struct tm tm;
    if (!kkt->state->has[STATE_registration_date]) {
        answer3_fail(a, NOT_SUPPORTED);
        return;
    }
    answer3_good(a);
    answer_bcd(a, 1, 5);
    answer_date_bcd(a, kkt_date(kkt, STATE_registration_date, &tm), 5);
}

/* Of the last error EE: its command and its extended code, BE (the command: C). */
static void extended_error(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    answer3_good(a);
    answer_byte(a, kkt->extended_command >> 8);
    answer_byte(a, kkt->extended_command & 0xFF);
    answer_byte(a, kkt->extended_error >> 8);
    answer_byte(a, kkt->extended_error & 0xFF);
}

static void last_sent(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    struct tm tm;
    answer3_good(a);
    answer_date_bcd(a, kkt_date(kkt, STATE_ofd_last_sent, &tm), 6);
}

static void validity(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    struct tm tm;
    answer3_good(a);
    answer_bcd(a, state_int(kkt->state, STATE_fn_registrations_done, 0), 1);
    answer_bcd(a, state_int(kkt->state, STATE_fn_registrations_left, 0), 1);
    answer_date_bcd(a, kkt_date(kkt, STATE_fn_valid_until, &tm), 3);
    answer_byte(a, 0);
}

static void ffd_versions(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    unsigned device = kkt_ffd_code(state_int(kkt->state, STATE_device_ffd_version_max, 105));
    unsigned current = kkt_ffd_code(state_int(kkt->state, STATE_registration_ffd_version, 105));
    answer3_good(a);
    answer_byte(a, device);
    answer_byte(a, kkt_ffd_code(state_int(kkt->state, STATE_fn_ffd_version_max, 105)));
    answer_byte(a, current);
    answer_date_bcd(a, NULL, 3);
    answer_byte(a, device);
    answer_byte(a, 0);
    answer_byte(a, 1);
}

static void last_document(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    struct tm tm;
    answer3_good(a);
    answer_bcd(a, state_int(kkt->state, STATE_fn_last_document, 0), 5);
    answer_date_bcd(a, kkt_date(kkt, STATE_fn_last_document_time, &tm), 5);
    answer_bcd(a, 1234567890, 5);
}

static void last_receipt(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    struct tm tm;
    answer3_good(a);
    answer_bcd(a, state_int(kkt->state, STATE_fn_last_document, 0), 5);
    answer_byte(a, 1);
    answer_bcd(a, 100, 7);
    answer_date_bcd(a, kkt_date(kkt, STATE_fn_last_document_time, &tm), 5);
    answer_bcd(a, 1234567890, 5);
}

static void fn_shift(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    answer3_good(a);
    answer_bcd(a, state_int(kkt->state, STATE_shift_receipt_number, 0), 3);
    answer_bcd(a, state_int(kkt->state, STATE_shift_number, 0), 3);
}

static void ofd_errors(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    answer3_good(a);
    answer_bcd(a, state_int(kkt->state, STATE_ofd_network_error, 0), 1);
    answer_bcd(a, state_int(kkt->state, STATE_ofd_ofd_error, 0), 1);
    answer_bcd(a, state_int(kkt->state, STATE_ofd_fn_error, 0), 1);
    answer_bcd(a, state_int(kkt->state, STATE_ofd_error_document, 0), 5);
    answer_byte(a, (unsigned)state_int(kkt->state, STATE_ofd_error_command, 0));
}

static void revenue(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    if (!kkt->state->has[STATE_counters_revenue_kop]) {
        answer3_fail(a, NOT_SUPPORTED);
        return;
    }
    int64_t kop = kkt->state->number[STATE_counters_revenue_kop];
    answer3_good(a);
    answer_byte(a, kop < 0);
    answer_bcd(a, kop < 0 ? -kop : kop, 6);
}

static void receipts(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    static const struct {
        uint8_t type;
        enum state_key key;
    } types[] = {
        {1, STATE_counters_sell_receipts       },
        {2, STATE_counters_sell_return_receipts},
        {4, STATE_counters_buy_receipts        },
        {5, STATE_counters_buy_return_receipts },
    };
    for (unsigned i = 0; count > 0 && i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == params[0]) {
            good_bcd(kkt, a, types[i].key, 5);
            return;
        }
    answer3_fail(a, NOT_SUPPORTED);
}

static void shift_documents(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    good_bcd(kkt, a, STATE_counters_shift_documents, 10);
}

/* 01: since the register was made; what it counts since its last reset is nowhere shown. */
static void resource(struct kkt *kkt, enum state_key key, const uint8_t *params, size_t count, struct answer *a)
{
    if (count < 1 || params[0] != 1 || !kkt->state->has[key]) {
        answer3_fail(a, NOT_SUPPORTED);
        return;
    }
    answer3_good(a);
    answer_le(a, (uint32_t)kkt->state->number[key], 4);
}

static void cutter(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    resource(kkt, STATE_counters_cutter_work, params, count, a);
}

static void print_head(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    resource(kkt, STATE_counters_head_work, params, count, a);
}

static void temperature(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    if (!kkt->state->has[STATE_printer_temperature_c]) {
        answer3_fail(a, NOT_SUPPORTED);
        return;
    }
    answer3_good(a);
    answer_byte(a, (unsigned)kkt->state->number[STATE_printer_temperature_c]);
}

static void power(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    const struct state *s = kkt->state;
    if (count < 1 || params[0] != 2 || !s->has[STATE_power_battery_mv]) {
        answer3_fail(a, NOT_SUPPORTED);
        return;
    }
    answer3_good(a);
    answer_byte(a, (state_bool(s, STATE_power_on_battery) ? 1u : 0u) |
                       (state_bool(s, STATE_power_battery_charging) ? 2u : 0u) |
                       (state_bool(s, STATE_power_battery_can_print) ? 0u : 4u)); /* 0 = can */
    answer_bcd(a, s->number[STATE_power_battery_mv] / 10, 2);
    answer_bcd(a, state_int(s, STATE_power_battery_percent, 0), 2);
}

static void registration_attributes(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)kkt, (void)params, (void)count;
    answer3_good(a);
    answer_byte(a, 0);
}

static const struct {
    uint8_t number;
    void (*answer)(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a);
} registers[] = {
    {0x11, clock_register         },
    {0x12, shift_state            },
    {0x13, receipt_state          },
    {0x15, shift_number           },
    {0x16, serial                 },
    {0x18, line_width             },
    {0x1A, validity               },
    {0x26, power                  },
    {0x27, temperature            },
    {0x2B, ofd_errors             },
    {0x30, last_registration      },
    {0x33, last_receipt           },
    {0x34, last_document          },
    {0x35, fn_shift               },
    {0x36, ffd_versions           },
    {0x37, extended_error         },
    {0x39, last_sent              },
    {0x3B, registration_attributes},
    {0x0B, revenue                },
    {0x21, cutter                 },
    {0x23, print_head             },
    {0x3A, shift_documents        },
    {0x41, receipts               },
};

/* Registers that are one counter: how many bytes of BCD. */
static const struct {
    uint8_t number;
    enum state_key key;
    unsigned bytes;
} counters[] = {
    {0x04, STATE_counters_cash_in_kop,  6},
    {0x05, STATE_counters_cash_out_kop, 6},
    {0x08, STATE_counters_cash_ins,     2},
    {0x09, STATE_counters_cash_outs,    2},
    {0x0A, STATE_counters_cash_kop,     7},
    {0x43, STATE_device_uptime_s,       5},
};

void registers3_answer(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    for (unsigned i = 0; count > 0 && i < sizeof registers / sizeof registers[0]; i++)
        if (registers[i].number == params[0]) {
            registers[i].answer(kkt, params + 1, count - 1, a);
            return;
        }
    for (unsigned i = 0; count > 0 && i < sizeof counters / sizeof counters[0]; i++)
        if (counters[i].number == params[0]) {
            good_bcd(kkt, a, counters[i].key, counters[i].bytes);
            return;
        }
    answer3_fail(a, NOT_SUPPORTED);
}
