/* The seed's data.json: 65 keys in its order and its types (seed/metrics.md), for its template. */
#include "output/document.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum form {
    FORM_NUMBER,   /* 3 */
    FORM_BOOL,     /* true */
    FORM_TEXT,     /* "…" */
    FORM_BOOL_STR, /* "True", as Python's str() writes it */
    FORM_INT_STR,  /* "65" */
    FORM_TIME_STR, /* "2026-11-22 12:00:00" */
    FORM_AGE_DAYS, /* seconds as whole days */
};

static const struct seed_row {
    const char *key;
    enum metric metric;
    enum form form;
} rows[] = {
    {"taxationTypes",               METRIC_registration_taxation,             FORM_NUMBER  },
    {"agentSign",                   METRIC_registration_agent,                FORM_NUMBER  },
    {"ffdVersion",                  METRIC_registration_ffd_version,          FORM_NUMBER  },
    {"autoModeSign",                METRIC_registration_auto_mode,            FORM_BOOL    },
    {"offlineModeSign",             METRIC_registration_autonomous,           FORM_BOOL    },
    {"encryptionSign",              METRIC_registration_encryption,           FORM_BOOL    },
    {"internetSign",                METRIC_registration_internet,             FORM_BOOL    },
    {"serviceSign",                 METRIC_registration_service,              FORM_BOOL    },
    {"bsoSign",                     METRIC_registration_bso,                  FORM_BOOL    },
    {"lotterySign",                 METRIC_registration_lottery,              FORM_BOOL    },
    {"gamblingSign",                METRIC_registration_gambling,             FORM_BOOL    },
    {"exciseSign",                  METRIC_registration_excise,               FORM_BOOL    },
    {"machineInstallationSign",     METRIC_registration_vending_printer,      FORM_BOOL    },
    {"fnsUrl",                      METRIC_registration_fns_url,              FORM_TEXT    },
    {"organizationAddress",         METRIC_registration_organization_address, FORM_TEXT    },
    {"organizationVATIN",           METRIC_registration_organization_inn,     FORM_TEXT    },
    {"organizationName",            METRIC_registration_organization_name,    FORM_TEXT    },
    {"organizationEmail",           METRIC_registration_organization_email,   FORM_TEXT    },
    {"paymentsAddress",             METRIC_registration_payments_address,     FORM_TEXT    },
    {"registrationNumber",          METRIC_registration_number,               FORM_TEXT    },
    {"machineNumber",               METRIC_registration_machine_number,       FORM_TEXT    },
    {"ofdVATIN",                    METRIC_registration_ofd_inn,              FORM_TEXT    },
    {"ofdName",                     METRIC_registration_ofd_name,             FORM_TEXT    },
 /* The seed filled it with the days of the FN; its label promises the factory number. */
    {"SerNKKT",                     METRIC_device_serial,                     FORM_TEXT    },
    {"RegNKKT",                     METRIC_device_serial,                     FORM_TEXT    },
    {"SerNFN",                      METRIC_fn_serial,                         FORM_TEXT    },
    {"FNdeadline",                  METRIC_fn_days_left,                      FORM_NUMBER  },
    {"ErrFNDateTime",               METRIC_ofd_last_connection,               FORM_TIME_STR},
    {"AgeDaysFirstDontSendDocInFN", METRIC_ofd_first_unsent_age_s,            FORM_AGE_DAYS},
    {"ModelKKT",                    METRIC_device_model,                      FORM_TEXT    },
    {"MicroProgramVer",             METRIC_device_firmware,                   FORM_TEXT    },
    {"isPaperPresent",              METRIC_printer_paper_present,             FORM_BOOL    },
    {"isPaperNearEnd",              METRIC_printer_paper_near_end,            FORM_BOOL    },
    {"ErrRtcFault",                 METRIC_faults_rtc,                        FORM_BOOL_STR},
    {"isCoverOpened",               METRIC_printer_cover_opened,              FORM_BOOL    },
    {"ShiftState",                  METRIC_shift_state,                       FORM_NUMBER  },
    {"NomberShift",                 METRIC_shift_number,                      FORM_NUMBER  },
    {"DateCloseShift",              METRIC_shift_expires,                     FORM_TIME_STR},
    {"ErrNoSerialNumber",           METRIC_faults_no_serial_number,           FORM_BOOL    },
    {"ErrSettings",                 METRIC_faults_settings,                   FORM_BOOL    },
    {"ErrCounterFault",             METRIC_faults_counters,                   FORM_BOOL    },
    {"ErrUserMemoryFault",          METRIC_faults_user_memory,                FORM_BOOL    },
    {"ErrServiceCountersFault",     METRIC_faults_service_counters,           FORM_BOOL    },
    {"ErrAttributesFault",          METRIC_faults_attributes,                 FORM_BOOL    },
    {"ErrFnFault",                  METRIC_faults_fn,                         FORM_BOOL    },
    {"ErrInvalidFN",                METRIC_faults_wrong_fn,                   FORM_BOOL    },
    {"ErrHardFault",                METRIC_faults_hardware,                   FORM_BOOL    },
    {"ErrMemoryManagerFault",       METRIC_faults_memory_manager,             FORM_BOOL    },
    {"ErrScriptFault",              METRIC_faults_scripts,                    FORM_BOOL    },
    {"ErrWaitForReboot",            METRIC_faults_wait_for_reboot,            FORM_BOOL    },
    {"ErrUniversalCountersFault",   METRIC_faults_universal_counters,         FORM_BOOL    },
    {"DateTimeLastSendToOFD",       METRIC_ofd_last_sent,                     FORM_TIME_STR},
    {"exchangeStatus",              METRIC_ofd_status,                        FORM_NUMBER  },
    {"unsentCount",                 METRIC_ofd_unsent_count,                  FORM_NUMBER  },
    {"ofdMessageRead",              METRIC_ofd_message_read,                  FORM_BOOL    },
    {"fnNeedReplacement",           METRIC_fn_need_replacement,               FORM_BOOL    },
    {"fnExhausted",                 METRIC_fn_resource_exhausted,             FORM_BOOL    },
    {"fnMemoryOverflow",            METRIC_fn_memory_overflow,                FORM_BOOL    },
    {"fnCriticalError",             METRIC_fn_critical_error,                 FORM_BOOL    },
    {"daysRemain",                  METRIC_fn_resource_days,                  FORM_NUMBER  },
    {"ErrFNNetworkErrorText",       METRIC_ofd_network_error_text,            FORM_TEXT    },
    {"ErrFNOfdErrorText",           METRIC_ofd_ofd_error_text,                FORM_TEXT    },
    {"ErrFNFnErrorText",            METRIC_ofd_fn_error_text,                 FORM_TEXT    },
    {"ErrFNDocumentNumber",         METRIC_ofd_error_document,                FORM_NUMBER  },
 /* The seed filled it with a date. */
    {"ErrFNCommandCode",            METRIC_ofd_error_command,                 FORM_INT_STR },
};

#define ROWS (sizeof rows / sizeof rows[0])

const char *seed_key(unsigned index)
{
    return index < ROWS ? rows[index].key : NULL;
}

enum metric seed_metric(unsigned index)
{
    return index < ROWS ? rows[index].metric : METRIC_COUNT;
}

static json_t *time_str(const struct snapshot *s, enum metric m)
{
    char text[CIVIL_TEXT_MAX];
    struct civil c = snapshot_civil(s, m);
    civil_print_time(&c, text);
    text[10] = ' ';
    return json_string_nocheck(text);
}

static json_t *value_of(const struct snapshot *s, const struct seed_row *row)
{
    char text[24];
    switch (row->form) {
    case FORM_NUMBER:
        return json_integer((json_int_t)snapshot_int(s, row->metric));
    case FORM_BOOL:
        return json_boolean(snapshot_int(s, row->metric) != 0);
    case FORM_TEXT:
        return json_string_nocheck(snapshot_text(s, row->metric));
    case FORM_BOOL_STR:
        return json_string_nocheck(snapshot_int(s, row->metric) ? "True" : "False");
    case FORM_INT_STR:
        (void)snprintf(text, sizeof text, "%" PRId64, snapshot_int(s, row->metric));
        return json_string_nocheck(text);
    case FORM_TIME_STR:
        return time_str(s, row->metric);
    case FORM_AGE_DAYS:
        break;
    }
    return json_integer((json_int_t)(snapshot_int(s, row->metric) / 86400));
}

char *document_seed(const struct document *d)
{
    json_t *root = json_object();
    int failed = root ? 0 : -1;
    for (unsigned i = 0; i < ROWS && document_was_read(d); i++)
        if (snapshot_has(d->snapshot, rows[i].metric))
            failed |= json_object_set_new_nocheck(root, rows[i].key, value_of(d->snapshot, &rows[i]));
    char *text = failed ? NULL : json_dumps(root, 0);
    json_decref(root);
    return text;
}
