/* What went wrong in a poll that goes on: "A4 20: D5 FN fault; 91 39: last_sent unreadable". */
#ifndef KKT_REPORT_H
#define KKT_REPORT_H

#include <stdbool.h>

struct kkt_report {
    char text[200]; /* fits into a failure's detail */
    unsigned used;
    bool cut; /* more than fits */
};

/* Appends one item, after "; " when it is not the first; what does not fit is left out and "…" stands for it. */
void kkt_report_add(struct kkt_report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Is there anything? */
bool kkt_report_any(const struct kkt_report *r);

#endif
