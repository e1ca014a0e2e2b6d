#include "metric/derived/reconcile.h"

#include <string.h>

#define FN_FISCAL 3 /* the phase in which an FN has a term */

void reconcile_shift(struct snapshot *s)
{
    if (!snapshot_has(s, METRIC_shift_state) || snapshot_int(s, METRIC_shift_state) == 0)
        snapshot_remove(s, METRIC_shift_expires);
}

bool reconcile_is_without_fn(const struct snapshot *s)
{
    return snapshot_has(s, METRIC_fn_present) && snapshot_int(s, METRIC_fn_present) == 0;
}

bool reconcile_is_term_unknown(const struct snapshot *s)
{
    return snapshot_has(s, METRIC_fn_state) && snapshot_int(s, METRIC_fn_state) == 3 &&
           metric_set_has(&s->undated, METRIC_fn_valid_until) && !snapshot_has(s, METRIC_fn_resource_days) &&
           !metric_set_has(&s->undated, METRIC_fn_resource_days);
}

bool reconcile_is_not_fiscal(const struct snapshot *s)
{
    return snapshot_has(s, METRIC_device_fiscal) && snapshot_int(s, METRIC_device_fiscal) == 0;
}

void reconcile_not_fiscal(struct snapshot *s)
{
    static const enum metric garbage[] = {METRIC_shift_state, METRIC_shift_expires, METRIC_shift_number};
    if (s->protocol != KKT_PROTOCOL_3 || !reconcile_is_not_fiscal(s))
        return;
    for (unsigned i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        snapshot_remove(s, garbage[i]);
        metric_set_add(&s->unsupported, garbage[i]);
    }
}

/* The register itself stores these of the groups fn and ofd, and answers them without an FN too. */
static bool is_stored_in_register(enum metric m)
{
    return m == METRIC_fn_valid_until || m == METRIC_ofd_last_sent || m == METRIC_ofd_host || m == METRIC_ofd_port ||
           m == METRIC_ofd_channel;
}

bool reconcile_needs_fn(enum metric m)
{
    const char *group = metric_row(m)->group;
    return !is_stored_in_register(m) && m != METRIC_fn_present &&
           (strcmp(group, "fn") == 0 || strcmp(group, "ofd") == 0);
}

/* Without an unsent document the date of the first one says nothing: registers fill it with anything. */
bool reconcile_says_nothing(const struct snapshot *s, enum metric m)
{
    return m == METRIC_ofd_first_unsent && snapshot_has(s, METRIC_ofd_unsent_count) &&
           snapshot_int(s, METRIC_ofd_unsent_count) == 0;
}

void reconcile_fn(struct snapshot *s)
{
    if (reconcile_says_nothing(s, METRIC_ofd_first_unsent))
        snapshot_remove(s, METRIC_ofd_first_unsent);
    if (snapshot_has(s, METRIC_fn_state) && snapshot_int(s, METRIC_fn_state) < FN_FISCAL) {
        snapshot_set_undated(s, METRIC_fn_valid_until);
        snapshot_remove(s, METRIC_fn_resource_days);
    }
    if (!snapshot_has(s, METRIC_fn_present) || snapshot_int(s, METRIC_fn_present) != 0)
        return;
    for (unsigned m = 0; m < METRIC_COUNT; m++)
        if (reconcile_needs_fn((enum metric)m))
            snapshot_remove(s, (enum metric)m);
}
