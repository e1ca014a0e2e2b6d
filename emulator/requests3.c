/* What a protocol 3 register answers (protocol-3.md §3-§4): one row a request. */
#include "answer3.h"
#include "charset.h"
#include "clock.h"

#include <stdio.h>
#include <string.h>

/* "3.0.5755" -> 03 00, 01 (language), 57 55 */
static void version_bcd(struct answer *a, const char *text)
{
    unsigned major = 0, minor = 0, build = 0;
    (void)sscanf(text, "%2u.%2u.%4u", &major, &minor, &build);
    answer_bcd(a, major, 1);
    answer_bcd(a, minor, 1);
    answer_bcd(a, 1, 1);
    answer_bcd(a, build, 2);
}

static void model_info(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    uint8_t name[64];
    size_t length = charset_encode(state_text(kkt->state, STATE_device_model, " "), 0, name, sizeof name);
    answer_byte(a, 0x00);
    answer_byte(a, 0x03);
    answer_byte(a, 0x01);
    answer_byte(a, (unsigned)state_int(kkt->state, STATE_device_model_code, 0));
    answer_bcd(a, 0, 2);
    version_bcd(a, state_text(kkt->state, STATE_device_firmware, "0.0.0000"));
    answer_bytes(a, name, length);
}

static void module_version(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    enum state_key key = STATE_device_configuration_version;
    if (count < 1 || params[0] == 0x01)
        key = STATE_device_firmware;
    else if (params[0] == 0x03)
        key = STATE_device_boot_version;
    if (!kkt->state->has[key]) {
        answer3_fail(a, NOT_SUPPORTED);
        return;
    }
    answer3_good(a);
    version_bcd(a, kkt->state->text[key]);
}

static void short_status(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    const struct state *s = kkt->state;
    struct tm now = clock_to_tm(state_clock(s, kkt->adjust_s));
    unsigned flags = 0;
    flags |= state_bool(s, STATE_device_fiscal) ? 0x01 : 0;
    flags |= state_int(s, STATE_shift_state, 0) != 0 ? 0x02 : 0;
    flags |= state_bool(s, STATE_printer_drawer_opened) ? 0 : 0x04; /* 0 = open */
    flags |= state_bool(s, STATE_printer_paper_present) ? 0x08 : 0;
    flags |= state_bool(s, STATE_printer_cover_opened) ? 0x20 : 0;
    flags |= kkt_fn_present(kkt) && state_int(s, STATE_fn_state, 0) == 3 ? 0x40 : 0;
    flags |= state_bool(s, STATE_device_clock_battery_low) ? 0x80 : 0;
    answer_byte(a, 0x44);
    answer_bcd(a, 30, 1);
    answer_byte(a, 1);
    answer_bcd(a, now.tm_year % 100, 1);
    answer_bcd(a, now.tm_mon + 1, 1);
    answer_bcd(a, now.tm_mday, 1);
    answer_bcd(a, now.tm_hour, 1);
    answer_bcd(a, now.tm_min, 1);
    answer_bcd(a, now.tm_sec, 1);
    answer_byte(a, flags);
    answer_bcd(a, 12345678, 4);
    answer_byte(a, (unsigned)state_int(s, STATE_device_model_code, 0));
    answer_bytes(a, "30", 2);
    answer_byte(a, 0);
    answer_bcd(a, state_int(s, STATE_shift_receipt_number, 0), 2);
    answer_bcd(a, state_int(s, STATE_shift_number, 0), 2);
    answer_byte(a, 0);
    answer_bcd(a, 0, 5);
    answer_byte(a, 2);
    answer_byte(a, 4);
}

static void mode_and_printer(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    const struct state *s = kkt->state;
    unsigned flags = 0;
    flags |= state_bool(s, STATE_printer_paper_present) ? 0 : 0x01;
    flags |= state_bool(s, STATE_printer_connection_lost) ? 0x02 : 0;
    flags |= state_bool(s, STATE_printer_error) ? 0x04 : 0;
    flags |= state_bool(s, STATE_printer_cutter_error) ? 0x08 : 0;
    flags |= state_bool(s, STATE_printer_overheat) ? 0x10 : 0;
    flags |= state_bool(s, STATE_printer_paper_near_end) ? 0x80 : 0;
    int64_t mode = state_int(s, STATE_device_mode, state_bool(s, STATE_device_blocked) ? 7 : 1);
    answer_byte(a, 0x55);
    answer_byte(a, (unsigned)state_int(s, STATE_device_submode, 0) << 4 | (unsigned)mode);
    answer_byte(a, flags);
}

static void mac(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    unsigned b[6];
    if (sscanf(state_text(kkt->state, STATE_device_mac, ""), "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3],
               &b[4], &b[5]) != 6) {
        answer3_fail(a, NOT_SUPPORTED);
        return;
    }
    answer3_good(a);
    for (unsigned i = 0; i < 6; i++)
        answer_byte(a, b[i]);
}

static void ofd_setting(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    const struct state *s = kkt->state;
    unsigned which = count > 0 ? params[0] : 0;
    if ((which == 1 && !s->has[STATE_ofd_host]) || (which == 2 && !s->has[STATE_ofd_port]) ||
        (which == 4 && !s->has[STATE_ofd_channel]) || which < 1 || which > 4) {
        answer3_fail(a, NOT_SUPPORTED);
        return;
    }
    answer3_good(a);
    if (which == 1) {
        answer_padded(a, s->text[STATE_ofd_host], strlen(s->text[STATE_ofd_host]) + 1, '\0');
    } else if (which == 2) {
        answer_byte(a, (unsigned)(s->number[STATE_ofd_port] >> 8 & 0xFF));
        answer_byte(a, (unsigned)(s->number[STATE_ofd_port] & 0xFF));
    } else if (which == 3) {
        answer_le(a, 0, 4);
    } else {
        answer_byte(a, (unsigned)s->number[STATE_ofd_channel]);
    }
}

static void fn_command(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    unsigned command = count > 0 ? params[0] : 0;
    char text[32];
    if (!kkt_fn_present(kkt)) {
        answer3_fail(a, NO_FN);
        return;
    }
    answer3_good(a);
    switch (command) {
    case 0x20:
        fn_exchange(kkt, a);
        break;
    case 0x30:
        fn_status(kkt, a);
        break;
    case 0x31:
        answer_padded(a, kkt_fn_serial(kkt, text), 16, ' ');
        break;
    case 0x33:
        fn_version(kkt, a);
        break;
    default:
        answer3_fail(a, NOT_SUPPORTED);
    }
}

#define BLOCK 100

static void tag_block(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    struct answer tlv = {0};
    unsigned tag = count >= 2 ? (unsigned)(params[0] | params[1] << 8) : 0;
    size_t at = count >= 3 ? params[2] * (size_t)BLOCK : 0;
    if (!kkt_fn_present(kkt)) {
        answer3_fail(a, NO_FN);
        return;
    }
    if (!fn_tag(kkt, tag, true, &tlv) || at >= tlv.count) {
        answer3_fail(a, 0xAC);
        return;
    }
    answer3_good(a);
    answer_byte(a, (unsigned)((tlv.count + BLOCK - 1) / BLOCK));
    answer_bytes(a, tlv.bytes + at, tlv.count - at < BLOCK ? tlv.count - at : BLOCK);
}

static void set_clock(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    if (count < 6) {
        answer3_fail(a, 0x14);
        return;
    }
    int part[6];
    for (unsigned i = 0; i < 6; i++)
        part[i] = (params[i] >> 4) * 10 + (params[i] & 15);
    struct tm tm = {.tm_mday = part[0],
                    .tm_mon = part[1] - 1,
                    .tm_year = part[2] + 100,
                    .tm_hour = part[3],
                    .tm_min = part[4],
                    .tm_sec = part[5]};
    if (state_int(kkt->state, STATE_shift_state, 0) != 0) {
        answer3_fail(a, 0x9C);
        return;
    }
    kkt_set_clock(kkt, clock_from_tm(&tm));
    answer3_good(a);
    answer_byte(a, 0);
}

static void beep(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    kkt->beeps++;
    answer3_good(a);
}

static void reboot(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)params, (void)count;
    kkt->reboots++;
    answer3_good(a);
    answer_byte(a, 0);
}

static void refused(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a)
{
    (void)kkt, (void)params, (void)count;
    answer3_fail(a, NOT_SUPPORTED);
}

#define ROW(handler, ...)                                                                                              \
    {                                                                                                                  \
        handler, sizeof((uint8_t[]){__VA_ARGS__}),                                                                     \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }

typedef void handler(struct kkt *kkt, const uint8_t *params, size_t count, struct answer *a);

static const struct {
    handler *answer;
    uint8_t count;
    uint8_t bytes[5];
} rows[] = {
    ROW(model_info, 0xA5),
    ROW(module_version, 0x9D),
    ROW(short_status, 0x3F),
    ROW(mode_and_printer, 0x45),
    ROW(registers3_answer, 0x91),
    ROW(mac, 0x46, 0x02, 0x00, 0x01, 0x57),
    ROW(ofd_setting, 0x46, 0x13, 0x00, 0x01),
    ROW(fn_command, 0xA4),
    ROW(tag_block, 0xE9),
    ROW(set_clock, 0xED),
    ROW(beep, 0x47),
    ROW(beep, 0x88),
    ROW(reboot, 0xCE, 0x41),
    ROW(refused, 0xEF),
};

void requests3_answer(struct kkt *kkt, const uint8_t *task, size_t count, struct answer *a)
{
    a->count = 0;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (count >= rows[i].count && memcmp(task, rows[i].bytes, rows[i].count) == 0) {
            rows[i].answer(kkt, task + rows[i].count, count - rows[i].count, a);
            return;
        }
    answer3_fail(a, NOT_SUPPORTED);
}

void requests3_name(const uint8_t *task, size_t count, char *name, size_t cap)
{
    uint8_t code = count > 0 ? task[0] : 0;
    if (code == 0xE9 && count >= 3)
        (void)snprintf(name, cap, "E9-%u", (unsigned)(task[1] | task[2] << 8));
    else if (code == 0x46 && count >= 5)
        (void)snprintf(name, cap, "46-%02X-%02X", task[1], task[4]);
    else if ((code == 0x91 || code == 0xA4 || code == 0x9D || code == 0xCE) && count >= 2)
        (void)snprintf(name, cap, "%02X-%02X", code, task[1]);
    else
        (void)snprintf(name, cap, "%02X", code);
}
