#include "metric/reconcile.h"

#include <string.h>

void reconcile_shift(struct snapshot *s)
{
    if (!snapshot_has(s, METRIC_shift_state) || snapshot_int(s, METRIC_shift_state) == 0) {
        snapshot_remove(s, METRIC_shift_expires);
        return;
    }
    bool dated = snapshot_has(s, METRIC_shift_expires) && snapshot_has(s, METRIC_device_time);
    if (snapshot_int(s, METRIC_shift_state) > 1 ||
        (dated && snapshot_int(s, METRIC_device_time) > snapshot_int(s, METRIC_shift_expires)))
        snapshot_set_int(s, METRIC_shift_state, 2);
}

bool reconcile_needs_fn(enum metric m)
{
    const char *group = metric_row(m)->group;
    return m != METRIC_fn_present && (strcmp(group, "fn") == 0 || strcmp(group, "ofd") == 0);
}

void reconcile_fn(struct snapshot *s)
{
    /* Without an unsent document the date of the first one says nothing: registers fill it with anything. */
    if (snapshot_has(s, METRIC_ofd_unsent_count) && snapshot_int(s, METRIC_ofd_unsent_count) == 0)
        snapshot_remove(s, METRIC_ofd_first_unsent);
    if (!snapshot_has(s, METRIC_fn_present) || snapshot_int(s, METRIC_fn_present) != 0)
        return;
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (reconcile_needs_fn((enum metric)m))
            snapshot_remove(s, (enum metric)m);
}
