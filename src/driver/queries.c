#include "driver/queries.h"

#include "driver/fptr.h"

#include <stdio.h>

/* clang-format off */
#define V(metric, param, kind, on) {METRIC_##metric, FPTR_PARAM_##param, #param, FPTR_##kind, on}
#define TAG(metric, tag, kind)     {METRIC_##metric, tag, #tag, FPTR_##kind, ON_BOTH}
#define ROWS(optional, ...)                                                                                            \
    sizeof((struct fptr_value[]){__VA_ARGS__}) / sizeof(struct fptr_value), (const struct fptr_value[]){__VA_ARGS__},  \
        optional
#define VALUES(...)   ROWS(false, __VA_ARGS__)
#define IF_KNOWN(...) ROWS(true, __VA_ARGS__)

#define DATA(type, on)                        #type, CALL_DATA, FPTR_##type, on, INPUT_NONE, 0, 0
#define DATA_OF(name, type, on, input, value)                                                                          \
    name, CALL_DATA, FPTR_##type, on, INPUT_NUMBER, FPTR_PARAM_##input, FPTR_##value
#define FN_DATA(type, on)                     #type, CALL_FN_DATA, FPTR_##type, on, INPUT_NONE, 0, 0
#define FN_DATA_NOW(type, on, input)          #type, CALL_FN_DATA, FPTR_##type, on, INPUT_NOW, FPTR_PARAM_##input, 0
#define SETTING(number, on)                   "setting " #number, CALL_SETTING, number, on, INPUT_NONE, 0, 0

/* FNDT_FREE_MEMORY is not asked: of both of its numbers the driver returns the low 16 bits only. */
static const struct fptr_query queries[] = {
    {DATA(DT_STATUS, ON_BOTH), VALUES(
        V(device_model,                 MODEL_NAME,                 TEXT,        ON_BOTH),
        V(device_model_code,            MODEL,                      INT,         ON_BOTH),
        V(device_serial,                SERIAL_NUMBER,              TEXT,        ON_BOTH),
        V(device_firmware,              UNIT_VERSION,               TEXT,        ON_BOTH),
        V(device_time,                  DATE_TIME,                  TIME,        ON_BOTH),
        V(device_blocked,               BLOCKED,                    BOOL,        ON_BOTH),
        V(device_fiscal,                FISCAL,                     BOOL,        ON_BOTH),
        V(printer_paper_present,        RECEIPT_PAPER_PRESENT,      BOOL,        ON_BOTH),
        V(printer_paper_near_end,       PAPER_NEAR_END,             BOOL,        ON_5),
        V(printer_cover_opened,         COVER_OPENED,               BOOL,        ON_BOTH),
        V(printer_drawer_opened,        CASHDRAWER_OPENED,          BOOL,        ON_BOTH),
        V(printer_error,                PRINTER_ERROR,              BOOL,        ON_3),
        V(printer_cutter_error,         CUT_ERROR,                  BOOL,        ON_BOTH),
        V(printer_overheat,             PRINTER_OVERHEAT,           BOOL,        ON_BOTH),
        V(printer_connection_lost,      PRINTER_CONNECTION_LOST,    BOOL,        ON_3),
        V(fn_present,                   FN_PRESENT,                 BOOL,        ON_BOTH),
        V(shift_receipt_number,         RECEIPT_NUMBER,             INT,         ON_3))},
    {DATA(DT_SHIFT_STATE, ON_BOTH), VALUES(
        V(shift_state,                  SHIFT_STATE,                INT,         ON_BOTH),
        V(shift_number,                 SHIFT_NUMBER,               INT,         ON_BOTH),
        V(shift_expires,                DATE_TIME,                  EXPIRES,     ON_BOTH))},
    {DATA(DT_FATAL_STATUS, ON_5), VALUES(
        V(faults_no_serial_number,      NO_SERIAL_NUMBER,           BOOL,        ON_5),
        V(faults_rtc,                   RTC_FAULT,                  BOOL,        ON_5),
        V(faults_settings,              SETTINGS_FAULT,             BOOL,        ON_5),
        V(faults_counters,              COUNTERS_FAULT,             BOOL,        ON_5),
        V(faults_user_memory,           USER_MEMORY_FAULT,          BOOL,        ON_5),
        V(faults_service_counters,      SERVICE_COUNTERS_FAULT,     BOOL,        ON_5),
        V(faults_attributes,            ATTRIBUTES_FAULT,           BOOL,        ON_5),
        V(faults_fn,                    FN_FAULT,                   BOOL,        ON_5),
        V(faults_wrong_fn,              INVALID_FN,                 BOOL,        ON_5),
        V(faults_hardware,              HARD_FAULT,                 BOOL,        ON_5),
        V(faults_memory_manager,        MEMORY_MANAGER_FAULT,       BOOL,        ON_5),
        V(faults_scripts,               SCRIPTS_FAULT,              BOOL,        ON_5),
        V(faults_wait_for_reboot,       WAIT_FOR_REBOOT,            BOOL,        ON_5),
        V(faults_universal_counters,    UNIVERSAL_COUNTERS_FAULT,   BOOL,        ON_5))},
    {FN_DATA(FNDT_OFD_EXCHANGE_STATUS, ON_BOTH), VALUES(
        V(ofd_status,                   OFD_EXCHANGE_STATUS,        INT,         ON_BOTH),
        V(ofd_message_read,             OFD_MESSAGE_READ,           BOOL,        ON_BOTH),
        V(ofd_unsent_count,             DOCUMENTS_COUNT,            INT,         ON_BOTH),
        V(ofd_first_unsent_number,      DOCUMENT_NUMBER,            INT,         ON_BOTH),
        V(ofd_first_unsent,             DATE_TIME,                  TIME,        ON_BOTH))},
    {FN_DATA(FNDT_FN_INFO, ON_BOTH), VALUES(
        V(fn_serial,                    SERIAL_NUMBER,              TEXT,        ON_BOTH),
        V(fn_version,                   FN_VERSION,                 TEXT,        ON_BOTH),
        V(fn_release,                   FN_TYPE,                    FN_TYPE,     ON_BOTH),
        V(fn_state,                     FN_STATE,                   INT,         ON_BOTH),
        V(fn_flags,                     FN_FLAGS,                   INT,         ON_BOTH))},
    {FN_DATA(FNDT_ERRORS, ON_BOTH), VALUES(
        V(ofd_network_error,            NETWORK_ERROR,              INT,         ON_BOTH),
        V(ofd_network_error_text,       NETWORK_ERROR_TEXT,         TEXT,        ON_BOTH),
        V(ofd_ofd_error,                OFD_ERROR,                  INT,         ON_BOTH),
        V(ofd_ofd_error_text,           OFD_ERROR_TEXT,             TEXT,        ON_BOTH),
        V(ofd_fn_error,                 FN_ERROR,                   INT,         ON_BOTH),
        V(ofd_fn_error_text,            FN_ERROR_TEXT,              TEXT,        ON_BOTH),
        V(ofd_error_document,           DOCUMENT_NUMBER,            INT,         ON_BOTH),
        V(ofd_error_command,            COMMAND_CODE,               INT,         ON_BOTH),
        V(ofd_last_connection,          DATE_TIME,                  TIME,        ON_BOTH))},
    {FN_DATA(FNDT_ISM_EXCHANGE_STATUS, ON_BOTH), IF_KNOWN(
        V(marking_unsent_count,         DOCUMENTS_COUNT,            INT,         ON_BOTH),
        V(marking_first_unsent_number,  DOCUMENT_NUMBER,            NUMBER,      ON_BOTH),
        V(marking_first_unsent,         DATE_TIME,                  TIME,        ON_BOTH))},
    {FN_DATA(FNDT_ISM_ERRORS, ON_BOTH), IF_KNOWN(
        V(marking_network_error,        NETWORK_ERROR,              INT,         ON_BOTH),
        V(marking_network_error_text,   NETWORK_ERROR_TEXT,         TEXT,        ON_BOTH),
        V(marking_ism_error,            ISM_ERROR,                  INT,         ON_BOTH),
        V(marking_ism_error_text,       ISM_ERROR_TEXT,             TEXT,        ON_BOTH))},
    {DATA(DT_LAST_SENT_OFD_DOCUMENT_DATE_TIME, ON_BOTH), VALUES(
        V(ofd_last_sent,                DATE_TIME,                  TIME,        ON_BOTH))},
    {DATA(DT_DEVICE_UPTIME, ON_3), VALUES(
        V(device_uptime_s,              DEVICE_UPTIME,              INT,         ON_3))},
    {FN_DATA(FNDT_LAST_DOCUMENT, ON_BOTH), VALUES(
        V(fn_last_document,             DOCUMENT_NUMBER,            INT,         ON_BOTH),
        V(fn_last_document_time,        DATE_TIME,                  TIME,        ON_BOTH))},
    {FN_DATA(FNDT_VALIDITY, ON_BOTH), VALUES(
        V(fn_valid_until,               DATE_TIME,                  DATE,        ON_BOTH),
        V(fn_registrations_done,        REGISTRATIONS_COUNT,        INT,         ON_BOTH),
        V(fn_registrations_left,        REGISTRATIONS_REMAIN,       INT,         ON_BOTH))},
    {FN_DATA(FNDT_LAST_REGISTRATION, ON_BOTH), IF_KNOWN(
        V(registration_date,            DATE_TIME,                  DATE,        ON_BOTH))},
    {FN_DATA_NOW(FNDT_VALIDITY_DAYS, ON_5, DATE_TIME), VALUES(
        V(fn_resource_days,             FN_DAYS_REMAIN,             INT,         ON_5))},
    /* In DT_STATUS the number is 0 at platform 5 as soon as certain faults are there. */
    {FN_DATA(FNDT_SHIFT, ON_5), VALUES(
        V(shift_receipt_number,         RECEIPT_NUMBER,             INT,         ON_5))},
    {FN_DATA(FNDT_REG_INFO, ON_BOTH), VALUES(
        TAG(registration_number,                1037, TEXT),
        TAG(registration_organization_name,     1048, TEXT),
        TAG(registration_organization_inn,      1018, TEXT),
        TAG(registration_organization_address,  1009, TEXT),
        TAG(registration_organization_email,    1117, TEXT),
        TAG(registration_payments_address,      1187, TEXT),
        TAG(registration_machine_number,        1036, TEXT),
        TAG(registration_ofd_inn,               1017, TEXT),
        TAG(registration_ofd_name,              1046, TEXT),
        TAG(registration_fns_url,               1060, TEXT),
        TAG(registration_taxation,              1062, NUMBER),
        TAG(registration_agent,                 1057, INT),
        TAG(registration_ffd_version,           1209, FFD),
        TAG(registration_auto_mode,             1001, BOOL),
        TAG(registration_autonomous,            1002, BOOL),
        TAG(registration_encryption,            1056, BOOL),
        TAG(registration_internet,              1108, BOOL),
        TAG(registration_service,               1109, BOOL),
        TAG(registration_bso,                   1110, BOOL),
        TAG(registration_lottery,               1126, BOOL),
        TAG(registration_gambling,              1193, BOOL),
        TAG(registration_excise,                1207, BOOL),
        TAG(registration_vending_printer,       1221, BOOL))},
    {DATA(DT_CASH_SUM, ON_BOTH), VALUES(
        V(counters_cash_kop,            SUM,                        HUNDREDTHS,  ON_BOTH))},
    {DATA(DT_PRINTER_TEMPERATURE, ON_BOTH), VALUES(
        V(printer_temperature_c,        PRINTER_TEMPERATURE,        SIGNED,      ON_BOTH))},
    {DATA_OF("DT_POWER_SOURCE_STATE", DT_POWER_SOURCE_STATE, ON_BOTH, POWER_SOURCE_TYPE, PST_BATTERY), VALUES(
        V(power_on_battery,             USE_BATTERY,                BOOL,        ON_BOTH),
        V(power_battery_charging,       BATTERY_CHARGING,           BOOL,        ON_BOTH),
        V(power_battery_can_print,      CAN_PRINT_WHILE_ON_BATTERY, BOOL,        ON_BOTH),
        V(power_battery_mv,             VOLTAGE,                    THOUSANDTHS, ON_BOTH),
        V(power_battery_percent,        BATTERY_CHARGE,             INT,         ON_BOTH))},
    {SETTING(273, ON_BOTH), VALUES(
        V(ofd_host,                     SETTING_VALUE,              TEXT,        ON_BOTH))},
    {SETTING(274, ON_BOTH), VALUES(
        V(ofd_port,                     SETTING_VALUE,              NUMBER,      ON_BOTH))},
    {SETTING(276, ON_BOTH), VALUES(
        V(ofd_channel,                  SETTING_VALUE,              INT,         ON_BOTH))},
    {DATA(DT_REVENUE, ON_3), VALUES(
        V(counters_revenue_kop,         SUM,                        HUNDREDTHS,  ON_3))},
    {DATA(DT_CASHIN_COUNT, ON_BOTH), VALUES(
        V(counters_cash_ins,       DOCUMENTS_COUNT,            INT,         ON_BOTH))},
    {DATA(DT_CASHIN_SUM, ON_BOTH), VALUES(
        V(counters_cash_in_kop,         SUM,                        HUNDREDTHS,  ON_BOTH))},
    {DATA(DT_CASHOUT_COUNT, ON_BOTH), VALUES(
        V(counters_cash_outs,      DOCUMENTS_COUNT,            INT,         ON_BOTH))},
    {DATA(DT_CASHOUT_SUM, ON_BOTH), VALUES(
        V(counters_cash_out_kop,        SUM,                        HUNDREDTHS,  ON_BOTH))},
    {DATA_OF("DT_RECEIPT_COUNT sales", DT_RECEIPT_COUNT, ON_BOTH, RECEIPT_TYPE, RT_SELL), VALUES(
        V(counters_sell_receipts,       DOCUMENTS_COUNT,            INT,         ON_BOTH))},
    {DATA_OF("DT_RECEIPT_COUNT returned sales", DT_RECEIPT_COUNT, ON_BOTH, RECEIPT_TYPE, RT_SELL_RETURN), VALUES(
        V(counters_sell_return_receipts, DOCUMENTS_COUNT,            INT,         ON_BOTH))},
    {DATA_OF("DT_RECEIPT_COUNT purchases", DT_RECEIPT_COUNT, ON_BOTH, RECEIPT_TYPE, RT_BUY), VALUES(
        V(counters_buy_receipts,        DOCUMENTS_COUNT,            INT,         ON_BOTH))},
    {DATA_OF("DT_RECEIPT_COUNT returned purchases", DT_RECEIPT_COUNT, ON_BOTH, RECEIPT_TYPE, RT_BUY_RETURN), VALUES(
        V(counters_buy_return_receipts, DOCUMENTS_COUNT,            INT,         ON_BOTH))},
    {FN_DATA(FNDT_DOCUMENTS_COUNT_IN_SHIFT, ON_3), VALUES(
        V(counters_shift_documents,     DOCUMENTS_COUNT,            INT,         ON_3))},
    {DATA_OF("DT_CUTTER_RESOURCE", DT_CUTTER_RESOURCE, ON_BOTH, COUNTER_TYPE, CT_ROLLUP), VALUES(
        V(counters_cutter_work,        COUNT,                      INT,         ON_BOTH))},
    {DATA_OF("DT_TERMAL_RESOURCE", DT_TERMAL_RESOURCE, ON_BOTH, COUNTER_TYPE, CT_ROLLUP), VALUES(
        V(counters_head_work,          COUNT,                      INT,         ON_BOTH))},
    {DATA(DT_MAC_ADDRESS, ON_BOTH), VALUES(
        V(device_mac,                   MAC_ADDRESS,                TEXT,        ON_BOTH))},
    {DATA_OF("DT_UNIT_VERSION boot", DT_UNIT_VERSION, ON_BOTH, UNIT_TYPE, UT_BOOT), VALUES(
        V(device_boot_version,          UNIT_VERSION,               TEXT,        ON_BOTH))},
    {DATA_OF("DT_UNIT_VERSION configuration", DT_UNIT_VERSION, ON_BOTH, UNIT_TYPE, UT_CONFIGURATION), VALUES(
        V(device_configuration_version, UNIT_VERSION,               TEXT,        ON_BOTH))},
    /* Its FN_MAX_FFD_VERSION is not taken: the driver says 105 for every FN. */
    {FN_DATA(FNDT_FFD_VERSIONS, ON_BOTH), VALUES(
        V(device_ffd_version_max,       DEVICE_MAX_FFD_VERSION,     NUMBER,      ON_BOTH))},
};
/* clang-format on */

const struct fptr_query *fptr_query_at(unsigned index)
{
    return index < sizeof queries / sizeof queries[0] ? &queries[index] : NULL;
}

int fptr_on(enum kkt_protocol protocol)
{
    return protocol == KKT_PROTOCOL_3 ? ON_3 : protocol == KKT_PROTOCOL_5 ? ON_5 : 0;
}

bool fptr_query_wanted(const struct fptr_query *query, const struct metric_set *wanted, enum kkt_protocol protocol)
{
    int here = protocol == KKT_PROTOCOL_UNKNOWN ? ON_BOTH : fptr_on(protocol);
    for (unsigned i = 0; i < query->count; i++)
        if ((query->values[i].on & here) && metric_set_has(wanted, query->values[i].metric))
            return true;
    return false;
}

bool fptr_metric_source(enum metric m, char *buf, size_t cap)
{
    for (unsigned q = 0; q < sizeof queries / sizeof queries[0]; q++)
        for (unsigned i = 0; i < queries[q].count; i++) {
            const struct fptr_value *v = &queries[q].values[i];
            if (v->metric != m)
                continue;
            const char *where = v->on == ON_3 ? " (protocol 3)" : v->on == ON_5 ? " (platform 5)" : "";
            int n = snprintf(buf, cap, "%s: %s%s", queries[q].name, v->name, where);
            return n > 0 && (size_t)n < cap;
        }
    return false;
}
