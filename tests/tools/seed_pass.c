/* seed_pass LIBRARY PORT: one pass of the seed's script over a register at 127.0.0.1:PORT, in C: the vendor's driver,
 * the same queries in the same order (seed/metrics.md), one query for each value. The baseline of `run.sh bench poll`.
 * The seed's beep is left out, and so is its endless connect loop. Built against the vendor's own header. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* The vendor's header needs wchar_t and does not include it. */
#include <libfptr10.h>

#define DT(name)                                                                                                       \
    {                                                                                                                  \
        0, LIBFPTR_DT_##name                                                                                           \
    }
#define FNDT(name)                                                                                                     \
    {                                                                                                                  \
        1, LIBFPTR_FNDT_##name                                                                                         \
    }

static const struct {
    int fn, type;
} order[] = {
    FNDT(VALIDITY),
    DT(SERIAL_NUMBER),
    FNDT(FN_INFO),
    FNDT(VALIDITY),
    FNDT(OFD_EXCHANGE_STATUS),
    DT(STATUS),
    DT(STATUS),
    DT(SHORT_STATUS),
    DT(SHORT_STATUS),
    DT(SHORT_STATUS),
    DT(SHIFT_STATE),
    DT(SHIFT_STATE),
    DT(SHIFT_STATE),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(FATAL_STATUS),
    DT(DEVICE_UPTIME),
    DT(LAST_SENT_OFD_DOCUMENT_DATE_TIME),
    FNDT(OFD_EXCHANGE_STATUS),
    FNDT(OFD_EXCHANGE_STATUS),
    FNDT(OFD_EXCHANGE_STATUS),
    FNDT(FN_INFO),
    FNDT(FN_INFO),
    FNDT(FN_INFO),
    FNDT(FN_INFO),
    DT(DATE_TIME),
    FNDT(VALIDITY_DAYS),
    FNDT(ERRORS),
    FNDT(ERRORS),
    FNDT(ERRORS),
    FNDT(ERRORS),
    FNDT(ERRORS),
    FNDT(ERRORS),
    FNDT(REG_INFO),
};

static void *function(void *library, const char *name)
{
    void *found = dlsym(library, name);
    if (!found) {
        (void)fprintf(stderr, "seed_pass: no %s\n", name);
        exit(2);
    }
    return found;
}

#define LOAD(name)                                                                                                     \
    __typeof__(&libfptr_##name) name;                                                                                  \
    *(void **)&name = function(library, "libfptr_" #name)

int main(int argc, char **argv)
{
    wchar_t port[16];
    void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW) : NULL;
    if (!library) {
        (void)fprintf(stderr, "seed_pass: expected LIBRARY PORT\n");
        return 2;
    }
    LOAD(create);
    LOAD(set_single_setting);
    LOAD(apply_single_settings);
    LOAD(open);
    LOAD(close);
    LOAD(destroy);
    LOAD(set_param_int);
    LOAD(set_param_datetime);
    LOAD(query_data);
    LOAD(fn_query_data);
    (void)mbstowcs(port, argv[2], 15);
    libfptr_handle handle;
    if (create(&handle) != 0)
        return 2;
    set_single_setting(handle, LIBFPTR_SETTING_MODEL, L"500");
    set_single_setting(handle, LIBFPTR_SETTING_PORT, L"2");
    set_single_setting(handle, LIBFPTR_SETTING_IPADDRESS, L"127.0.0.1");
    set_single_setting(handle, LIBFPTR_SETTING_IPPORT, port);
    if (apply_single_settings(handle) != 0 || open(handle) != 0)
        return 1;
    for (unsigned i = 0; i < sizeof order / sizeof order[0]; i++) {
        set_param_int(handle, order[i].fn ? LIBFPTR_PARAM_FN_DATA_TYPE : LIBFPTR_PARAM_DATA_TYPE, (uint)order[i].type);
        if (order[i].fn && order[i].type == LIBFPTR_FNDT_VALIDITY_DAYS)
            set_param_datetime(handle, LIBFPTR_PARAM_DATE_TIME, 2026, 1, 1, 0, 0, 0);
        (void)(order[i].fn ? fn_query_data : query_data)(handle); /* the seed looks at no return code */
    }
    (void)close(handle);
    destroy(&handle);
    return 0;
}
