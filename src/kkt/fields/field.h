/* One value in a binary answer: which metric, where it stands, how it is written. The decoders of protocol 3 and of the
 * FN's own answers. */
#ifndef KKT_FIELDS_FIELD_H
#define KKT_FIELDS_FIELD_H

#include "metric/snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kkt_kind {
    KIND_ANSWERED,  /* true because there is an answer at all */
    KIND_BCD,       /* `size` bytes, big endian */
    KIND_BCD_X10,   /* the same, in tenths of the metric's unit */
    KIND_BCD_SIGN,  /* a byte that is 0 for plus, then `size` - 1 bytes BCD */
    KIND_BYTE,      /* one byte, unsigned */
    KIND_LE16,      /* */
    KIND_LE32,      /* */
    KIND_PORT,      /* BE16, 0 is none */
    KIND_SHIFT,     /* 0 closed, 1 open, else expired */
    KIND_BIT,       /* bit `size` of a byte is set */
    KIND_BIT_CLEAR, /* bit `size` of a byte is not set */
    KIND_NONZERO,   /* a byte is not 00 */
    KIND_IS_ONE,    /* a byte is 01 */
    KIND_ANY_BIT,   /* any bit of the mask `size` is set */
    KIND_LOW_HALF,  /* the low half of a byte */
    KIND_HIGH_HALF, /* the high half of a byte */
    KIND_BLOCKED,   /* low half 7 is "blocked", but not with 1, 5, 6 in the high half: registers are being cleared (in
                     * each Z report), date and time are being entered (a kiosk's client in production) */
    KIND_TIME_DMY,  /* DD MM YY hh mm ss, BCD */
    KIND_TIME_YMD,  /* YY MM DD hh mm ss, BCD */
    KIND_DATE_DMY,  /* DD MM YY, BCD */
    KIND_TIME_FN,   /* YY MM DD hh mm, binary */
    KIND_ASCII,     /* `size` characters */
    KIND_CP866,     /* text to the end of the answer */
    KIND_PRINTER,   /* text in the printer's charset, to the end */
    KIND_HEX,       /* bytes to the end as hex digits */
    KIND_MAC,       /* six bytes as 00:11:22:33:44:55 */
    KIND_VERSION,   /* major, minor, one byte that is skipped, build of two bytes: all BCD */
    KIND_FFD,       /* 1 2 3 4 = 1.0 1.05 1.1 1.2 */
};

struct kkt_field {
    enum metric metric;
    enum kkt_kind kind;
    uint8_t at;   /* first byte, counted from the beginning of the answer (of the FN's data for FN answers) */
    uint8_t size; /* bytes, bit number or value, see the kind */
};

enum kkt_field_result {
    FIELD_SET,   /* the value is in the snapshot */
    FIELD_EMPTY, /* the register says that it has none: no date, no text */
    FIELD_SHORT, /* the answer ends before it */
    FIELD_WRONG, /* not BCD, no date, no such version: unreadable */
};

/* Reads one value into `out`; `base` is added to the field's place. */
enum kkt_field_result kkt_field_decode(const struct kkt_field *field, size_t base, const uint8_t *answer, size_t count,
                                       struct snapshot *out);

/* Sets a date or a time; one that is none (metric/form.h) is FIELD_EMPTY, and undated. */
enum kkt_field_result kkt_field_set_civil(struct snapshot *out, enum metric m, const struct civil *c);

/* The same with a year of two digits: day, month, year, hour, minute, second. */
enum kkt_field_result kkt_field_set_time(struct snapshot *out, enum metric m, const int64_t part[6]);

/* Sets a port of TCP; 0 is none. */
enum kkt_field_result kkt_field_set_port(struct snapshot *out, enum metric m, int64_t number);

/* Sets a version of the fiscal data format from its number. */
enum kkt_field_result kkt_field_set_ffd(struct snapshot *out, enum metric m, int64_t number);

/* Sets a text: converted, trailing spaces dropped, absent when nothing is left. */
enum kkt_field_result kkt_field_set_text(struct snapshot *out, enum metric m, bool printer, const uint8_t *bytes,
                                         size_t count);

/* "[4..5] LE16": where and how, for the documents. */
void kkt_field_describe(const struct kkt_field *field, size_t base, char *buf, size_t cap);

#endif
