/* The catalogue for documents and generators: what `zabbix-atol metrics` prints. */
#ifndef OUTPUT_CATALOGUE_TEXT_H
#define OUTPUT_CATALOGUE_TEXT_H

#include "metric/derived/health.h"

/* docs/metrics.md (LANG_EN), and the whole catalogue as JSON: groups, words, reasons, metrics with all their facts.
 * Memory is the caller's; NULL when there is none. */
char *catalogue_markdown(enum lang lang);
char *catalogue_json(void);

/* Where a value comes from, in words; "" where the way has no source of it; `parts`: what a DERIVED one is computed
 * from. For output/ only. */
struct sources {
    char protocol3[160], protocol5[160], driver[160], parts[160];
};
void catalogue_sources(enum metric m, struct sources *s);

#endif
