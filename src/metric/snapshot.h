/* What one poll of one register brought: state, failure, measurements of the poll, and the values. A value that was
 * not read is absent; there is no other way to say "unknown". Fixed size, no allocation; about 18 KiB, so it exists
 * only while a register is polled or printed (serve keeps packed ones). */
#ifndef METRIC_SNAPSHOT_H
#define METRIC_SNAPSHOT_H

#include "base/error.h"
#include "base/time/civil.h"
#include "metric/catalogue.h"

#include <stddef.h>

enum kkt_protocol { KKT_PROTOCOL_UNKNOWN = 0, KKT_PROTOCOL_3 = 3, KKT_PROTOCOL_5 = 5 };

#define SNAPSHOT_TEXT_MAX 16384

struct snapshot {
    struct failure failure;        /* ERR_NONE when all is well; its row gives the state */
    struct metric_set computed;    /* what derive_metrics computed: a second call computes it anew */
    enum kkt_protocol protocol;    /* how the register was spoken to */
    int64_t polled_ms;             /* Unix time in ms when the poll began, host's clock */
    int64_t clock_read_ms;         /* Unix time in ms when device.time arrived, host's clock; 0: not known */
    uint32_t duration_ms;          /* from the beginning of the poll to its end */
    uint32_t port_held_ms;         /* from connect (or open) to close */
    uint32_t requests;             /* requests sent, repeats and probe not counted; through the driver: queries */
    bool host_clock_wrong;         /* the host's clock cannot be right (metric/derived/now.h) */
    uint32_t retries;              /* repeats of a request, for whatever reason */
    struct metric_set unsupported; /* asked, and the register said that it has no such thing */
    struct metric_set undated;     /* asked, and there is no such date, or none to believe (derive.h) */
    struct metric_set present;     /* which values are there */
    int64_t number[METRIC_COUNT];  /* BOOL, INT; DATE and TIME as civil_to_seconds; TEXT as offset into text */
    uint32_t text_used;
    char text[SNAPSHOT_TEXT_MAX]; /* NUL-terminated strings one after another */
};

/* An empty snapshot: no values, no failure. */
void snapshot_clear(struct snapshot *s);

/* Forgets the values (after a failed poll), keeps the rest. */
void snapshot_clear_values(struct snapshot *s);

bool snapshot_has(const struct snapshot *s, enum metric m);

/* Each sets a value of a metric of the matching type; an earlier value is replaced. A value that is not of the form
 * that the catalogue gives it (metric/form.h) is unreadable: nothing is set, false is returned. */
void snapshot_set_bool(struct snapshot *s, enum metric m, bool value);
bool snapshot_set_int(struct snapshot *s, enum metric m, int64_t value);
/* A date that means "none" (form_date) is noted in `undated`, and true is returned. */
bool snapshot_set_time(struct snapshot *s, enum metric m, const struct civil *c);
/* The register was asked for this date and has none, or the clocks show that what it told cannot be: the value goes.
 * fn.resource_days is noted so too (derive_check_resource). */
void snapshot_set_undated(struct snapshot *s, enum metric m);
/* UTF-8, length without NUL. False also when the room for texts is used up. */
bool snapshot_set_text(struct snapshot *s, enum metric m, const char *text, size_t length);
void snapshot_remove(struct snapshot *s, enum metric m);

/* Each reads a value that is there (snapshot_has). */
int64_t snapshot_int(const struct snapshot *s, enum metric m);
const char *snapshot_text(const struct snapshot *s, enum metric m);
struct civil snapshot_civil(const struct snapshot *s, enum metric m);

/* Copies the values of `from` that `to` does not have, and that they have no date (serve: the slow values of the last
 * full poll). */
void snapshot_fill(struct snapshot *to, const struct snapshot *from, const struct metric_set *which);

/* Packed form for keeping many in memory: `snapshot_packed_size` bytes at `to`; `snapshot_unpack` gives back the same
 * snapshot and false when the bytes are not what pack wrote. The format is private to one process. */
size_t snapshot_packed_size(const struct snapshot *s);
void snapshot_pack(const struct snapshot *s, void *to);
bool snapshot_unpack(struct snapshot *s, const void *from, size_t size);

#endif
