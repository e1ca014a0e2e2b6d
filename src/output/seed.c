/* The seed's data.json: its 65 keys in its order and its types (seed/metrics.md), for its template. Which metric a key
 * carries stands in the catalogue. */
#include "output/writer.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400

/* clang-format off */
static const char *const keys[] = {
    "taxationTypes", "agentSign", "ffdVersion", "autoModeSign", "offlineModeSign", "encryptionSign", "internetSign",
    "serviceSign", "bsoSign", "lotterySign", "gamblingSign", "exciseSign", "machineInstallationSign", "fnsUrl",
    "organizationAddress", "organizationVATIN", "organizationName", "organizationEmail", "paymentsAddress",
    "registrationNumber", "machineNumber", "ofdVATIN", "ofdName", "SerNKKT", "RegNKKT", "SerNFN", "FNdeadline",
    "ErrFNDateTime", "AgeDaysFirstDontSendDocInFN", "ModelKKT", "MicroProgramVer", "isPaperPresent", "isPaperNearEnd",
    "ErrRtcFault", "isCoverOpened", "ShiftState", "NomberShift", "DateCloseShift", "ErrNoSerialNumber", "ErrSettings",
    "ErrCounterFault", "ErrUserMemoryFault", "ErrServiceCountersFault", "ErrAttributesFault", "ErrFnFault",
    "ErrInvalidFN", "ErrHardFault", "ErrMemoryManagerFault", "ErrScriptFault", "ErrWaitForReboot",
    "ErrUniversalCountersFault", "DateTimeLastSendToOFD", "exchangeStatus", "unsentCount", "ofdMessageRead",
    "fnNeedReplacement", "fnExhausted", "fnMemoryOverflow", "fnCriticalError", "daysRemain", "ErrFNNetworkErrorText",
    "ErrFNOfdErrorText", "ErrFNFnErrorText", "ErrFNDocumentNumber", "ErrFNCommandCode",
};
/* clang-format on */
#define KEYS (sizeof keys / sizeof keys[0])

/* How the seed wrote a value where it does not follow from its type. */
enum form {
    FORM_OF_TYPE,    /* 3, true, "…", "2026-11-22 12:00:00" */
    FORM_BOOL_STR,   /* "True", as Python's str() writes it */
    FORM_INT_STR,    /* "65" */
    FORM_DAYS_LEFT,  /* whole days from the computer's clock to the date, as the seed counts them */
    FORM_DAYS_SINCE, /* and from the date to the computer's clock */
};

static const struct {
    const char *key;
    enum form form;
    const char *carries; /* the key whose metric it carries; NULL: its own */
} particular[] = {
    {"SerNKKT",                     FORM_OF_TYPE,    "RegNKKT"}, /* the seed wrote the days of the FN */
    {"ErrRtcFault",                 FORM_BOOL_STR,   NULL     },
    {"ErrFNCommandCode",            FORM_INT_STR,    NULL     }, /* the seed wrote a date */
    {"FNdeadline",                  FORM_DAYS_LEFT,  NULL     },
    {"AgeDaysFirstDontSendDocInFN", FORM_DAYS_SINCE, NULL     },
};

const char *seed_key(unsigned index)
{
    return index < KEYS ? keys[index] : NULL;
}

/* Index into `particular`, its size for a plain key. */
static unsigned particular_of(const char *key)
{
    unsigned i = 0;
    while (i < sizeof particular / sizeof particular[0] && strcmp(particular[i].key, key) != 0)
        i++;
    return i;
}

static enum form form_of(const char *key)
{
    unsigned i = particular_of(key);
    return i < sizeof particular / sizeof particular[0] ? particular[i].form : FORM_OF_TYPE;
}

enum metric seed_metric(unsigned index)
{
    if (index >= KEYS)
        return METRIC_COUNT;
    unsigned i = particular_of(keys[index]), m = 0;
    bool other = i < sizeof particular / sizeof particular[0] && particular[i].carries;
    const char *key = other ? particular[i].carries : keys[index];
    while (m < METRIC_COUNT &&
           (!metric_row((enum metric)m)->seed || strcmp(metric_row((enum metric)m)->seed, key) != 0))
        m++;
    return (enum metric)m;
}

static json_t *time_str(const struct snapshot *s, enum metric m)
{
    char text[CIVIL_TEXT_MAX];
    struct civil c = snapshot_civil(s, m);
    civil_print_time(&c, text);
    text[10] = ' ';
    return json_string_nocheck(text);
}

static int64_t floor_days(int64_t seconds)
{
    return seconds >= 0 ? seconds / DAY : -((-seconds + DAY - 1) / DAY);
}

/* The seed's script took the difference to the computer's time and Python's timedelta.days of it. */
static int64_t days(const struct document *d, enum metric date, int sign)
{
    struct civil c = snapshot_civil(d->snapshot, date);
    return floor_days(sign * (zone_to_unix(&d->zone, &c) - d->snapshot->polled_ms / 1000));
}

static json_t *value_of_type(const struct snapshot *s, enum metric m)
{
    switch (metric_row(m)->type) {
    case METRIC_BOOL:
        return json_boolean(snapshot_int(s, m) != 0);
    case METRIC_INT:
        return json_integer((json_int_t)snapshot_int(s, m));
    case METRIC_TEXT:
        return json_string_nocheck(snapshot_text(s, m));
    case METRIC_DATE:
    case METRIC_TIME:
        break;
    }
    return time_str(s, m);
}

static json_t *value_of(const struct document *d, const char *key, enum metric m)
{
    const struct snapshot *s = d->snapshot;
    char text[24];
    switch (form_of(key)) {
    case FORM_OF_TYPE:
        return value_of_type(s, m);
    case FORM_BOOL_STR:
        return json_string_nocheck(snapshot_int(s, m) ? "True" : "False");
    case FORM_INT_STR:
        (void)snprintf(text, sizeof text, "%" PRId64, snapshot_int(s, m));
        return json_string_nocheck(text);
    case FORM_DAYS_LEFT:
        return json_integer((json_int_t)days(d, m, 1));
    case FORM_DAYS_SINCE:
        break;
    }
    /* With nothing unsent, or without a date, there is only the age. */
    bool dated = snapshot_int(s, METRIC_ofd_unsent_count) > 0 && snapshot_has(s, METRIC_ofd_first_unsent);
    return json_integer((json_int_t)(dated ? days(d, METRIC_ofd_first_unsent, -1) : floor_days(snapshot_int(s, m))));
}

/* The values by the place of their key. */
struct seed_values {
    json_t *at[KEYS];
};

static void add_value(void *to, const struct document *d, enum metric m)
{
    struct seed_values *values = to;
    for (unsigned i = 0; metric_row(m)->seed && i < KEYS; i++)
        if (seed_metric(i) == m)
            values->at[i] = value_of(d, keys[i], m);
}

char *document_seed(const struct document *d)
{
    static const struct writer writer = {NULL, add_value};
    struct seed_values values = {0};
    char polled_at[ZONE_TEXT_MAX];
    json_t *root = json_object();
    int failed = root ? 0 : -1;
    document_walk(d, &writer, &values);
    for (unsigned i = 0; i < KEYS; i++)
        if (values.at[i])
            failed |= json_object_set_new_nocheck(root, keys[i], values.at[i]);
    zone_print(&d->zone, d->snapshot->polled_ms / 1000, polled_at);
    if (document_was_read(d))
        failed |= json_object_set_new_nocheck(root, "polledAt", json_string_nocheck(polled_at));
    char *text = failed ? NULL : json_dumps(root, 0);
    json_decref(root);
    return text;
}
