#include "kkt/language.h"

#include "kkt/atol3/requests.h"
#include "kkt/atol5/requests.h"
#include "kkt/atol5/values.h"

#include <stdio.h>

const struct kkt_language *kkt_language(enum kkt_protocol protocol)
{
    return protocol == KKT_PROTOCOL_3 ? &atol3_language : protocol == KKT_PROTOCOL_5 ? &atol5_language : NULL;
}

bool kkt_metric_source(enum kkt_protocol protocol, enum metric m, char *buf, size_t cap)
{
    const struct kkt_language *l = kkt_language(protocol);
    size_t used = 0;
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
        int n = snprintf(buf + used, cap - used, "%s%.*s %s", used ? " / " : "", r->code_length, r->name, place);
        used += n > 0 && (size_t)n < cap - used ? (size_t)n : 0;
    }
    return used > 0;
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
