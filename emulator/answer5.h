/* What the answers of a platform 5 register share, and its commands that stand in files of their own. */
#ifndef EMULATOR_ANSWER5_H
#define EMULATOR_ANSWER5_H

#include "kkt.h"

/* One value, escaped and ended by `;` (`;` is `~;`, `~` is `~~`). */
void answer5_escaped(struct answer *a, const uint8_t *bytes, size_t count);
void answer5_text(struct answer *a, const char *utf8);
void answer5_number(struct answer *a, int64_t number);
/* DDMMYYhhmmss or its first `digits`; zeros for a date that is not there. */
void answer5_date(struct answer *a, const struct tm *tm, unsigned digits);
/* A result code in place of what is there. */
void answer5_refuse(struct answer *a, const char *code);

/* 4 + opcode + escaped arguments + `;` (fn5.c); `data` begins with the 4. */
void raw_fn(struct kkt *kkt, const uint8_t *data, size_t count, struct answer *a);

/* The system channel (system5.c). */
void sys_temperature(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a);
void sys_reboot(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a);
void sys_ofd_address(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a);
void sys_ofd_channel(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a);
void sys_battery_flags(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a);
void sys_battery_voltage(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a);
void sys_battery_charge(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a);
void sys_mac(struct kkt *kkt, const uint8_t *args, size_t count, struct answer *a);

#endif
