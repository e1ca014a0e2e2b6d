/* What went wrong in a poll that goes on, in both languages: "A4 20: D5 FN fault; 91 39: last_sent unreadable". */
#ifndef KKT_REPORT_H
#define KKT_REPORT_H

#include "base/error.h"

/* One thing said in both languages. */
struct kkt_words {
    const char *en, *ru;
};

struct kkt_report {
    char text[2][340]; /* by enum lang; each fits into a failure's detail */
    unsigned used[2];
    bool cut; /* more than fits */
};

/* Appends one item, after "; " when it is not the first; what does not fit is left out and "…" stands for it. */
void kkt_report_add(struct kkt_report *r, const char *english, const char *russian);

/* Is there anything? */
bool kkt_report_any(const struct kkt_report *r);

/* Sets the failure with the report as its detail. */
void kkt_report_fail(const struct kkt_report *r, struct failure *f, enum error_code code);

#endif
