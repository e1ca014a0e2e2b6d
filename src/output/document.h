/* What is known of one register, ready to be printed: the JSON document (design.md §3) and the forms beside it. */
#ifndef OUTPUT_DOCUMENT_H
#define OUTPUT_DOCUMENT_H

#include "address/connect.h"
#include "base/time/zone.h"
#include "metric/derived/health.h"
#include "metric/snapshot.h"

#define DOCUMENT_SCHEMA    1
#define DOCUMENT_NAME_MAX  256
#define DOCUMENT_ERROR_MAX 1024

/* What `serve` knows beyond one poll. */
struct document_history {
    bool known;            /* false: whoever polls once knows nothing */
    uint32_t state_for_s;  /* how long the state has been what it is now; 0: since this poll */
    uint32_t unread_for_s; /* how long the register has not been read; 0: it was, or this is the first poll */
    uint32_t confirmed;    /* polls in a row, this one included, with this state and these reasons of `health` */
};

struct document {
    char name[DOCUMENT_NAME_MAX];       /* in the configuration; else the address as it was given */
    char connect[CONNECT_TEXT_MAX];     /* the address that was used */
    enum poll_state state;              /* never STATE_USAGE */
    char error[DOCUMENT_ERROR_MAX];     /* a sentence, "" when all is well */
    struct health health;               /* what is wrong, worst first */
    const struct health_limits *limits; /* of `health`; not owned, NULL: the catalogue's */
    struct zone zone;                   /* the register's */
    int64_t age_s;                      /* since the poll began */
    struct document_history history;
    const struct snapshot *snapshot; /* not owned */
};

/* Of a fresh poll; of one that a usage or configuration error kept from beginning the state is PREREQUISITE. `limits`
 * of `health`, NULL: the catalogue's. */
void document_of(struct document *d, const char *name, const char *connect, const struct snapshot *s,
                 const struct zone *zone, const struct health_limits *limits, enum lang lang);

/* Fills in `health` of a document that was read back (document_read leaves it empty). */
void document_set_health(struct document *d, const struct health_limits *limits, enum lang lang);

/* Was the register read (state ok or partial)? Only then are there metrics. */
bool document_was_read(const struct document *d);

/* The JSON text, without a newline at its end, in memory that the caller frees; NULL when there is none. `indent`: for
 * people. */
char *document_json(const struct document *d, bool indent);

/* Reads a JSON document back: `s` gets the values and measurements, `d` the rest, age_s as of `now_unix_s` (the
 * document's own age is ignored). Metrics that the catalogue does not know are skipped. False with ERR_SNAPSHOT_OLD
 * and what is wrong; the text is not trusted. */
bool document_read(const char *text, size_t length, int64_t now_unix_s, struct snapshot *s, struct document *d,
                   struct failure *failure);

/* No document of ours is longer. */
#define DOCUMENT_BYTES_MAX (1U << 20)

/* Of which register a document must tell. */
struct document_owner {
    const char *name;              /* in the configuration */
    const struct connect *connect; /* NULL: any; `auto` is any too: the document names the one that was found */
    const char *serial;            /* the expected serial number; NULL or "": any */
};

/* Does it tell of that register? A name may have got another address or another register since. */
bool document_is_of(const struct document *d, const struct document_owner *owner);

/* The document of a file that `serve` keeps, as document_read has it as of now. False when there is none that can be
 * read, or it is none of that register (`owner`; NULL: any). No link is followed. */
bool document_load(const char *path, const struct document_owner *owner, struct snapshot *s, struct document *d);

/* The seed's flat object (seed/metrics.md) and `polledAt`, without a newline; empty unless document_was_read. An absent
 * value has no key; the seed wrote zeros there. Days are counted by the computer's clock, as the seed did. Memory is
 * the caller's; NULL when there is none. */
char *document_seed(const struct document *d);

/* The keys of the seed's object in their order; NULL after the last. For documents and tests. */
const char *seed_key(unsigned index);
enum metric seed_metric(unsigned index);

/* Prometheus text format of one register. Memory is the caller's; NULL when there is none. */
char *document_prometheus(const struct document *d);

/* The same for many registers, with one HELP a family: begin, add each document (it may be gone afterwards), end. `end`
 * frees the page and gives the text, which is the caller's; NULL when memory ran out. A NULL page is allowed. */
struct prometheus;
struct prometheus *prometheus_begin(void);
void prometheus_add(struct prometheus *page, const struct document *d);
char *prometheus_end(struct prometheus *page);

/* Is the shop of a register that has opening hours closed now? Only `serve` adds that. */
void prometheus_add_closed(struct prometheus *page, const char *name, bool closed);

/* The health of `serve` from its document (serve/statistics.h), as families of their own. Memory is the caller's; NULL
 * when it is no such document or memory ran out. */
char *prometheus_serve(const char *statistics);

/* The name of a metric's family. */
void prometheus_name(enum metric m, char *name, size_t cap);

/* A table for a person, no line wider than `columns` unless a single word is. Memory is the caller's; NULL when there
 * is none. */
char *document_table(const struct document *d, enum lang lang, bool colour, int columns);

#endif
