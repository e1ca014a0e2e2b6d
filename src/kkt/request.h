/* One row of a protocol's request table, and the verdicts and events that both protocols share. */
#ifndef KKT_REQUEST_H
#define KKT_REQUEST_H

#include "kkt/fields/fn_spec.h"
#include "kkt/report.h"

#include <stdint.h>

/* How an answer is built. */
enum kkt_shape {
    SHAPE_NORMAL, /* protocol 3: `55 00 data` or `55 code ext`; platform 5: result code and values */
    SHAPE_STATUS, /* 3F: `44 …` or `55 code ext` */
    SHAPE_MODEL,  /* A5: `00 …` or `code …` */
    SHAPE_MODE,   /* 45: `55 mode flags`; a low nibble of 8..F in the mode is an error code */
    SHAPE_FN,     /* platform 5: the FN's own answer, binary */
    SHAPE_TAG,    /* one TLV of the registration report, at protocol 3 in blocks */
    SHAPE_REASON, /* protocol 3: why the request before it was refused (91 37); asked only then */
};

/* When a request is left out although it is wanted. */
enum kkt_skip {
    SKIP_NEVER,
    SKIP_OLD_FFD, /* the fiscal data format is older than 1.2 */
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
    bool may_be_short; /* old firmware answers less: what lies behind is not supported, and no failure */
    bool needs_fiscal; /* garbage from a register that is not fiscalised, which is not asked for it */
    uint16_t tag;      /* SHAPE_TAG */
    uint8_t channel;   /* platform 5: fiscal or system */
    uint8_t base;      /* added to each field's place */
    struct kkt_fields fields;
    const struct kkt_fields *fn; /* instead of fields: an answer of the FN itself */
};

/* A value that another one depends on. */
struct kkt_need {
    enum metric metric, source;
};

/* What a result code means, the same for both protocols. */
enum kkt_meaning {
    KKT_SUCCESS,
    KKT_REFUSED,        /* an error of this request */
    KKT_REGISTER_BUSY,  /* ask again later */
    KKT_NOT_SUPPORTED,  /* the register has no such command */
    KKT_NO_SUCH_FIELD,  /* no such table, row or field of its settings */
    KKT_NOT_IN_MODE,    /* not in the mode that the register is in */
    KKT_NOT_REGISTERED, /* the register was never registered: it has no such data */
    KKT_NO_FN,          /* no fiscal storage */
    KKT_NO_DATA,        /* the FN or the register has no such data */
    KKT_PASSWORD,       /* wrong access password */
};

/* Every value of the registration report that has a tag of its own, one way in both protocols. */
#define KKT_TAG_METRICS(ROW)                                                                                           \
    ROW(ofd_inn), ROW(organization_name), ROW(organization_address), ROW(payments_address), ROW(organization_email),   \
        ROW(machine_number), ROW(ofd_name), ROW(autonomous), ROW(vending_printer), ROW(bso), ROW(encryption),          \
        ROW(auto_mode), ROW(internet), ROW(excise), ROW(service), ROW(gambling), ROW(lottery), ROW(taxation),          \
        ROW(agent), ROW(fns_url), ROW(ffd_version), ROW(marked), ROW(pawnshop), ROW(insurance), ROW(vending),          \
        ROW(catering), ROW(wholesale)

/* A register that is not fiscalised has no registration: what is refused there is no fault. */
#define KKT_FISCAL_NEED(key)                                                                                           \
    {                                                                                                                  \
        METRIC_registration_##key, METRIC_device_fiscal                                                                \
    }

/* The format decides whether the signs are in one tag (1290) or in single ones. */
#define KKT_FFD_NEED(key)                                                                                              \
    {                                                                                                                  \
        METRIC_registration_##key, METRIC_registration_ffd_version                                                     \
    }
#define KKT_FFD_NEEDS                                                                                                  \
    KKT_FFD_NEED(vending_printer), KKT_FFD_NEED(bso), KKT_FFD_NEED(internet), KKT_FFD_NEED(excise),                    \
        KKT_FFD_NEED(service), KKT_FFD_NEED(gambling), KKT_FFD_NEED(lottery), KKT_FFD_NEED(marked),                    \
        KKT_FFD_NEED(pawnshop), KKT_FFD_NEED(insurance), KKT_FFD_NEED(vending), KKT_FFD_NEED(catering),                \
        KKT_FFD_NEED(wholesale)

/* What an answer means for the poll. */
enum kkt_verdict {
    KKT_DECODED,  /* values are in the snapshot, or the report says why not: go on */
    KKT_MORE,     /* the same request goes on in another block */
    KKT_REASON,   /* refused, and the register gives the reason when it is asked for it */
    KKT_BUSY,     /* the register is busy: ask again after a pause */
    KKT_REFUSING, /* the answer speaks for the whole register: out->failure is set */
};

/* May a request be sent again when its answer does not come? Reading may, a command of control may not. */
enum kkt_delivery { KKT_MAY_REPEAT, KKT_ONCE };

/* What a dialogue reports to its owner after a byte, a frame or a tick. All but WAIT and ANSWER end the request. */
enum kkt_progress {
    KKT_PROGRESS_WAIT,    /* wait for bytes or for the dialogue's wake */
    KKT_PROGRESS_ANSWER,  /* the answer is there */
    KKT_PROGRESS_SILENT,  /* no answer */
    KKT_PROGRESS_DAMAGED, /* what came was damaged */
    KKT_PROGRESS_REFUSED, /* the register answers, but does not take the task */
    KKT_PROGRESS_PENDING, /* protocol 3: in progress for longer than the limit */
    KKT_PROGRESS_FULL,    /* protocol 3: the buffer stays full of other tasks */
    KKT_PROGRESS_STOPPED, /* protocol 3: the buffer stays stopped by a failed task of another program */
    KKT_PROGRESS_FOREIGN, /* a frame of the other protocol */
    KKT_PROGRESS_FLOOD,   /* more bytes, frames or damage than a poll can bring */
    KKT_PROGRESS_TELNET,  /* the first bytes are telnet's: a converter's, not the register's */
};

#endif
