/* The emulated register: its state, its number in a fleet, what control has done to it; and its answers to requests. */
#ifndef EMULATOR_KKT_H
#define EMULATOR_KKT_H

#include "answer.h"
#include "state.h"

#include <time.h>

struct kkt {
    const struct state *state;
    uint32_t number;  /* in a fleet, from 0; varies serial numbers (docs/emulator.md) */
    int64_t adjust_s; /* what set-clock has moved the clock by */
    uint32_t beeps, reboots;
    uint16_t extended_command, extended_error; /* protocol 3: of the last error EE; 0 none yet */
};

/* Texts that differ from register to register in a fleet; buf holds 32 bytes. */
const char *kkt_serial(const struct kkt *kkt, char buf[32]);
const char *kkt_fn_serial(const struct kkt *kkt, char buf[32]);
bool kkt_fn_present(const struct kkt *kkt);

/* A date of the state, NULL when it is not there. */
const struct tm *kkt_date(const struct kkt *kkt, enum state_key key, struct tm *buf);

/* 100 105 110 120 as the registers write it: 1 2 3 4. */
unsigned kkt_ffd_code(int64_t version);

/* Moves the clock so that it shows this wall-clock moment. */
void kkt_set_clock(struct kkt *kkt, int64_t wall);

/* The FN's own answers, without its framing, as both generations carry them (protocol-3.md §4, protocol-5.md §5). */
void fn_status(const struct kkt *kkt, struct answer *a);   /* 30 */
void fn_exchange(const struct kkt *kkt, struct answer *a); /* 20 */
void fn_version(const struct kkt *kkt, struct answer *a);  /* 33 */
/* A registration tag as tag LE16, length LE16, value; false when the register has none. `printer`: charset. */
bool fn_tag(const struct kkt *kkt, unsigned tag, bool printer, struct answer *a);

/* Protocol 3: answers the task (command and parameters, no password) and names it for log and faults. */
void requests3_answer(struct kkt *kkt, const uint8_t *task, size_t count, struct answer *a);
void requests3_name(const uint8_t *task, size_t count, char *name, size_t cap);

/* Platform 5: answers a command of the fiscal or system channel (opcode 40's data): result code and values. */
void requests5_answer(struct kkt *kkt, unsigned channel, const uint8_t *data, size_t count, struct answer *a);
void requests5_name(unsigned channel, const uint8_t *data, size_t count, char *name, size_t cap);

#endif
