/* One row of a protocol's request table, and the verdicts and events that both protocols share. */
#ifndef KKT_REQUEST_H
#define KKT_REQUEST_H

#include "kkt/fn_spec.h"

#include <stdint.h>

/* How an answer is built. */
enum kkt_shape {
    SHAPE_NORMAL, /* protocol 3: `55 00 data` or `55 code ext`; platform 5: result code and values */
    SHAPE_STATUS, /* 3F: `44 …` or `55 code ext` */
    SHAPE_MODEL,  /* A5: `00 …` or `code …` */
    SHAPE_MODE,   /* 45: `55 mode flags`; a low nibble of 8..F in the mode is an error code */
    SHAPE_FN,     /* platform 5: the FN's own answer, binary */
    SHAPE_TAG,    /* one TLV of the registration report, at protocol 3 in blocks */
};

/* When a request is left out although it is wanted. */
enum kkt_skip {
    SKIP_NEVER,
    SKIP_SHIFT_CLOSED,
    SKIP_NO_FN,
    SKIP_NOT_FISCAL, /* or without an FN */
};

/* What the sender appends (platform 5). */
enum kkt_argument { ARGUMENT_NONE, ARGUMENT_TAG, ARGUMENT_CLOCK };

struct kkt_request {
    const char *name;    /* "A4 20 OFD exchange" */
    uint8_t code_length; /* of "A4 20" */
    uint8_t count;       /* of bytes */
    uint8_t bytes[16];   /* the command without password, ids and framing */
    enum kkt_shape shape;
    enum metric_rate rate; /* the most frequent of its metrics */
    enum kkt_skip skip;
    enum kkt_argument argument;
    uint16_t tag;    /* SHAPE_TAG */
    uint8_t channel; /* platform 5: fiscal or system */
    uint8_t base;    /* added to each field's place */
    struct kkt_fields fields;
    const struct kkt_fields *fn; /* instead of fields: an answer of the FN itself */
};

/* A value that another one cannot be told without. */
struct kkt_need {
    enum metric metric, source;
};

/* What an answer means for the poll. */
enum kkt_verdict {
    KKT_DECODED,  /* values are in the snapshot, or the report says why not: go on */
    KKT_MORE,     /* the same request goes on in another block */
    KKT_BUSY,     /* the register is busy: ask again after a pause */
    KKT_REFUSING, /* the answer speaks for the whole register: out->failure is set */
};

/* What a dialogue tells the session after a byte, a frame or a tick. */
enum kkt_progress {
    KKT_PROGRESS_WAIT,    /* wait for bytes or for the dialogue's wake */
    KKT_PROGRESS_ANSWER,  /* the answer is there */
    KKT_PROGRESS_SILENT,  /* given up: no answer */
    KKT_PROGRESS_DAMAGED, /* given up: what came was damaged */
    KKT_PROGRESS_REFUSED, /* given up: the register answers, but does not take the task */
};

#endif
