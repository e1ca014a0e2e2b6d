/* Answers of the fiscal storage itself, the same under both protocols: `A4 xx` at protocol 3, `4x` at platform 5
 * (protocol-3.md §4, protocol-5.md §5). Places count from the first byte of the FN's data. */
#ifndef KKT_FIELDS_FN_SPEC_H
#define KKT_FIELDS_FN_SPEC_H

#include "kkt/fields/field.h"

struct kkt_fields {
    const struct kkt_field *at;
    unsigned count;
};

extern const struct kkt_fields fn_spec_exchange; /* 20 */
extern const struct kkt_fields fn_spec_state;    /* 30 */
extern const struct kkt_fields fn_spec_version;  /* 33 */
extern const struct kkt_fields fn_spec_formats;  /* 3A */
extern const struct kkt_fields fn_spec_resource; /* 3B */
extern const struct kkt_fields fn_spec_memory;   /* 3D */

/* One attribute of the registration report: E9 at protocol 3, FN 44 at platform 5. */
struct kkt_tag {
    uint16_t tag;
    struct kkt_fields fields; /* place 0 is the first byte of the tag's value */
};

/* The row of a tag; NULL when the tag is none of the table. */
const struct kkt_tag *fn_spec_tag(uint16_t tag);

/* Value of one TLV (tag LE16, length LE16, value); false when it is not one whole TLV of that tag. */
bool fn_spec_tlv(uint16_t tag, const uint8_t *tlv, size_t count, const uint8_t **value, size_t *length);

#endif
