#include "kkt/atol5/values.h"
#include "kkt/plan.h"
#include "kkt/session.h"

#include <stdio.h>

bool kkt_metric_source(enum kkt_protocol protocol, enum metric m, char *buf, size_t cap)
{
    const struct kkt_language *l = kkt_language(protocol);
    for (unsigned i = 0; l && i < l->request_count; i++) {
        const struct kkt_request *r = &l->requests[i];
        const struct kkt_field *field = kkt_request_field(r, m);
        if (!field)
            continue;
        char place[64];
        if (protocol == KKT_PROTOCOL_5 && r->shape != SHAPE_FN && r->shape != SHAPE_TAG)
            atol5_value_describe(field, place, sizeof place);
        else
            kkt_field_describe(field, r->base, place, sizeof place);
        (void)snprintf(buf, cap, "%.*s %s", r->code_length, r->name, place);
        return true;
    }
    return false;
}

bool kkt_request_list(enum kkt_protocol protocol, unsigned index, struct kkt_request_info *info)
{
    const struct kkt_language *l = kkt_language(protocol);
    if (!l || index >= l->request_count)
        return false;
    const struct kkt_request *r = &l->requests[index];
    *info = (struct kkt_request_info){r->name, r->bytes, r->count, r->rate};
    return true;
}
