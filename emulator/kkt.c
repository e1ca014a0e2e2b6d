#include "kkt.h"
#include "clock.h"

#include "charset.h"

#include <stdio.h>
#include <string.h>

/* In a fleet the last digits count the registers: state's number + kkt->number. */
static const char *counted(const char *text, uint32_t number, char buf[32])
{
    (void)snprintf(buf, 32, "%s", text);
    uint32_t carry = number;
    for (size_t i = strlen(buf); i-- > 0 && carry > 0;) {
        if (buf[i] < '0' || buf[i] > '9')
            break;
        uint32_t digit = (uint32_t)(buf[i] - '0') + carry;
        buf[i] = (char)('0' + digit % 10);
        carry = digit / 10;
    }
    return buf;
}

const char *kkt_serial(const struct kkt *kkt, char buf[32])
{
    return counted(state_text(kkt->state, STATE_device_serial, ""), kkt->number, buf);
}

const char *kkt_fn_serial(const struct kkt *kkt, char buf[32])
{
    return counted(state_text(kkt->state, STATE_fn_serial, ""), kkt->number, buf);
}

bool kkt_fn_present(const struct kkt *kkt)
{
    return state_int(kkt->state, STATE_fn_present, 1) != 0;
}

const struct tm *kkt_date(const struct kkt *kkt, enum state_key key, struct tm *buf)
{
    if (!kkt->state->has[key])
        return NULL;
    *buf = clock_to_tm(kkt->state->number[key]);
    return buf;
}

void kkt_set_clock(struct kkt *kkt, int64_t wall)
{
    kkt->adjust_s = 0;
    kkt->adjust_s = wall - state_clock(kkt->state, 0);
}

void fn_status(const struct kkt *kkt, struct answer *a)
{
    char serial[32];
    struct tm tm;
    int64_t document = state_int(kkt->state, STATE_fn_open_document, 0);
    answer_byte(a, (unsigned)state_int(kkt->state, STATE_fn_state, 0));
    answer_byte(a, (unsigned)document);
    answer_byte(a, document != 0);
    answer_byte(a, state_int(kkt->state, STATE_shift_state, 0) != 0);
    answer_byte(a, state_fn_flags(kkt->state));
    answer_date_fn(a, kkt_date(kkt, STATE_fn_last_document_time, &tm));
    answer_padded(a, kkt_fn_serial(kkt, serial), 16, ' ');
    answer_le(a, (uint64_t)state_int(kkt->state, STATE_fn_last_document, 0), 4);
}

void fn_exchange(const struct kkt *kkt, struct answer *a)
{
    struct tm tm;
    answer_byte(a, state_ofd_status(kkt->state));
    answer_byte(a, state_bool(kkt->state, STATE_ofd_message_read));
    answer_le(a, (uint64_t)state_int(kkt->state, STATE_ofd_unsent_count, 0), 2);
    answer_le(a, (uint64_t)state_int(kkt->state, STATE_ofd_first_unsent_number, 0), 4);
    answer_date_fn(a, kkt_date(kkt, STATE_ofd_first_unsent, &tm));
}

void fn_version(const struct kkt *kkt, struct answer *a)
{
    answer_padded(a, state_text(kkt->state, STATE_fn_version, ""), 16, ' ');
    answer_byte(a, state_bool(kkt->state, STATE_fn_release));
}

/* The 23 registration tags (domain.md §3.4). */
static const struct {
    uint16_t tag;
    enum state_key key;
    char form; /* t text, b byte */
} tags[] = {
    {1001, STATE_registration_auto_mode,            'b'},
    {1002, STATE_registration_autonomous,           'b'},
    {1009, STATE_registration_organization_address, 't'},
    {1017, STATE_registration_ofd_inn,              't'},
    {1018, STATE_registration_organization_inn,     't'},
    {1036, STATE_registration_machine_number,       't'},
    {1037, STATE_registration_number,               't'},
    {1046, STATE_registration_ofd_name,             't'},
    {1048, STATE_registration_organization_name,    't'},
    {1056, STATE_registration_encryption,           'b'},
    {1057, STATE_registration_agent,                'b'},
    {1060, STATE_registration_fns_url,              't'},
    {1062, STATE_registration_taxation,             'b'},
    {1108, STATE_registration_internet,             'b'},
    {1109, STATE_registration_service,              'b'},
    {1110, STATE_registration_bso,                  'b'},
    {1117, STATE_registration_organization_email,   't'},
    {1126, STATE_registration_lottery,              'b'},
    {1187, STATE_registration_payments_address,     't'},
    {1193, STATE_registration_gambling,             'b'},
    {1207, STATE_registration_excise,               'b'},
    {1209, STATE_registration_ffd_version,          'f'},
    {1221, STATE_registration_vending_printer,      'b'},
};

/* The signs of FFD 1.2, in one mask instead of tags of their own. */
static const struct {
    uint16_t tag; /* of formats before 1.2; 0: there was none */
    uint8_t bit;
    enum state_key key;
} signs[] = {
    {1221, 1,  STATE_registration_vending_printer},
    {1110, 2,  STATE_registration_bso            },
    {1108, 5,  STATE_registration_internet       },
    {1207, 6,  STATE_registration_excise         },
    {0,    8,  STATE_registration_marked         },
    {1109, 9,  STATE_registration_service        },
    {1193, 10, STATE_registration_gambling       },
    {1126, 11, STATE_registration_lottery        },
    {0,    12, STATE_registration_pawnshop       },
    {0,    13, STATE_registration_insurance      },
    {0,    14, STATE_registration_vending        },
    {0,    15, STATE_registration_catering       },
    {0,    16, STATE_registration_wholesale      },
};

static bool is_sign(unsigned tag)
{
    for (unsigned i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (signs[i].tag == tag)
            return true;
    return false;
}

static void put_signs(const struct kkt *kkt, struct answer *a)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < sizeof signs / sizeof signs[0]; i++)
        mask |= (uint32_t)state_bool(kkt->state, signs[i].key) << signs[i].bit;
    answer_le(a, 1290, 2);
    answer_le(a, 4, 2);
    answer_le(a, mask, 4);
}

/* Tags of fixed width on the wire: the INNs take 12 characters, the registration number 20. */
static size_t tag_width(unsigned tag)
{
    return tag == 1017 || tag == 1018 ? 12 : tag == 1037 ? 20 : 0;
}

unsigned kkt_ffd_code(int64_t version)
{
    return version == 100 ? 1 : version == 105 ? 2 : version == 110 ? 3 : 4;
}

bool fn_tag(const struct kkt *kkt, unsigned tag, bool printer, struct answer *a)
{
    unsigned i = 0;
    bool ffd_12 = state_int(kkt->state, STATE_registration_ffd_version, 0) == 120;
    if (tag == 1290 && ffd_12)
        put_signs(kkt, a);
    if (ffd_12 && (tag == 1290 || is_sign(tag)))
        return tag == 1290;
    while (i < sizeof tags / sizeof tags[0] && tags[i].tag != tag)
        i++;
    if (i == sizeof tags / sizeof tags[0] || !kkt->state->has[tags[i].key])
        return false;
    uint8_t value[1024];
    size_t length = 1;
    if (tags[i].form == 't') {
        length = charset_encode(kkt->state->text[tags[i].key], printer, value, sizeof value);
        while (length < tag_width(tag))
            value[length++] = ' ';
    } else {
        int64_t number = kkt->state->number[tags[i].key];
        value[0] = (uint8_t)(tags[i].form == 'f' ? kkt_ffd_code(number) : number);
    }
    answer_le(a, tag, 2);
    answer_le(a, length, 2);
    answer_bytes(a, value, length);
    return true;
}
