/* The system channel of platform 5 (docs/protocol-5.md). */
#include "answer5.h"
#include "charset.h"
#include "clock.h"

#include <stdio.h>
#include <string.h>

void sys_temperature(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    if (kkt->state->has[STATE_printer_temperature_c])
        answer5_number(a, kkt->state->number[STATE_printer_temperature_c]);
    else
        answer5_refuse(a, ":1");
}

void sys_reboot(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count, (void)a;
    kkt->reboots++;
}

/* A value of the system channel, or "not supported" when the state has none. */
static void sys_number(struct kkt *kkt, enum state_key key, struct answer *a)
{
    if (kkt->state->has[key])
        answer5_number(a, kkt->state->number[key]);
    else
        answer5_refuse(a, ":1");
}

void sys_ofd_address(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    if (!kkt->state->has[STATE_ofd_host]) {
        answer5_refuse(a, ":1");
        return;
    }
    answer5_text(a, kkt->state->text[STATE_ofd_host]);
    answer5_number(a, state_int(kkt->state, STATE_ofd_port, 0));
}

void sys_ofd_channel(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    sys_number(kkt, STATE_ofd_channel, a);
}

void sys_battery_flags(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    const struct state *s = kkt->state;
    if (!s->has[STATE_power_battery_mv]) {
        answer5_refuse(a, ":1");
        return;
    }
    answer5_number(a, (state_bool(s, STATE_power_on_battery) ? 1 : 0) |
                          (state_bool(s, STATE_power_battery_charging) ? 2 : 0) |
                          (state_bool(s, STATE_power_battery_can_print) ? 0 : 4)); /* 0 = can */
}

void sys_battery_voltage(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    sys_number(kkt, STATE_power_battery_mv, a);
}

void sys_battery_charge(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    sys_number(kkt, STATE_power_battery_percent, a);
}

void sys_mac(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a)
{
    (void)args, (void)count;
    unsigned b[6];
    if (sscanf(state_text(kkt->state, STATE_device_mac, ""), "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3],
               &b[4], &b[5]) != 6) {
        answer5_refuse(a, ":1");
        return;
    }
    uint8_t bytes[6];
    for (unsigned i = 0; i < 6; i++)
        bytes[i] = (uint8_t)b[i];
    answer5_escaped(a, bytes, sizeof bytes);
}
