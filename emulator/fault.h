/* Faults on demand: --fault NAME[:ARG][@REQUEST][*COUNT], repeatable (docs/emulator.md). */
#ifndef EMULATOR_FAULT_H
#define EMULATOR_FAULT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_LATE,         /* protocol 3: no answer, then after ARG ms a pushed A6 */
    FAULT_PENDING,      /* protocol 3: A1 at once, then after ARG ms a pushed A6 */
    FAULT_PROGRESS,     /* protocol 3: A2 to the Add and to each Req for ARG ms, no push */
    FAULT_LOST_REQUEST, /* the request is dropped as if it had never come */
    FAULT_LOST_ANSWER,  /* done, but the answer is dropped */
    FAULT_BAD_CRC,      /* the answer's CRC or checksum is wrong */
    FAULT_EMPTY,        /* protocol 3: a frame with no data */
    FAULT_WRONG_ID,     /* the answer carries another id (platform 5: another task id) */
    FAULT_DUPLICATE,    /* the answer comes twice */
    FAULT_GARBAGE,      /* noise before the answer */
    FAULT_SPLIT,        /* the answer comes one byte a segment */
    FAULT_CUT,          /* the connection closes in the middle of the answer */
    FAULT_CLOSE,        /* the connection closes in place of the answer */
    FAULT_BUSY,         /* protocol 3: error 76; platform 5: result 1a */
    FAULT_ERROR,        /* ARG: the error's code, protocol 3 in hex (8C, EE0103), platform 5 two characters (6a) */
    FAULT_NO_FN,        /* the FN is missing whatever the state says */
    FAULT_DELAY,        /* the right answer, ARG ms late */
    FAULT_SILENCE,      /* nothing is ever answered, the probe included */
    FAULT_FULL,         /* protocol 3: B1 */
    FAULT_FOREIGN,      /* protocol 3: a pushed A6 of another task before the answer */
    FAULT_FLOOD,        /* the answer comes again and again without end */
    FAULT_STOPPED,      /* protocol 3: A5 */
    FAULT_EXISTS,       /* protocol 3: B2 */
    FAULT_MIXED,        /* a frame of the other generation before the answer */
    FAULT_OTHER,        /* a frame of the other generation in place of the answer */
    FAULT_FEW,          /* the answer ends after ARG values (platform 5) or bytes (protocol 3) */
    FAULT_MANY,         /* values or bytes that nobody knows at the end */
    FAULT_NOTICE,       /* platform 5: an unasked frame of channel C2 before the answer */
    FAULT_BINARY,       /* platform 5: success as binary 00 00, without values */
    FAULT_TRANSPORT,    /* platform 5: type with the error bit, ARG the code */
};

#define FAULTS_MAX 16

struct fault {
    enum fault_kind kind;
    uint32_t number;  /* ARG as a number (ms, count) */
    char text[8];     /* ARG as text */
    char request[24]; /* "" any */
    uint32_t left;    /* how often it still fires; UINT32_MAX for ever */
};

struct faults {
    unsigned count;
    struct fault rows[FAULTS_MAX];
};

/* Adds one SPEC; false with a message otherwise. */
bool fault_add(struct faults *faults, const char *spec, char *problem, size_t cap);

/* Has a register of that protocol these faults, and are their codes such? False with a message otherwise. */
bool fault_check(const struct faults *faults, int protocol, char *problem, size_t cap);

/* The fault that applies to this request, NULL for none; counts it. */
const struct fault *fault_match(struct faults *faults, const char *request);

/* Is there a fault of that kind at all (NO_FN, SILENCE)? */
bool fault_has(const struct faults *faults, enum fault_kind kind);

void fault_list(FILE *out);

#endif
