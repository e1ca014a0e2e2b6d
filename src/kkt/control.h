/* Control of a register: reboot, beep, set its clock. A table of its own, apart from polling on purpose; the dialogue
 * is that of polls, in which a command is sent once only. Sans-I/O, of the same shape as kkt/session.h. */
#ifndef KKT_CONTROL_H
#define KKT_CONTROL_H

#include "kkt/session.h"

enum kkt_control_action { KKT_CONTROL_REBOOT, KKT_CONTROL_BEEP, KKT_CONTROL_SET_CLOCK };

struct kkt_control_ask {
    enum kkt_control_action action;
    struct civil clock;         /* SET_CLOCK: the time to set, in the register's zone */
    enum kkt_protocol protocol; /* known from a poll just before; not UNKNOWN */
    uint8_t password[2];
    uint64_t deadline_ms;
};

struct kkt_control;

size_t kkt_control_size(void);
/* `result` must stay alive: ERR_NONE when the register accepted the command. */
void kkt_control_start(struct kkt_control *c, const struct kkt_control_ask *ask, struct failure *result,
                       uint64_t now_ms);
size_t kkt_control_output(struct kkt_control *c, uint8_t *buf, size_t cap);
enum kkt_next kkt_control_input(struct kkt_control *c, const uint8_t *bytes, size_t count, uint64_t now_ms);
enum kkt_next kkt_control_tick(struct kkt_control *c, uint64_t now_ms);
enum kkt_next kkt_control_link_lost(struct kkt_control *c, uint64_t now_ms);
uint64_t kkt_control_wake_at(const struct kkt_control *c);

/* The commands that control may send, one after another, for the test that no poll can send them: their fixed bytes
 * (the time behind them left out). False after the last. */
bool kkt_control_list(enum kkt_protocol protocol, unsigned index, const uint8_t **bytes, size_t *count);

#endif
