/* A library with the exported names of the vendor's driver that does what the environment variable FAKE says: one or
 * more words, joined by commas.
 *
 *   crash@WHERE hang@WHERE exit@WHERE   WHERE: open, close, or the number of a query, d34 (data) or f9 (FN data)
 *   error@WHERE:CODE                    that call fails with that code
 *   uema@open                           error 11 with the vendor's text about its service
 *   print                               talks on stdout in every call
 *   settings                            refuses the settings
 *   date                                every date is the 41st of a month
 *   expired                             the shift ended a day ago
 *   helper@WHERE                        starts a process that stays, with all that it inherits
 *
 * FAKE_LOG names a file to which every call is written: its name, and the number for a query. Without -DWITHOUT_SETTING
 * it has all symbols. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

enum {
    DATA_TYPE = 65587,
    FN_DATA_TYPE = 65622,
    DATE_TIME = 65590,
    SHIFT_STATE = 65592,
    SERIAL_NUMBER = 65559,
    UNIT_VERSION = 65604,
    FN_VERSION = 65636,
    SETTING_VALUE = 65651,
    TAG_OFD_INN = 1017,
    TAG_INN = 1018,
    TAG_RNM = 1037,
    TAG_SITE = 1060,
    TAG_FFD = 1209
};

static int data_type, fn_data_type, error;
static wchar_t error_text[128];

static void note(const char *what)
{
    const char *file = getenv("FAKE_LOG");
    FILE *f = file ? fopen(file, "a") : NULL;
    if (f) {
        (void)fprintf(f, "%s\n", what);
        (void)fclose(f);
    }
    const char *fake = getenv("FAKE");
    if (fake && strstr(fake, "print"))
        (void)printf("{\"state\": \"the driver talks: %s\"}\n", what), (void)fflush(stdout);
}

static const char *asked(const char *word, const char *where)
{
    char key[64];
    const char *fake = getenv("FAKE");
    (void)snprintf(key, sizeof key, "%s@%s", word, where);
    for (const char *at = fake; at && (at = strstr(at, key)) != NULL; at++) {
        char after = at[strlen(key)];
        if (after == '\0' || after == ',' || after == ':')
            return at + strlen(key);
    }
    return NULL;
}

static int behave(const char *where)
{
    const char *code = asked("error", where);
    error = 0;
    if (asked("crash", where))
        *(volatile int *)0 = 1;
    if (asked("exit", where))
        exit(3);
    if (asked("helper", where) && fork() == 0) {
        (void)alarm(60);
        for (;;)
            (void)pause();
    }
    while (asked("hang", where))
        (void)pause();
    if (code) {
        error = atoi(code + 1);
        (void)swprintf(error_text, 128, L"Выдуманная ошибка %d", error);
    }
    if (asked("uema", where)) {
        error = 11;
        (void)wcscpy(error_text, L"Для работы с драйвером необходимо запустить службу UEMA");
    }
    return error ? -1 : 0;
}

const char *libfptr_get_version_string(void)
{
    return "10.99.0.0";
}

int libfptr_create(void **handle)
{
    note("create");
    *handle = &error;
    return 0;
}

void libfptr_destroy(void **handle)
{
    note("destroy");
    *handle = NULL;
}

void libfptr_set_single_setting(void *handle, const wchar_t *key, const wchar_t *value)
{
    char text[256];
    (void)handle;
    (void)snprintf(text, sizeof text, "set %ls=%ls", key, value);
    note(text);
}

int libfptr_get_single_setting(void *handle, const wchar_t *key, wchar_t *value, int size)
{
    (void)handle;
    (void)size;
    (void)wcscpy(value, wcscmp(key, L"InvertCashDrawerStatus") == 0 || wcscmp(key, L"OfdChannel") == 0 ? L"0" : L"");
    return (int)wcslen(value) + 1;
}

int libfptr_apply_single_settings(void *handle)
{
    const char *fake = getenv("FAKE");
    (void)handle;
    if (!fake || !strstr(fake, "settings"))
        return 0;
    error = 9;
    (void)wcscpy(error_text, L"Некорректные настройки");
    return -1;
}

int libfptr_open(void *handle)
{
    (void)handle;
    note("open");
    return behave("open");
}

int libfptr_close(void *handle)
{
    (void)handle;
    note("close");
    return behave("close");
}

int libfptr_error_code(void *handle)
{
    (void)handle;
    return error;
}

int libfptr_error_description(void *handle, wchar_t *value, int size)
{
    (void)handle;
    if (size > 0)
        (void)wcsncpy(value, error_text, (size_t)size);
    return (int)wcslen(error_text) + 1;
}

void libfptr_set_param_int(void *handle, int param, unsigned int value)
{
    (void)handle;
    if (param == DATA_TYPE)
        data_type = (int)value;
    if (param == FN_DATA_TYPE)
        fn_data_type = (int)value;
}

void libfptr_set_param_datetime(void *handle, int param, int year, int month, int day, int hour, int minute, int second)
{
    (void)handle, (void)param, (void)year, (void)month, (void)day, (void)hour, (void)minute, (void)second;
}

int libfptr_get_param_bool(void *handle, int param)
{
    (void)handle;
    return param % 2;
}

unsigned int libfptr_get_param_int(void *handle, int param)
{
    (void)handle;
    return param == SHIFT_STATE ? 1 : param == TAG_FFD ? 105 : param == SETTING_VALUE ? 2 : 7;
}

/* Texts of the form that the values must have. */
static const struct {
    int param;
    const wchar_t *text;
} texts[] = {
    {SERIAL_NUMBER, L"9960440300123456"},
    {UNIT_VERSION,  L"5.17.0"          },
    {FN_VERSION,    L"fn_v_1_1_2"      },
    {SETTING_VALUE, L"ofd.example"     },
    {TAG_RNM,       L"0001234567012345"},
    {TAG_INN,       L"7701234560"      },
    {TAG_OFD_INN,   L"7709364346"      },
    {TAG_SITE,      L"www.nalog.gov.ru"},
};

double libfptr_get_param_double(void *handle, int param)
{
    (void)handle, (void)param;
    return 12.34;
}

int libfptr_get_param_str(void *handle, int param, wchar_t *value, int size)
{
    const wchar_t *text = L"Ёж № 7";
    (void)handle;
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].param == param)
            text = texts[i].text;
    int length = (int)wcslen(text) + 1;
    if (size >= length)
        (void)wcscpy(value, text);
    return length;
}

void libfptr_get_param_datetime(void *handle, int param, int *year, int *month, int *day, int *hour, int *minute,
                                int *second)
{
    const char *fake = getenv("FAKE");
    (void)handle, (void)param;
    *year = 2026, *month = 11, *day = fake && strstr(fake, "date") ? 41 : 22;
    if (data_type == 14 && fake && strstr(fake, "expired"))
        *day = 21;
    *hour = 12, *minute = 34, *second = 56;
}

static int query(const char *call, char letter, int type)
{
    char where[32], line[64];
    (void)snprintf(where, sizeof where, "%c%d", letter, type);
    (void)snprintf(line, sizeof line, "%s %d", call, type);
    note(line);
    return behave(where);
}

int libfptr_query_data(void *handle)
{
    (void)handle;
    return query("query_data", 'd', data_type);
}

int libfptr_fn_query_data(void *handle)
{
    (void)handle;
    return query("fn_query_data", 'f', fn_data_type);
}

#ifndef WITHOUT_SETTING
int libfptr_read_device_setting(void *handle)
{
    (void)handle;
    note("read_device_setting");
    return behave("setting");
}
#endif

int libfptr_beep(void *handle)
{
    (void)handle;
    note("beep");
    return behave("beep");
}

int libfptr_device_reboot(void *handle)
{
    (void)handle;
    note("device_reboot");
    return behave("reboot");
}

int libfptr_write_date_time(void *handle)
{
    (void)handle;
    note("write_date_time");
    return behave("write_date_time");
}
