/* The record of one poll's dialogue: what went over each connection and when, so that the same session can be fed with
 * it again (poll/replay.h). Its text stands in output/trace_text.h. */
#ifndef POLL_TRACE_H
#define POLL_TRACE_H

#include "poll/ask.h"

/* More than any poll brings (KKT_BYTES_MAX), both directions and all attempts. */
#define TRACE_BYTES_MAX  (512U * 1024)
#define TRACE_EVENTS_MAX 20000U

enum trace_kind {
    TRACE_ATTEMPT,  /* an address is tried: `number` its time in ms, `text` the address */
    TRACE_OPENED,   /* the connection is open */
    TRACE_SENT,     /* bytes were written */
    TRACE_RECEIVED, /* bytes came */
    TRACE_TIMER,    /* the session was woken */
    TRACE_LOST,     /* the connection went down by itself */
    TRACE_CLOSED,   /* the port is free again */
    TRACE_DRIVER,   /* the vendor's driver was asked: its dialogue is its own */
    TRACE_KINDS,
};

struct trace_event {
    enum trace_kind kind;
    uint32_t at_ms;  /* since the poll began */
    uint32_t number; /* TRACE_ATTEMPT */
    uint32_t first;  /* of its bytes in `bytes` */
    uint32_t count;
    unsigned line; /* of the file that it was read from; 0: none */
};

struct trace {
    char name[256];                 /* of the register */
    char connect[CONNECT_TEXT_MAX]; /* as asked */
    char used[CONNECT_TEXT_MAX];    /* the address that the result is of */
    struct metric_set wanted;       /* as asked, derived ones too */
    struct metric_set again;        /* what was asked once more, as suspected */
    bool again_known;               /* false: a record of an earlier version, which does not say it */
    struct metric_set masked;       /* whose values are masked in `bytes`; empty: none */
    enum kkt_protocol protocol;     /* as asked */
    char expected_serial[32];       /* as asked */
    int64_t polled_ms;              /* Unix time when the poll began */
    int32_t zone_offset_s;          /* of the register's zone then */
    uint64_t clock_ms;              /* the monotonic clock then: ids of tasks follow from it */
    int64_t built_s;                /* when the program was built: no clock is before it */
    int64_t clock_read_ms;          /* Unix time when the register reported its clock; 0: never */
    uint32_t duration_ms, held_ms;  /* as in the document */
    struct failure failure;         /* how it ended */
    bool full;                      /* there was more than fits */
    struct trace_event *events;     /* TRACE_EVENTS_MAX at most; owned */
    unsigned event_count, event_room;
    uint8_t *bytes; /* owned */
    uint32_t byte_count, byte_room;
};

/* An empty record; NULL when there is no memory. */
struct trace *trace_new(void);
void trace_free(struct trace *trace);

/* Appends an event; false, and the record is `full`, when there is no room or no memory. `trace` may be NULL. */
bool trace_add(struct trace *trace, enum trace_kind kind, uint64_t now_ms, uint32_t number, const void *bytes,
               size_t count);

/* What is asked, before the poll begins. `now_ms`: the loop's clock. */
void trace_begin(struct trace *trace, const struct poll_ask *ask, int64_t unix_ms, uint64_t now_ms);

/* Masks the password, and personal data unless `personal`. Once, when the poll is over. False without memory. */
bool trace_mask(struct trace *trace, bool personal);

#endif
