#include "kkt/fields/fn_spec.h"

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
    {METRIC_fn_open_document,      KIND_BYTE,     1,  0 },
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

/* clang-format off */
/* The mask of the signs of the register's use, FFD 1.2 (an independent table of tags; the driver never asks it). */
static const struct kkt_field signs[] = {
    {METRIC_registration_vending_printer, KIND_BIT, 0, 1},
    {METRIC_registration_bso,             KIND_BIT, 0, 2},
    {METRIC_registration_internet,        KIND_BIT, 0, 5},
    {METRIC_registration_excise,          KIND_BIT, 0, 6},
    {METRIC_registration_marked,          KIND_BIT, 1, 0},
    {METRIC_registration_service,         KIND_BIT, 1, 1},
    {METRIC_registration_gambling,        KIND_BIT, 1, 2},
    {METRIC_registration_lottery,         KIND_BIT, 1, 3},
    {METRIC_registration_pawnshop,        KIND_BIT, 1, 4},
    {METRIC_registration_insurance,       KIND_BIT, 1, 5},
    {METRIC_registration_vending,         KIND_BIT, 1, 6},
    {METRIC_registration_catering,        KIND_BIT, 1, 7},
    {METRIC_registration_wholesale,       KIND_BIT, 2, 0},
};

#define ONE_TAG(number, key, kind)                                                                                     \
    {number, {(const struct kkt_field[]){{METRIC_registration_##key, kind, 0, 0}}, 1}}
#define TEXT_TAG(number, key) ONE_TAG(number, key, KIND_CP866)
#define SIGN_TAG(number, key) ONE_TAG(number, key, KIND_IS_ONE)

/* Strings are in the register's charset: CP866, or the printer's at protocol 3. */
static const struct kkt_tag tags[] = {
    {1290, {signs, sizeof signs / sizeof signs[0]}},
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
    ONE_TAG(1062, taxation, KIND_BYTE),
    ONE_TAG(1057, agent, KIND_BYTE),
    TEXT_TAG(1060, fns_url),
    ONE_TAG(1209, ffd_version, KIND_FFD),
};
/* clang-format on */

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
