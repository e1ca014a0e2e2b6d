/* Values of an answer of platform 5: CP866 text, each ended by `;`, escaped with `~` (protocol-5.md §3). */
#ifndef KKT_ATOL5_VALUES_H
#define KKT_ATOL5_VALUES_H

#include "kkt/fields/field.h"

#define ATOL5_VALUES_MAX  48
#define ATOL5_VALUES_ROOM 4096

struct atol5_values {
    unsigned count;
    uint16_t at[ATOL5_VALUES_MAX + 1]; /* value i is bytes[at[i]] .. bytes[at[i + 1]] */
    uint8_t bytes[ATOL5_VALUES_ROOM];  /* escapes removed, no separators */
};

/* Splits the data of an answer; the last `;` may be missing. Values beyond ATOL5_VALUES_MAX are dropped. */
void atol5_values_split(struct atol5_values *values, const uint8_t *data, size_t count);

/* Appends bytes to out with `;` and `~` escaped; returns the new length, or cap + 1 when there is no room. */
size_t atol5_escape(uint8_t *out, size_t used, size_t cap, const uint8_t *bytes, size_t count);

/* How a value is written. Same fields as kkt/fields/field.h, with `at` as the number of the value. */
enum atol5_kind {
    VALUE_INT,           /* decimal number */
    VALUE_BIT,           /* decimal number, bit `size` is set */
    VALUE_BIT_CLEAR,     /* decimal number, bit `size` is not set */
    VALUE_NONZERO,       /* decimal number, not 0 */
    VALUE_IS_ONE,        /* decimal number, is 1 */
    VALUE_TEXT,          /* */
    VALUE_TIME,          /* DDMMYYhhmmss */
    VALUE_TIME_PLUS_DAY, /* the same, 24 hours later */
    VALUE_DATE,          /* DDMMYY, a time behind it is ignored */
    VALUE_MONEY,         /* roubles with a point and kopecks, or roubles alone; kept in kopecks */
    VALUE_CHANNEL,       /* decimal number; 0 is 5, through the exchange protocol */
    VALUE_PORT,          /* decimal number; 0 is none */
    VALUE_MAC,           /* 6 bytes, kept as 00:11:22:33:44:55 */
    VALUE_FFD,           /* 1 2 3 4 = 1.0 1.05 1.1 1.2 */
};

/* Reads one value into `out`. An empty text is FIELD_EMPTY, and so is an empty date, which becomes undated; an empty
 * number is FIELD_WRONG. */
enum kkt_field_result atol5_value_decode(const struct kkt_field *field, const struct atol5_values *values,
                                         struct snapshot *out);

/* The decimal number of a value; false when it is not there or is none. */
bool atol5_value_number(const struct atol5_values *values, unsigned index, int64_t *number);

/* "[6] DDMMYYhhmmss": which and how, for the documents. */
void atol5_value_describe(const struct kkt_field *field, char *buf, size_t cap);

#endif
