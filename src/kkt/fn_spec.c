#include "kkt/fn_spec.h"

#include "base/text.h"

#define FIELDS(name, array) const struct kkt_fields name = {array, sizeof array / sizeof array[0]}

static const struct kkt_field exchange[] = {
    {METRIC_ofd_status,              KIND_BYTE,    0, 0},
    {METRIC_ofd_message_read,        KIND_NONZERO, 1, 0},
    {METRIC_ofd_unsent_count,        KIND_LE16,    2, 0},
    {METRIC_ofd_first_unsent_number, KIND_LE32,    4, 0},
    {METRIC_ofd_first_unsent,        KIND_TIME_FN, 8, 0},
};
FIELDS(fn_spec_exchange, exchange);

static const struct kkt_field state[] = {
    {METRIC_fn_present,            KIND_ANSWERED, 0,  0 },
    {METRIC_fn_state,              KIND_BYTE,     0,  0 },
    {METRIC_fn_flags,              KIND_BYTE,     4,  0 },
    {METRIC_fn_last_document_time, KIND_TIME_FN,  5,  0 },
    {METRIC_fn_serial,             KIND_ASCII,    10, 16},
    {METRIC_fn_last_document,      KIND_LE32,     26, 0 },
};
FIELDS(fn_spec_state, state);

static const struct kkt_field version[] = {
    {METRIC_fn_version, KIND_ASCII,   0,  16},
    {METRIC_fn_release, KIND_NONZERO, 16, 0 },
};
FIELDS(fn_spec_version, version);

/* Byte 0 is the format in use, byte 1 the newest one. */
static const struct kkt_field formats[] = {
    {METRIC_fn_ffd_version_max, KIND_FFD, 1, 0},
};
FIELDS(fn_spec_formats, formats);

static const struct kkt_field resource[] = {
    {METRIC_fn_resource_days, KIND_LE16, 0, 0},
};
FIELDS(fn_spec_resource, resource);

static const struct kkt_field memory[] = {
    {METRIC_fn_free_documents_5y, KIND_LE32, 0, 0},
    {METRIC_fn_free_memory_30d,   KIND_LE32, 4, 0},
};
FIELDS(fn_spec_memory, memory);

#define TEXT_TAG(tag, key)                                                                                             \
    {                                                                                                                  \
        tag,                                                                                                           \
        {                                                                                                              \
            METRIC_registration_##key, KIND_CP866, 0, 0                                                                \
        }                                                                                                              \
    }
#define SIGN_TAG(tag, key)                                                                                             \
    {                                                                                                                  \
        tag,                                                                                                           \
        {                                                                                                              \
            METRIC_registration_##key, KIND_IS_ONE, 0, 0                                                               \
        }                                                                                                              \
    }

/* Strings are in the register's charset: CP866, or the printer's at protocol 3. */
static const struct kkt_tag tags[] = {
    TEXT_TAG(1017, ofd_inn),
    TEXT_TAG(1037, number),
    TEXT_TAG(1048, organization_name),
    TEXT_TAG(1009, organization_address),
    TEXT_TAG(1187, payments_address),
    TEXT_TAG(1117, organization_email),
    TEXT_TAG(1036, machine_number),
    TEXT_TAG(1018, organization_inn),
    TEXT_TAG(1046, ofd_name),
    SIGN_TAG(1002, autonomous),
    SIGN_TAG(1221, vending_printer),
    SIGN_TAG(1110, bso),
    SIGN_TAG(1056, encryption),
    SIGN_TAG(1001, auto_mode),
    SIGN_TAG(1108, internet),
    SIGN_TAG(1207, excise),
    SIGN_TAG(1109, service),
    SIGN_TAG(1193, gambling),
    SIGN_TAG(1126, lottery),
    {1062, {METRIC_registration_taxation, KIND_BYTE, 0, 0}  },
    {1057, {METRIC_registration_agent, KIND_BYTE, 0, 0}     },
    TEXT_TAG(1060, fns_url),
    {1209, {METRIC_registration_ffd_version, KIND_FFD, 0, 0}},
};

const struct kkt_tag *fn_spec_tag(uint16_t tag)
{
    for (unsigned i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (tags[i].tag == tag)
            return &tags[i];
    return NULL;
}

bool fn_spec_tlv(uint16_t tag, const uint8_t *tlv, size_t count, const uint8_t **value, size_t *length)
{
    if (count < 4 || text_le16(tlv) != tag || text_le16(tlv + 2) > count - 4)
        return false;
    *value = tlv + 4;
    *length = text_le16(tlv + 2);
    return true;
}
