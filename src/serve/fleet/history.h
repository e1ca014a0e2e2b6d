/* What a register's last polls say beside the newest one: how long its state has lasted, how long it has not been read,
 * and how often in a row it reported the same. */
#ifndef SERVE_FLEET_HISTORY_H
#define SERVE_FLEET_HISTORY_H

#include "output/document.h"

/* Start with zeros. Times are seconds of clock_age_s; those before this process may be negative. The time for which the
 * shop is closed does not count: its register may be switched off, so all times move on with it. */
struct history {
    bool closed;      /* at the last history_look */
    bool known;       /* a poll was seen, or the last snapshot of an earlier run */
    uint8_t state;    /* enum poll_state */
    uint8_t same;     /* polls in a row with this state and these reasons, at most HISTORY_SAME_MAX */
    uint32_t reasons; /* a hash of what health finds */
    int32_t state_since_s;
    int32_t read_s;   /* when it was read last; never yet: when it was asked first */
    int32_t looked_s; /* when history_look was last called */
};
#define HISTORY_SAME_MAX 100

/* The moment that lies so many seconds back, as far as that clock goes. */
int32_t history_back(int32_t now_s, int64_t seconds);

/* Goes on from the document that an earlier life has left. `passed_s`: the seconds since then that count. */
void history_restore(struct history *history, const struct document *last, const struct health_limits *limits,
                     int64_t passed_s, int32_t now_s);

/* Before a poll, and now and then while the shop is closed: is it closed now? */
void history_look(struct history *history, bool closed, int32_t now_s);

/* How long it has not been read; of one that was not polled yet 0. */
uint32_t history_unread_s(const struct history *history, int32_t now_s);

/* A poll is done: fills the document's history. */
void history_next(struct history *history, struct document *d, const struct health_limits *limits, int32_t now_s);

/* Since when the fiscal storage has had the same document open: one poll alone does not say. Start with zeros. */
struct open_document {
    bool open;
    int32_t seen_s; /* when it was seen first, clock_age_s: the host's may be set meanwhile */
    int64_t after;  /* number of the fiscal document before it; -1: not reported */
};

/* Continues from the document that an earlier run has left. */
void open_document_restore(struct open_document *open, const struct document *last, int32_t now_s);

/* A poll is done: gives `s` the age of the document that is open. Another one than last time, which is known by the
 * document before it, begins anew. Of a poll that did not read it, nothing is known and nothing changes. */
void open_document_note(struct open_document *open, struct snapshot *s, int32_t now_s);

/* Since when the first unsent document has waited, for those that no register dates. Start with zeros. */
struct unsent {
    bool waits;
    int32_t seen_s; /* when it was seen first, clock_age_s: the host's may be set meanwhile */
    uint32_t fn;    /* a hash of the number of the FN that it lies in; 0: was not read */
    int64_t number; /* of the document; -1: was not read */
};

/* Continues from what an earlier run reported `passed_s` ago. */
void unsent_restore(struct unsent *unsent, const struct snapshot *last, int64_t passed_s, int32_t now_s);

/* A poll is done. Another document than last time, by its number or by its FN, begins anew: true, and what the poll
 * derived from the earlier one's age does not count. Of what the poll did not read, nothing is known and nothing
 * changes.
 */
bool unsent_note(struct unsent *unsent, const struct snapshot *s, int32_t now_s);

/* How long it has waited, in seconds; 0: nothing waits, or the last poll was the first to see it. */
int64_t unsent_age_s(const struct unsent *unsent, int32_t now_s);

#endif
