/* How many full polls may begin in a second: as many as this computer can handle beside the quick ones. */
#ifndef SERVE_LOAD_H
#define SERVE_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#define LOAD_FULL_PER_S     200 /* at first */
#define LOAD_FULL_PER_S_MIN 20
#define LOAD_FULL_PER_S_MAX 5000

#define LOAD_LOOK_MS 1000

struct load {
    uint32_t full_per_s;
    uint64_t idle_ns, at_ms; /* at the last look */
};

/* The loop's share of time without work shows how much is left: below 20 % the rate goes down, above 30 % up.
 * `idle_ns`: time that the loop has waited so far; `late`: polls have begun late since. True when the rate changed. */
bool load_update(struct load *load, uint64_t idle_ns, uint64_t now_ms, bool late);

#endif
