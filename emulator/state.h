/* The state of the emulated register: read from a JSON file of the shape of `metrics`. */
#ifndef EMULATOR_STATE_H
#define EMULATOR_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The keys are the names of the contract, which the client's catalogue lists; nothing else of it is used here. A key
 * that the client computes is accepted and ignored. */
enum state_key {
#define METRIC(group, key, ...) STATE_##group##_##key,
#include "metric/catalogue.def"
#undef METRIC
    STATE_COUNT
};

struct state {
    json_t *root; /* owns the texts */
    bool has[STATE_COUNT];
    int64_t number[STATE_COUNT];   /* BOOL, INT; DATE, TIME: seconds of the wall clock since 1970 (clock.h) */
    const char *text[STATE_COUNT]; /* TEXT: UTF-8 */
};

/* The default state of a healthy register of that protocol (3 or 5), as JSON. The caller owns it. */
json_t *state_default(int protocol);

/* Takes the JSON over (its reference is stolen, also on failure). False with a message of where and what otherwise:
 * an unknown group or key, a wrong type, a date that is none. `state` is unchanged then. */
bool state_from_json(struct state *state, json_t *root, char *problem, size_t cap);

/* Reads a file; the message names file, line or path. */
bool state_read(struct state *state, const char *file, char *problem, size_t cap);

void state_free(struct state *state);

/* Values with a fallback for a key that is missing in the state. */
int64_t state_int(const struct state *state, enum state_key key, int64_t otherwise);
bool state_bool(const struct state *state, enum state_key key);
const char *state_text(const struct state *state, enum state_key key, const char *otherwise);

/* FN flags and OFD status: the mask, or what the booleans say where it is absent. */
uint8_t state_fn_flags(const struct state *state);
uint8_t state_ofd_status(const struct state *state);

/* The register's clock now, wall-clock seconds: `device.time` stands still, else the host's local time plus
 * `device.clock_drift_s` plus `adjust_s` (what set-clock has changed). */
int64_t state_clock(const struct state *state, int64_t adjust_s);

/* When the open shift ends, wall-clock seconds: `shift.expires`, else 12 hours from now, or an hour ago when expired.
 */
int64_t state_shift_expires(const struct state *state, int64_t now);

#endif
