/* THE table of driver queries: one row a query, under it one row a value. */
#ifndef DRIVER_QUERIES_H
#define DRIVER_QUERIES_H

#include "driver/abi/abi.h"
#include "metric/snapshot.h"

#include <stdbool.h>

/* How a parameter becomes a value. Where the driver has no way to say "none", its empty value is not taken. */
enum fptr_kind {
    FPTR_BOOL,
    FPTR_INT,
    FPTR_NUMBER, /* INT, 0 means none */
    FPTR_SIGNED, /* the driver's number is unsigned: -7 is 4294967289 there */
    FPTR_TEXT,   /* "" means none */
    FPTR_TIME,   /* 1970-01-01 means none */
    FPTR_DATE,
    FPTR_HUNDREDTHS,  /* a double of roubles, in kopecks */
    FPTR_THOUSANDTHS, /* a double of volts, in millivolts */
    FPTR_FN_TYPE,     /* release or debug; the third value means unknown */
    FPTR_FFD,         /* version of the fiscal documents' format: 110 may be 120 (driver 10.8), and is not taken */
    FPTR_EXPIRES,     /* TIME, returned only while the shift is not closed */
};

/* At which protocols the driver's value is the register's. Elsewhere it says a plain 0 (protocol-3.md §4, protocol-5.md
 * §5), which is no value. */
enum { ON_3 = 1, ON_5 = 2, ON_BOTH = 3 };

struct fptr_value {
    enum metric metric;
    int param;
    const char *name; /* "DOCUMENTS_COUNT" */
    enum fptr_kind kind;
    int on;
};

enum fptr_call { CALL_DATA, CALL_FN_DATA, CALL_SETTING };
enum fptr_input { INPUT_NONE, INPUT_NUMBER, INPUT_NOW };

struct fptr_query {
    const char *name; /* "FNDT_OFD_EXCHANGE_STATUS" */
    enum fptr_call call;
    int type; /* of the data, or the number of the setting */
    int on;   /* where it is worth asking */
    enum fptr_input input;
    int input_param, input_value;
    unsigned count;
    const struct fptr_value *values;
    bool optional; /* a driver or a register that does not know it is no failure of the poll */
};

/* The query at that place in the table, in the order of asking; NULL after the last. */
const struct fptr_query *fptr_query_at(unsigned index);

/* Is any value of the query wanted (at that protocol; UNKNOWN: at any)? */
bool fptr_query_wanted(const struct fptr_query *query, const struct metric_set *wanted, enum kkt_protocol protocol);

/* ON_3, ON_5, or 0 for UNKNOWN. */
int fptr_on(enum kkt_protocol protocol);

#endif
