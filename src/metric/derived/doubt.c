#include "metric/derived/doubt.h"

#include "metric/derived/now.h"

#include <stdio.h>
#include <string.h>

#define DAY            86400
#define ORDER_DIGITS   10 /* of a registration number: the tax service's own count */
#define INN_DIGITS     12
#define SERIAL_DIGITS  20
#define CRC_POLYNOMIAL 0x1021u
#define CRC_START      0xFFFFu

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define BIG     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* The usual beginning (NULL: any) and the usual characters (NULL: any) of a text. */
static const struct {
    enum metric metric;
    const char *begins[4];
    const char *characters;
} texts[] = {
    {METRIC_device_model,         {"АТОЛ ", "ATOL ", "Казначей", "Альянс"}, NULL                     },
    {METRIC_fn_version,           {"fn"},                                                     DIGITS LETTERS "_. "     },
    {METRIC_ofd_host,             {NULL},                                                     DIGITS LETTERS BIG ".-"  },
    {METRIC_registration_fns_url, {NULL},                                                     DIGITS LETTERS BIG ".-/:"},
};

/* More than any register has been seen to report. */
static const struct {
    enum metric metric;
    int64_t most;
} numbers[] = {
    {METRIC_ofd_status,           0x3F    }, /* two of its eight bits have no meaning */
    {METRIC_fn_free_documents_5y, 30000000},
    {METRIC_fn_free_memory_30d,   30000000},
};

/* The first is not after the second, give or take. */
static const struct {
    enum metric first, second;
    int64_t slack_s;
} orders[] = {
    {METRIC_registration_date,     METRIC_fn_last_document_time, DAY              },
    {METRIC_registration_date,     METRIC_ofd_first_unsent,      DAY              },
    {METRIC_registration_date,     METRIC_ofd_last_sent,         DAY              },
    {METRIC_registration_date,     METRIC_fn_valid_until,        0                },
    {METRIC_fn_valid_until,        METRIC_registration_date,     FN_LONGEST_TERM_S},
    {METRIC_ofd_first_unsent,      METRIC_fn_last_document_time, 0                },
    {METRIC_shift_expires,         METRIC_fn_last_document_time, DAY + FN_MINUTE_S}, /* its opening is a document */
    {METRIC_fn_last_document_time, METRIC_device_time,           FN_MINUTE_S      },
    {METRIC_ofd_last_sent,         METRIC_device_time,           FN_MINUTE_S      },
    {METRIC_shift_expires,         METRIC_device_time,           DAY + FN_MINUTE_S},
};

static bool begins_with_any(const char *text, const char *const begins[4])
{
    bool found = begins[0] == NULL;
    for (unsigned i = 0; i < 4 && begins[i]; i++)
        found = found || strncmp(text, begins[i], strlen(begins[i])) == 0;
    return found;
}

static void doubt_texts(const struct snapshot *s, struct metric_set *doubtful)
{
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!snapshot_has(s, texts[i].metric))
            continue;
        const char *text = snapshot_text(s, texts[i].metric);
        bool usual = !texts[i].characters || strspn(text, texts[i].characters) == strlen(text);
        if (!usual || !begins_with_any(text, texts[i].begins))
            metric_set_add(doubtful, texts[i].metric);
    }
}

/* "5.17.0": three numbers. */
static bool is_version(const char *text)
{
    for (unsigned part = 0; part < 3; part++) {
        size_t digits = strspn(text, DIGITS);
        if (digits == 0 || text[digits] != (part < 2 ? '.' : '\0'))
            return false;
        text += digits + 1;
    }
    return true;
}

static void doubt_versions(const struct snapshot *s, struct metric_set *doubtful)
{
    static const enum metric versions[] = {METRIC_device_firmware, METRIC_device_configuration_version};
    for (unsigned i = 0; i < sizeof versions / sizeof versions[0]; i++)
        if (snapshot_has(s, versions[i]) && !is_version(snapshot_text(s, versions[i])))
            metric_set_add(doubtful, versions[i]);
}

static void doubt_orders(const struct snapshot *s, struct metric_set *doubtful)
{
    bool clock_wrong = snapshot_has(s, METRIC_device_clock_wrong) && snapshot_int(s, METRIC_device_clock_wrong) != 0;
    for (unsigned i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        enum metric first = orders[i].first, second = orders[i].second;
        if (!snapshot_has(s, first) || !snapshot_has(s, second) || (second == METRIC_device_time && clock_wrong))
            continue;
        if (snapshot_int(s, first) <= snapshot_int(s, second) + orders[i].slack_s)
            continue;
        metric_set_add(doubtful, first);
        metric_set_add(doubtful, second);
    }
}

/* All documents from the first one that is not sent to the last one are not sent. */
static void doubt_queue(const struct snapshot *s, struct metric_set *doubtful)
{
    if (!snapshot_has(s, METRIC_fn_last_document))
        return;
    int64_t last = snapshot_int(s, METRIC_fn_last_document);
    if (snapshot_has(s, METRIC_ofd_error_document) && snapshot_int(s, METRIC_ofd_error_document) > last) {
        metric_set_add(doubtful, METRIC_ofd_error_document);
        metric_set_add(doubtful, METRIC_fn_last_document);
    }
    if (!snapshot_has(s, METRIC_ofd_unsent_count) || !snapshot_has(s, METRIC_ofd_first_unsent_number) ||
        snapshot_int(s, METRIC_ofd_unsent_count) == 0 ||
        snapshot_int(s, METRIC_ofd_first_unsent_number) + snapshot_int(s, METRIC_ofd_unsent_count) - 1 == last)
        return;
    metric_set_add(doubtful, METRIC_ofd_unsent_count);
    metric_set_add(doubtful, METRIC_ofd_first_unsent_number);
    metric_set_add(doubtful, METRIC_fn_last_document);
}

/* CRC-16 CCITT, high bit first. */
static unsigned crc16(const char *text)
{
    unsigned crc = CRC_START;
    for (; *text; text++) {
        crc ^= (unsigned)(unsigned char)*text << 8;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000u ? crc << 1 ^ CRC_POLYNOMIAL : crc << 1) & 0xFFFFu;
    }
    return crc;
}

bool doubt_number_fits(const char *number, const char *inn, const char *serial)
{
    size_t inn_length = strlen(inn), serial_length = strlen(serial);
    char text[ORDER_DIGITS + INN_DIGITS + SERIAL_DIGITS + 1], sum[16];
    if (strlen(number) != 16 || inn_length > INN_DIGITS || serial_length > SERIAL_DIGITS)
        return false;
    /* Each part stands at the right of its field, behind zeros. */
    memset(text, '0', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memcpy(text, number, ORDER_DIGITS);
    memcpy(text + ORDER_DIGITS + INN_DIGITS - inn_length, inn, inn_length);
    memcpy(text + sizeof text - 1 - serial_length, serial, serial_length);
    (void)snprintf(sum, sizeof sum, "%06u", crc16(text));
    return strcmp(number + ORDER_DIGITS, sum) == 0;
}

/* With a debug FN anybody may have written any number. */
static void doubt_registration(const struct snapshot *s, struct metric_set *doubtful)
{
    if (!snapshot_has(s, METRIC_registration_number) || !snapshot_has(s, METRIC_registration_organization_inn) ||
        !snapshot_has(s, METRIC_device_serial) || !snapshot_has(s, METRIC_fn_release) ||
        snapshot_int(s, METRIC_fn_release) == 0)
        return;
    if (doubt_number_fits(snapshot_text(s, METRIC_registration_number),
                          snapshot_text(s, METRIC_registration_organization_inn),
                          snapshot_text(s, METRIC_device_serial)))
        return;
    metric_set_add(doubtful, METRIC_registration_number);
    metric_set_add(doubtful, METRIC_registration_organization_inn);
    metric_set_add(doubtful, METRIC_device_serial);
}

void doubt_of(const struct snapshot *s, struct metric_set *doubtful)
{
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (snapshot_has(s, numbers[i].metric) && snapshot_int(s, numbers[i].metric) > numbers[i].most)
            metric_set_add(doubtful, numbers[i].metric);
    doubt_texts(s, doubtful);
    doubt_versions(s, doubtful);
    doubt_orders(s, doubtful);
    doubt_queue(s, doubtful);
    doubt_registration(s, doubtful);
}
