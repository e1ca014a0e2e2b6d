/* The vendor's driver reading a register without any code of ours in between: opens by the settings on the command
 * line, runs each query once and prints what the driver returns as JSON. Built against the vendor's own header. */
#include <dlfcn.h>
#include <jansson.h>
#include <libfptr10.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void *library;
static libfptr_handle handle;

#define CALL(type, name) ((type)(uintptr_t)symbol(name))

static void *symbol(const char *name)
{
    void *address = dlsym(library, name);
    if (!address) {
        (void)fprintf(stderr, "driver_probe: no symbol %s\n", name);
        exit(2);
    }
    return address;
}

typedef int call_handle(libfptr_handle);
typedef int call_create(libfptr_handle *);
typedef void call_setting(libfptr_handle, const wchar_t *, const wchar_t *);
typedef void call_set_int(libfptr_handle, int, uint);
typedef void call_set_date(libfptr_handle, int, int, int, int, int, int, int);
typedef uint call_get_int(libfptr_handle, int);
typedef int call_get_text(libfptr_handle, int, wchar_t *, int);
typedef void call_get_date(libfptr_handle, int, int *, int *, int *, int *, int *, int *);
typedef double call_get_double(libfptr_handle, int);
typedef int call_error_text(libfptr_handle, wchar_t *, int);

struct parameter {
    const char *name;
    int id;
    char form; /* i integer, b boolean, s string, d date, f double */
};

struct query {
    const char *name;
    int function; /* 0 queryData, 1 fnQueryData */
    int type;
    const struct parameter *parameters;
};

#define I(n)                                                                                                           \
    {                                                                                                                  \
#n, LIBFPTR_PARAM_##n, 'i'                                                                                     \
    }
#define B(n)                                                                                                           \
    {                                                                                                                  \
#n, LIBFPTR_PARAM_##n, 'b'                                                                                     \
    }
#define S(n)                                                                                                           \
    {                                                                                                                  \
#n, LIBFPTR_PARAM_##n, 's'                                                                                     \
    }
#define D(n)                                                                                                           \
    {                                                                                                                  \
#n, LIBFPTR_PARAM_##n, 'd'                                                                                     \
    }
#define F(n)                                                                                                           \
    {                                                                                                                  \
#n, LIBFPTR_PARAM_##n, 'f'                                                                                     \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, 0, 0                                                                                                     \
    }
#define LIST(name, ...) static const struct parameter name[] = {__VA_ARGS__, END}

LIST(status, I(MODEL), S(MODEL_NAME), S(SERIAL_NUMBER), S(UNIT_VERSION), B(BLOCKED), B(FISCAL), B(FN_PRESENT),
     B(FN_FISCAL), B(INVALID_FN), B(CASHDRAWER_OPENED), B(RECEIPT_PAPER_PRESENT), B(PAPER_NEAR_END), B(COVER_OPENED),
     B(PRINTER_CONNECTION_LOST), B(PRINTER_ERROR), B(CUT_ERROR), B(PRINTER_OVERHEAT), I(SHIFT_STATE), I(SHIFT_NUMBER),
     I(RECEIPT_NUMBER), I(DOCUMENT_NUMBER), I(LOGICAL_NUMBER), D(DATE_TIME), I(MODE), I(SUBMODE));
LIST(short_status, B(CASHDRAWER_OPENED), B(RECEIPT_PAPER_PRESENT), B(PAPER_NEAR_END), B(COVER_OPENED));
LIST(shift_state, I(SHIFT_STATE), I(SHIFT_NUMBER), D(DATE_TIME));
LIST(serial_number, S(SERIAL_NUMBER));
LIST(fatal, B(NO_SERIAL_NUMBER), B(RTC_FAULT), B(SETTINGS_FAULT), B(COUNTERS_FAULT), B(USER_MEMORY_FAULT),
     B(SERVICE_COUNTERS_FAULT), B(ATTRIBUTES_FAULT), B(FN_FAULT), B(INVALID_FN), B(HARD_FAULT), B(MEMORY_MANAGER_FAULT),
     B(SCRIPTS_FAULT), B(WAIT_FOR_REBOOT), B(UNIVERSAL_COUNTERS_FAULT), B(COMMODITIES_TABLE_FAULT));
LIST(uptime, I(DEVICE_UPTIME));
LIST(date_time, D(DATE_TIME));
LIST(cash, F(SUM));
LIST(temperature, S(PRINTER_TEMPERATURE));
LIST(power, I(BATTERY_CHARGE), F(VOLTAGE), B(USE_BATTERY), B(BATTERY_CHARGING), B(CAN_PRINT_WHILE_ON_BATTERY));
LIST(unit, S(UNIT_VERSION), S(UNIT_RELEASE_VERSION));
LIST(mac, S(MAC_ADDRESS));
LIST(exchange, I(OFD_EXCHANGE_STATUS), I(DOCUMENTS_COUNT), I(DOCUMENT_NUMBER), D(DATE_TIME), B(OFD_MESSAGE_READ));
LIST(fn_info, S(SERIAL_NUMBER), S(FN_VERSION), I(FN_TYPE), I(FN_STATE), I(FN_FLAGS), B(FN_NEED_REPLACEMENT),
     B(FN_RESOURCE_EXHAUSTED), B(FN_MEMORY_OVERFLOW), B(FN_OFD_TIMEOUT), B(FN_CRITICAL_ERROR));
LIST(validity, D(DATE_TIME), I(REGISTRATIONS_COUNT), I(REGISTRATIONS_REMAIN));
LIST(validity_days, I(FN_DAYS_REMAIN));
LIST(free_memory, I(DOCUMENTS_COUNT), I(FREE_MEMORY));
LIST(errors, I(NETWORK_ERROR), I(OFD_ERROR), I(FN_ERROR), S(NETWORK_ERROR_TEXT), S(OFD_ERROR_TEXT), S(FN_ERROR_TEXT),
     I(DOCUMENT_NUMBER), I(COMMAND_CODE), D(DATE_TIME));
LIST(last_document, I(DOCUMENT_NUMBER), D(DATE_TIME), S(FISCAL_SIGN));
LIST(fn_shift, I(SHIFT_NUMBER), I(RECEIPT_NUMBER));
LIST(ffd, I(DEVICE_FFD_VERSION), I(FN_FFD_VERSION), I(FFD_VERSION), I(DEVICE_MAX_FFD_VERSION),
     I(DEVICE_MIN_FFD_VERSION), I(FN_MAX_FFD_VERSION));
static const struct parameter registration[] = {
    {"1001", 1001, 'b'},
    {"1002", 1002, 'b'},
    {"1009", 1009, 's'},
    {"1017", 1017, 's'},
    {"1018", 1018, 's'},
    {"1036", 1036, 's'},
    {"1037", 1037, 's'},
    {"1046", 1046, 's'},
    {"1048", 1048, 's'},
    {"1056", 1056, 'b'},
    {"1057", 1057, 'i'},
    {"1060", 1060, 's'},
    {"1062", 1062, 'i'},
    {"1108", 1108, 'b'},
    {"1109", 1109, 'b'},
    {"1110", 1110, 'b'},
    {"1117", 1117, 's'},
    {"1126", 1126, 'b'},
    {"1187", 1187, 's'},
    {"1193", 1193, 'b'},
    {"1207", 1207, 'b'},
    {"1209", 1209, 'i'},
    {"1221", 1221, 'b'},
    END
};

#define DT(name, list)                                                                                                 \
    {                                                                                                                  \
#name, 0, LIBFPTR_DT_##name, list                                                                              \
    }
#define FNDT(name, list)                                                                                               \
    {                                                                                                                  \
#name, 1, LIBFPTR_FNDT_##name, list                                                                            \
    }

static const struct query queries[] = {DT(STATUS, status),
                                       DT(SHORT_STATUS, short_status),
                                       DT(SHIFT_STATE, shift_state),
                                       DT(SERIAL_NUMBER, serial_number),
                                       DT(FATAL_STATUS, fatal),
                                       DT(DEVICE_UPTIME, uptime),
                                       DT(LAST_SENT_OFD_DOCUMENT_DATE_TIME, date_time),
                                       DT(DATE_TIME, date_time),
                                       DT(CASH_SUM, cash),
                                       DT(PRINTER_TEMPERATURE, temperature),
                                       DT(POWER_SOURCE_STATE, power),
                                       DT(UNIT_VERSION, unit),
                                       DT(MAC_ADDRESS, mac),
                                       FNDT(OFD_EXCHANGE_STATUS, exchange),
                                       FNDT(FN_INFO, fn_info),
                                       FNDT(VALIDITY, validity),
                                       FNDT(VALIDITY_DAYS, validity_days),
                                       FNDT(FREE_MEMORY, free_memory),
                                       FNDT(ERRORS, errors),
                                       FNDT(LAST_DOCUMENT, last_document),
                                       FNDT(SHIFT, fn_shift),
                                       FNDT(FFD_VERSIONS, ffd),
                                       FNDT(REG_INFO, registration)};

static json_t *text_of(const wchar_t *wide)
{
    char utf8[4096];
    return wcstombs(utf8, wide, sizeof utf8) == (size_t)-1 ? json_string("?") : json_string(utf8);
}

static json_t *value_of(const struct parameter *p)
{
    wchar_t wide[1024] = L"";
    char date[40];
    int part[6] = {0};
    switch (p->form) {
    case 'i':
        return json_integer(CALL(call_get_int *, "libfptr_get_param_int")(handle, p->id));
    case 'b':
        return json_integer(CALL(call_get_int *, "libfptr_get_param_bool")(handle, p->id) != 0);
    case 's':
        (void)CALL(call_get_text *, "libfptr_get_param_str")(handle, p->id, wide, 1024);
        return text_of(wide);
    case 'f':
        return json_real(CALL(call_get_double *, "libfptr_get_param_double")(handle, p->id));
    default:
        CALL(call_get_date *, "libfptr_get_param_datetime")
        (handle, p->id, &part[0], &part[1], &part[2], &part[3], &part[4], &part[5]);
        (void)snprintf(date, sizeof date, "%04d-%02d-%02dT%02d:%02d:%02d", part[0], part[1], part[2], part[3], part[4],
                       part[5]);
        return json_string(date);
    }
}

static json_t *error_now(void)
{
    wchar_t wide[1024] = L"";
    int code = CALL(call_handle *, "libfptr_error_code")(handle);
    (void)CALL(call_error_text *, "libfptr_error_description")(handle, wide, 1024);
    json_t *text = text_of(wide), *error = json_pack("{s:i, s:o}", "code", code, "text", text);
    return error;
}

static json_t *run(const struct query *q)
{
    call_set_int *set = CALL(call_set_int *, "libfptr_set_param_int");
    if (q->function == 0) {
        set(handle, LIBFPTR_PARAM_DATA_TYPE, (uint)q->type);
        if (q->type == LIBFPTR_DT_POWER_SOURCE_STATE)
            set(handle, LIBFPTR_PARAM_POWER_SOURCE_TYPE, LIBFPTR_PST_BATTERY);
        if (q->type == LIBFPTR_DT_UNIT_VERSION)
            set(handle, LIBFPTR_PARAM_UNIT_TYPE, LIBFPTR_UT_CONFIGURATION);
    } else {
        set(handle, LIBFPTR_PARAM_FN_DATA_TYPE, (uint)q->type);
        if (q->type == LIBFPTR_FNDT_VALIDITY_DAYS)
            CALL(call_set_date *, "libfptr_set_param_datetime")
        (handle, LIBFPTR_PARAM_DATE_TIME, 2026, 11, 22, 12, 0, 0);
    }
    if (CALL(call_handle *, q->function == 0 ? "libfptr_query_data" : "libfptr_fn_query_data")(handle) != 0)
        return json_pack("{s:o}", "error", error_now());
    json_t *values = json_object();
    for (const struct parameter *p = q->parameters; p->name; p++)
        (void)json_object_set_new(values, p->name, value_of(p));
    return values;
}

static int apply_settings(int count, char **settings)
{
    call_setting *set = CALL(call_setting *, "libfptr_set_single_setting");
    for (int i = 0; i < count; i++) {
        wchar_t key[64], value[256];
        char *equals = strchr(settings[i], '=');
        if (!equals) {
            (void)fprintf(stderr, "driver_probe: %s: expected KEY=VALUE\n", settings[i]);
            return 2;
        }
        *equals = '\0';
        if (mbstowcs(key, settings[i], 64) == (size_t)-1 || mbstowcs(value, equals + 1, 256) == (size_t)-1)
            return 2;
        set(handle, key, value);
    }
    return CALL(call_handle *, "libfptr_apply_single_settings")(handle);
}

/* driver_probe LIBRARY KEY=VALUE… [-- QUERY…] */
int main(int argc, char **argv)
{
    int settings = 0;
    while (2 + settings < argc && strcmp(argv[2 + settings], "--") != 0)
        settings++;
    if (!setlocale(LC_ALL, "C.UTF-8") || argc < 3 || !(library = dlopen(argv[1], RTLD_NOW))) {
        (void)fprintf(stderr, "driver_probe: %s\n", argc < 3 ? "LIBRARY KEY=VALUE… [-- QUERY…]" : dlerror());
        return 2;
    }
    json_t *out = json_object();
    if (CALL(call_create *, "libfptr_create")(&handle) != 0 || apply_settings(settings, argv + 2) != 0)
        return 2;
    int code = CALL(call_handle *, "libfptr_open")(handle);
    (void)json_object_set_new(out, "open", error_now());
    for (unsigned i = 0; code == 0 && i < sizeof queries / sizeof queries[0]; i++) {
        int wanted = 2 + settings >= argc;
        for (int a = 3 + settings; a < argc; a++)
            wanted |= strcmp(argv[a], queries[i].name) == 0;
        if (wanted)
            (void)json_object_set_new(out, queries[i].name, run(&queries[i]));
    }
    (void)CALL(call_handle *, "libfptr_close")(handle);
    (void)json_dumpf(out, stdout, JSON_INDENT(1));
    (void)putchar('\n');
    return code == 0 ? 0 : 1;
}
