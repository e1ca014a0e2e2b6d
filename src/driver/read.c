#include "driver/fptr.h"

#include "base/text.h"
#include "base/time/clock.h"
#include "driver/abi/wide.h"
#include "driver/device.h"
#include "driver/queries.h"
#include "metric/derived/reconcile.h"
#include "metric/form.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What the driver 10.8 says of FFD 1.1 and of FFD 1.2 alike. */
#define AMBIGUOUS_FFD 110

struct reading {
    struct fptr_device device;
    const struct fptr_ask *ask;
    struct snapshot *out;
    fptr_progress *progress;
    void *user;
    uint64_t began_ms;
    char failed[200];  /* queries that failed, with the driver's words */
    char skipped[160]; /* queries for which there was no time */
    bool any;          /* a query was answered */
    bool ffd_unclear;  /* the register may have FFD 1.2 */
    bool lost;         /* the register is gone: no more queries */
};

static void append(char *list, size_t cap, const char *name, const char *text)
{
    size_t used = strlen(list);
    int n = snprintf(list + used, cap - used, "%s%s%s%s", used ? "; " : "", name, text[0] ? ": " : "", text);
    if (n < 0 || (size_t)n >= cap - used)
        text_cut_utf8(list);
}

/* A date that is none (month 22) is the register's fault; it is left out and reported. */
static bool decode_time(struct reading *r, const struct fptr_value *v, bool day_only)
{
    struct civil c = {0};
    r->device.abi.get_param_datetime(r->device.handle, v->param, &c.year, &c.month, &c.day, &c.hour, &c.minute,
                                     &c.second);
    if (day_only)
        c.hour = c.minute = c.second = 0;
    return snapshot_set_time(r->out, v->metric, &c);
}

static bool decode_text(struct reading *r, const struct fptr_value *v)
{
    static wchar_t wide[4096];
    static char text[sizeof wide / sizeof wide[0] * 4];
    wide[0] = L'\0';
    int length = r->device.abi.get_param_str(r->device.handle, v->param, wide, (int)(sizeof wide / sizeof wide[0]));
    if (length < 0 || (size_t)length > sizeof wide / sizeof wide[0])
        return false;
    (void)wide_to_utf8(wide, sizeof wide / sizeof wide[0], text, sizeof text);
    size_t kept = text_trim_right(text);
    return form_is_no_text(v->metric, text, kept) || snapshot_set_text(r->out, v->metric, text, kept);
}

static bool decode_scaled(struct reading *r, const struct fptr_value *v, double scale)
{
    double value = r->device.abi.get_param_double(r->device.handle, v->param);
    if (!(fabs(value) <= 1e12)) /* also what is no number */
        return false;
    return snapshot_set_int(r->out, v->metric, llround(value * scale));
}

/* False when the driver's value is unreadable. */
static bool decode_value(struct reading *r, const struct fptr_value *v)
{
    struct fptr_abi *abi = &r->device.abi;
    switch (v->kind) {
    case FPTR_BOOL:
        snapshot_set_bool(r->out, v->metric, abi->get_param_bool(r->device.handle, v->param) != 0);
        return true;
    case FPTR_INT:
    case FPTR_NUMBER: {
        unsigned value = abi->get_param_int(r->device.handle, v->param);
        return (value == 0 && v->kind != FPTR_INT) || snapshot_set_int(r->out, v->metric, value);
    }
    case FPTR_FFD: {
        unsigned version = abi->get_param_int(r->device.handle, v->param);
        r->ffd_unclear = version == AMBIGUOUS_FFD;
        if (version != 0 && !r->ffd_unclear)
            snapshot_set_int(r->out, v->metric, version);
        return true;
    }
    case FPTR_SIGNED: {
        unsigned value = abi->get_param_int(r->device.handle, v->param);
        return snapshot_set_int(r->out, v->metric, value > 0x7FFFFFFFu ? (int64_t)value - 0x100000000 : (int64_t)value);
    }
    case FPTR_FN_TYPE: {
        unsigned type = abi->get_param_int(r->device.handle, v->param);
        if (type == FPTR_FNT_DEBUG || type == FPTR_FNT_RELEASE)
            snapshot_set_bool(r->out, v->metric, type == FPTR_FNT_RELEASE);
        return true;
    }
    case FPTR_EXPIRES:
        return (snapshot_has(r->out, METRIC_shift_state) && snapshot_int(r->out, METRIC_shift_state) == 0) ||
               decode_time(r, v, false);
    case FPTR_TIME:
        return decode_time(r, v, false);
    case FPTR_DATE:
        return decode_time(r, v, true);
    case FPTR_TEXT:
        return decode_text(r, v);
    case FPTR_HUNDREDTHS:
        return decode_scaled(r, v, 100.0);
    case FPTR_THOUSANDTHS:
        return decode_scaled(r, v, 1000.0);
    }
    return false;
}

static void decode_values(struct reading *r, const struct fptr_query *query)
{
    int on = fptr_on(r->out->protocol);
    for (unsigned i = 0; i < query->count; i++) {
        const struct fptr_value *v = &query->values[i];
        bool everywhere = v->on == ON_BOTH;
        if (!everywhere && !(v->on & on)) {
            if (metric_set_has(&r->ask->wanted, v->metric))
                metric_set_add(&r->out->unsupported, v->metric);
            continue;
        }
        if (!decode_value(r, v))
            append(r->failed, sizeof r->failed, query->name, metric_row(v->metric)->key);
    }
}

static void set_input(struct reading *r, const struct fptr_query *query)
{
    struct fptr_abi *abi = &r->device.abi;
    void *handle = r->device.handle;
    struct civil now;
    if (query->input == INPUT_NUMBER)
        abi->set_param_int(handle, query->input_param, (unsigned)query->input_value);
    if (query->input == INPUT_NOW) {
        now = snapshot_civil(r->out, METRIC_device_time);
        abi->set_param_datetime(handle, query->input_param, now.year, now.month, now.day, now.hour, now.minute,
                                now.second);
    }
}

static int call(struct reading *r, const struct fptr_query *query)
{
    struct fptr_abi *abi = &r->device.abi;
    void *handle = r->device.handle;
    switch (query->call) {
    case CALL_DATA:
        abi->set_param_int(handle, FPTR_PARAM_DATA_TYPE, (unsigned)query->type);
        set_input(r, query);
        return abi->query_data(handle);
    case CALL_FN_DATA:
        abi->set_param_int(handle, FPTR_PARAM_FN_DATA_TYPE, (unsigned)query->type);
        set_input(r, query);
        return abi->fn_query_data(handle);
    case CALL_SETTING:
        abi->set_param_int(handle, FPTR_PARAM_SETTING_ID, (unsigned)query->type);
        return abi->read_device_setting(handle);
    }
    return -1;
}

static void add_unsupported(struct reading *r, const struct fptr_query *query)
{
    for (unsigned i = 0; i < query->count; i++)
        if (metric_set_has(&r->ask->wanted, query->values[i].metric))
            metric_set_add(&r->out->unsupported, query->values[i].metric);
}

/* The driver does not know the query, or the register has no registration. A fault says neither. */
static bool is_unknown_query(int code)
{
    return code == FPTR_ERROR_INVALID_PARAM || code == FPTR_ERROR_FISCAL_PRINTER_NOT_ACTIVATED;
}

static void handle_error(struct reading *r, const struct fptr_query *query)
{
    char text[120];
    int code = fptr_device_error(&r->device, text, sizeof text);
    if (code == FPTR_ERROR_NOT_SUPPORTED || (query->optional && is_unknown_query(code))) {
        add_unsupported(r, query);
        r->any = true;
        return;
    }
    /* Without an FN its content cannot be read: that is no failure of the poll. */
    if ((code == FPTR_ERROR_FN_EXCHANGE || code == FPTR_ERROR_FN_NOT_FOUND) && reconcile_is_without_fn(r->out))
        return;
    append(r->failed, sizeof r->failed, query->name, text);
    r->lost = code <= FPTR_ERROR_PORT_NOT_AVAILABLE;
}

/* One query; true when it was answered with values. */
static bool ask(struct reading *r, const struct fptr_query *query)
{
    if (query->input == INPUT_NOW && !snapshot_has(r->out, METRIC_device_time))
        return false;
    if (r->ask->budget_ms && clock_steady_ms() - r->began_ms >= r->ask->budget_ms) {
        append(r->skipped, sizeof r->skipped, query->name, "");
        return false;
    }
    if (r->progress)
        r->progress(r->out, query->name, r->user);
    r->out->requests++;
    if (call(r, query) != 0) {
        handle_error(r, query);
        return false;
    }
    r->any = true;
    return true;
}

/* The protocol can be seen only from what the driver refuses by itself, without a byte on the wire: FATAL_STATUS at
 * protocol 3 (protocol-3.md §4). Whatever else it answers, the protocol stays unknown, and with it every value that
 * only one of them has. */
static void find_protocol(struct reading *r, const struct fptr_query *fatal)
{
    r->out->protocol = KKT_PROTOCOL_5; /* so that its values are taken */
    if (ask(r, fatal)) {
        decode_values(r, fatal);
        return;
    }
    bool refused = r->any;
    r->out->protocol = refused ? KKT_PROTOCOL_3 : KKT_PROTOCOL_UNKNOWN;
}

/* In FFD 1.2 these are bits of the tag 1290, and the driver 10.8 shows 0 of the tags that are not there: such a 0 is no
 * answer. */
static void drop_unclear_signs(struct snapshot *s)
{
    static const enum metric signs[] = {
        METRIC_registration_internet,       METRIC_registration_service,  METRIC_registration_bso,
        METRIC_registration_lottery,        METRIC_registration_gambling, METRIC_registration_excise,
        METRIC_registration_vending_printer};
    for (unsigned i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (snapshot_has(s, signs[i]) && snapshot_int(s, signs[i]) == 0)
            snapshot_remove(s, signs[i]);
}

/* Every registration report has a taxation, and none of it is 0 (domain.md §3.4). Where it did not come, the driver
 * read no report (the register is not registered, or the FN not in its fiscal phase) and shows zeros and an FFD version
 * of its own. Texts that are not empty come from the register. */
static void drop_empty_registration(struct snapshot *s)
{
    if (snapshot_has(s, METRIC_registration_taxation))
        return;
    snapshot_remove(s, METRIC_registration_ffd_version);
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        const struct metric_row *row = metric_row(m);
        if (strcmp(row->group, "registration") == 0 && row->origin == ORIGIN_READ && row->type != METRIC_TEXT &&
            snapshot_has(s, m) && snapshot_int(s, m) == 0)
            snapshot_remove(s, m);
    }
}

void fptr_reconcile(struct snapshot *s)
{
    reconcile_fn(s);
    reconcile_shift(s);
    reconcile_not_fiscal(s);
    drop_empty_registration(s);
}

/* All values of a query are of the FN, or of the report of registration that the FN keeps. */
static bool is_fn_query(const struct fptr_query *query)
{
    for (unsigned i = 0; i < query->count; i++) {
        enum metric m = query->values[i].metric;
        bool report = strcmp(metric_row(m)->group, "registration") == 0 && m != METRIC_registration_date;
        if (!reconcile_needs_fn(m) && !report)
            return false;
    }
    return true;
}

/* The register's clock is read for the sake of the shift and of the FN's days, and FN_PRESENT stands beside it. */
static struct metric_set needed(const struct metric_set *wanted)
{
    struct metric_set set = *wanted;
    if (metric_set_has(&set, METRIC_shift_state) || metric_set_has(&set, METRIC_fn_resource_days))
        metric_set_add(&set, METRIC_device_time);
    return set;
}

static void drop_unwanted(struct reading *r, const struct fptr_query *query)
{
    for (unsigned i = 0; i < query->count; i++) {
        enum metric m = query->values[i].metric;
        if (snapshot_has(r->out, m))
            metric_set_remove(&r->out->unsupported, m);
        if (!metric_set_has(&r->ask->wanted, m) && metric_row(m)->origin == ORIGIN_READ)
            snapshot_remove(r->out, m);
    }
}

static void ask_all(struct reading *r)
{
    const struct fptr_query *query;
    struct metric_set wanted = needed(&r->ask->wanted);
    for (unsigned i = 0; (query = fptr_query_at(i)) != NULL; i++)
        if (query->type == FPTR_DT_FATAL_STATUS && query->call == CALL_DATA)
            find_protocol(r, query);
    for (unsigned i = 0; (query = fptr_query_at(i)) != NULL && !r->lost; i++) {
        bool fatal = query->type == FPTR_DT_FATAL_STATUS && query->call == CALL_DATA;
        if (fatal || !fptr_query_wanted(query, &wanted, r->out->protocol))
            continue;
        if (reconcile_is_without_fn(r->out) && is_fn_query(query))
            continue;
        if (!ask(r, query))
            continue;
        decode_values(r, query);
        if (query->type == FPTR_DT_STATUS && query->call == CALL_DATA)
            r->out->clock_read_ms = clock_unix_ms();
    }
}

static void set_failure(struct reading *r)
{
    struct failure *f = &r->out->failure;
    if (!r->any && r->failed[0])
        failure_set(f, r->lost ? ERR_NO_ANSWER : ERR_DRIVER_ERROR, "%s", r->failed);
    else if (r->failed[0])
        failure_set(f, ERR_PARTIAL, "%s", r->failed);
    else if (r->skipped[0])
        failure_explain(f, ERR_TOO_LITTLE_TIME, "not asked: %s", "не запрошено: %s", r->skipped);
}

void fptr_read(const struct fptr_ask *asked, struct snapshot *out, fptr_progress *progress, void *user)
{
    struct reading r = {.ask = asked, .out = out, .progress = progress, .user = user, .began_ms = clock_steady_ms()};
    if (fptr_device_open(&r.device, asked, &out->failure)) {
        ask_all(&r);
        if (r.ffd_unclear)
            drop_unclear_signs(out);
        fptr_reconcile(out);
        const struct fptr_query *query;
        for (unsigned i = 0; (query = fptr_query_at(i)) != NULL; i++)
            drop_unwanted(&r, query);
        set_failure(&r);
        if (progress)
            progress(out, "close", user);
    }
    uint64_t opened_ms = r.device.opened_ms;
    fptr_device_close(&r.device);
    if (opened_ms)
        out->port_held_ms = (uint32_t)(clock_steady_ms() - opened_ms);
}
