/* Where a value comes from, in words. Only output/ includes this. */
#ifndef OUTPUT_CATALOGUE_SOURCES_H
#define OUTPUT_CATALOGUE_SOURCES_H

#include "metric/derived/health.h"

/* "" where the way cannot tell the value; `parts`: what a DERIVED one is computed from. */
struct sources {
    char protocol3[160], protocol5[160], driver[160], parts[160];
};

void catalogue_sources(enum metric m, struct sources *s);

#endif
