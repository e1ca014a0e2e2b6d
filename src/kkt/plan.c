#include "kkt/plan.h"

#include "base/text.h"
#include "metric/derived/reconcile.h"

#include <stdio.h>
#include <string.h>

static bool is_fn_metric(enum metric m)
{
    return m == METRIC_fn_present || reconcile_needs_fn(m);
}

static const struct kkt_fields *kkt_request_fields(const struct kkt_request *request)
{
    return request->shape == SHAPE_TAG ? &fn_spec_tag(request->tag)->fields
           : request->fn               ? request->fn
                                       : &request->fields;
}

unsigned kkt_request_field_count(const struct kkt_request *request)
{
    return kkt_request_fields(request)->count;
}

const struct kkt_field *kkt_request_field_at(const struct kkt_request *request, unsigned index)
{
    return &kkt_request_fields(request)->at[index];
}

bool kkt_request_of_fn(const struct kkt_request *request)
{
    for (unsigned i = 0; i < kkt_request_field_count(request); i++)
        if (!is_fn_metric(kkt_request_field_at(request, i)->metric))
            return false;
    return true;
}

const struct kkt_field *kkt_request_field(const struct kkt_request *request, enum metric m)
{
    for (unsigned i = 0; i < kkt_request_field_count(request); i++)
        if (kkt_request_field_at(request, i)->metric == m)
            return kkt_request_field_at(request, i);
    return NULL;
}

/* Adds the sources of what is needed until nothing changes; chains are short. */
static void add_needs(struct kkt_plan *plan)
{
    const struct kkt_language *l = plan->language;
    for (unsigned round = 0; round < l->need_count; round++) {
        struct metric_set before = plan->needed;
        for (unsigned i = 0; i < l->need_count; i++)
            if (metric_set_has(&plan->needed, l->needs[i].metric))
                metric_set_add(&plan->needed, l->needs[i].source);
        if (memcmp(&before, &plan->needed, sizeof before) == 0)
            return;
    }
}

void kkt_plan_start(struct kkt_plan *plan, const struct kkt_language *language, const struct kkt_ask *ask,
                    struct snapshot *out)
{
    memset(plan, 0, sizeof *plan);
    plan->language = language;
    plan->wanted = ask->wanted;
    plan->needed = ask->wanted;
    plan->suspects = ask->suspects;
    plan->suspects_user = ask->suspects_user;
    plan->out = out;
    add_needs(plan);
}

bool kkt_plan_is_left_out(const struct kkt_plan *plan, const struct kkt_request *r)
{
    if (r->needs_fiscal && reconcile_is_not_fiscal(plan->out))
        return true;
    switch (r->skip) {
    case SKIP_SHIFT_CLOSED:
        return snapshot_has(plan->out, METRIC_shift_state) && snapshot_int(plan->out, METRIC_shift_state) == 0;
    case SKIP_NO_FN:
        return plan->fn_missing;
    case SKIP_NOT_FISCAL:
        return plan->not_fiscal || plan->fn_missing;
    case SKIP_OLD_FFD:
        /* The tag of the format belongs to formats up to 1.1: a register of 1.2 may lack it. */
        return plan->not_fiscal || plan->fn_missing ||
               (snapshot_has(plan->out, METRIC_registration_ffd_version) &&
                snapshot_int(plan->out, METRIC_registration_ffd_version) < 120);
    case SKIP_NEVER:
        break;
    }
    return false;
}

/* Only what a register without an FN is not asked. */
static bool is_left_out_without_fn(const struct kkt_request *r)
{
    return kkt_request_of_fn(r) || (r->skip != SKIP_NEVER && r->skip != SKIP_SHIFT_CLOSED);
}

static bool due(const struct kkt_plan *plan, const struct kkt_request *r)
{
    if (plan->confirming)
        return kkt_plan_is_marked(plan, (unsigned)(r - plan->language->requests));
    if (kkt_plan_is_left_out(plan, r) || (plan->resumed && !is_left_out_without_fn(r)))
        return false;
    for (unsigned i = 0; i < kkt_request_field_count(r); i++) {
        enum metric m = kkt_request_field_at(r, i)->metric;
        bool known = snapshot_has(plan->out, m); /* by another request: a tag that stands for several */
        if (metric_set_has(&plan->needed, m) && !known && !(plan->fn_missing && is_fn_metric(m)))
            return true;
    }
    return false;
}

static const struct kkt_request *reason_request(const struct kkt_language *l)
{
    for (unsigned i = 0; i < l->request_count; i++)
        if (l->requests[i].shape == SHAPE_REASON)
            return &l->requests[i];
    return NULL;
}

const struct kkt_request *kkt_plan_current(struct kkt_plan *plan)
{
    const struct kkt_language *l = plan->language;
    if (plan->refused)
        return reason_request(l);
    while (plan->at < l->request_count && !due(plan, &l->requests[plan->at]))
        plan->at++;
    return plan->at < l->request_count ? &l->requests[plan->at] : NULL;
}

void kkt_plan_next(struct kkt_plan *plan)
{
    plan->at++;
    plan->block = 0;
    plan->tlv_count = 0;
    plan->refused = NULL;
}

const struct kkt_words kkt_unreadable = {"unreadable", "не разобрать"};

void kkt_plan_report_error(struct kkt_plan *plan, const struct kkt_request *r, const char *error, struct kkt_words why)
{
    char text[2][160];
    plan->troubled = true;
    const char *space = error[0] ? " " : "";
    (void)snprintf(text[LANG_EN], sizeof text[0], "%.*s: %s%s%s", r->code_length, r->name, error, space, why.en);
    (void)snprintf(text[LANG_RU], sizeof text[0], "%.*s: %s%s%s", r->code_length, r->name, error, space, why.ru);
    text_cut_utf8(text[LANG_EN]);
    text_cut_utf8(text[LANG_RU]);
    kkt_report_add(&plan->report, text[LANG_EN], text[LANG_RU]);
}

void kkt_plan_report(struct kkt_plan *plan, const struct kkt_request *r, struct kkt_words why)
{
    kkt_plan_report_error(plan, r, "", why);
}

void kkt_plan_give_up(struct kkt_plan *plan, struct kkt_words why)
{
    static const struct kkt_words refused = {"refused", "отказ"};
    if (plan->confirming) {
        kkt_plan_drop_unconfirmed(plan, why);
    } else if (plan->refused) {
        kkt_plan_report(plan, plan->refused, refused);
        kkt_plan_report(plan, reason_request(plan->language), why);
    } else {
        kkt_plan_report(plan, &plan->language->requests[plan->at], why);
    }
    kkt_plan_next(plan);
}

/* Why a request cannot be put together: what it names was not reported. */
static struct kkt_words cannot_ask(const struct kkt_request *r)
{
    if (r->argument == ARGUMENT_TAG)
        return (struct kkt_words){"not asked, for the number of registrations is not known",
                                  "не запрошено: число регистраций неизвестно"};
    return (struct kkt_words){"not requested: the register reports no time", "не запрошено: ККТ не сообщает время"};
}

void kkt_plan_skip(struct kkt_plan *plan)
{
    bool troubled = plan->troubled;
    kkt_plan_give_up(plan, cannot_ask(&plan->language->requests[plan->at]));
    plan->troubled = troubled;
}

static void drop_unwanted(struct kkt_plan *plan)
{
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        if (metric_set_has(&plan->wanted, m))
            continue;
        snapshot_remove(plan->out, m);
        metric_set_remove(&plan->out->unsupported, m);
    }
}

void kkt_plan_reconcile(struct kkt_plan *plan)
{
    if (plan->fn_missing)
        snapshot_set_bool(plan->out, METRIC_fn_present, false);
    reconcile_fn(plan->out);
    reconcile_shift(plan->out);
    if (plan->language->reconcile)
        plan->language->reconcile(plan->out);
    drop_unwanted(plan);
}

/* Not one value and not one date, no FN that is missing, no fault: a register that supports nothing, not even what all
 * do, does not work. */
static bool is_nothing_supported(const struct kkt_plan *plan)
{
    return plan->unsupported && !plan->troubled && !plan->fn_missing && metric_set_empty(&plan->out->present) &&
           metric_set_empty(&plan->out->undated);
}

static void fail_unsupported(struct kkt_plan *plan)
{
    failure_explain(&plan->out->failure, ERR_REFUSED,
                    "%.*s and all that was asked after it, as not supported. Restart the register; if that does not "
                    "help, call the service centre",
                    "%.*s и все последующие: не поддерживается. Перезапустите ККТ; если не поможет, вызовите сервисный "
                    "центр",
                    plan->unsupported->code_length, plan->unsupported->name);
}

void kkt_plan_finish(struct kkt_plan *plan)
{
    bool nothing = is_nothing_supported(plan);
    kkt_plan_reconcile(plan);
    if (nothing) {
        fail_unsupported(plan);
        return;
    }
    if (!kkt_report_any(&plan->report))
        return;
    bool something = !metric_set_empty(&plan->out->present);
    kkt_report_fail(&plan->report, &plan->out->failure, something ? ERR_PARTIAL : ERR_REFUSED);
}

/* Names what is not asked any more. */
static void report_rest(struct kkt_plan *plan)
{
    const struct kkt_request *r;
    struct kkt_words heading = {"not asked: ", "не запрошено: "};
    for (; (r = kkt_plan_current(plan)) != NULL; kkt_plan_next(plan)) {
        char text[2][60];
        (void)snprintf(text[LANG_EN], sizeof text[0], "%s%.*s", heading.en, r->code_length, r->name);
        (void)snprintf(text[LANG_RU], sizeof text[0], "%s%.*s", heading.ru, r->code_length, r->name);
        kkt_report_add(&plan->report, text[LANG_EN], text[LANG_RU]);
        heading = (struct kkt_words){"", ""};
    }
}

void kkt_plan_cut(struct kkt_plan *plan, enum error_code code, struct kkt_words why)
{
    static const struct kkt_words not_again = {"not asked again before an alarm",
                                               "не запрошено повторно перед тревогой"};
    if (!plan->confirming) {
        kkt_plan_give_up(plan, why);
        report_rest(plan);
        (void)kkt_plan_confirm(plan);
    }
    while (kkt_plan_current(plan))
        kkt_plan_give_up(plan, not_again);
    if (kkt_plan_resume(plan))
        report_rest(plan);
    kkt_plan_reconcile(plan);
    bool something = !metric_set_empty(&plan->out->present);
    kkt_report_fail(&plan->report, &plan->out->failure, something ? code : ERR_NO_ANSWER);
}

void kkt_missing_add(struct kkt_missing *missing, enum metric m, enum kkt_field_result result)
{
    if (result == FIELD_SET || result == FIELD_EMPTY)
        return;
    if (missing->count++ == 0) {
        missing->metric = m;
        missing->result = result;
    }
}

void kkt_missing_report(const struct kkt_missing *missing, struct kkt_plan *plan, const struct kkt_request *request)
{
    if (missing->count == 0)
        return;
    bool is_short = missing->result == FIELD_SHORT;
    const char *key = metric_row(missing->metric)->key;
    char text[2][100], more[2][40] = {"", ""};
    if (missing->count > 1) {
        (void)snprintf(more[LANG_EN], sizeof more[0], " and %u more", missing->count - 1);
        (void)snprintf(more[LANG_RU], sizeof more[0], " и ещё %u:", missing->count - 1);
    }
    (void)snprintf(text[LANG_EN], sizeof text[0], "%s%s %s", key, more[LANG_EN], is_short ? "missing" : "unreadable");
    (void)snprintf(text[LANG_RU], sizeof text[0], "%s%s %s", key, more[LANG_RU],
                   is_short ? "нет в ответе" : "не разобрать");
    kkt_plan_report(plan, request, (struct kkt_words){text[LANG_EN], text[LANG_RU]});
}

void kkt_plan_decode(struct kkt_plan *plan, const struct kkt_request *request, const struct kkt_field *fields,
                     unsigned count, size_t base, const uint8_t *answer, size_t length)
{
    struct kkt_missing missing = {0};
    for (unsigned i = 0; i < count; i++) {
        enum metric m = fields[i].metric;
        if (!metric_set_has(&plan->needed, m))
            continue;
        enum kkt_field_result result = kkt_field_decode(&fields[i], base, answer, length, plan->out);
        if (result == FIELD_SHORT && request->may_be_short)
            metric_set_add(&plan->out->unsupported, m);
        else if (!reconcile_says_nothing(plan->out, m))
            kkt_missing_add(&missing, m, result);
    }
    kkt_missing_report(&missing, plan, request);
}

void kkt_plan_fn_missing(struct kkt_plan *plan, const struct kkt_request *request)
{
    plan->fn_missing = true;
    /* A second answer is of the same request. */
    if (!plan->confirming)
        plan->fn_missing_by = (unsigned)(request - plan->language->requests);
}

void kkt_plan_unsupported(struct kkt_plan *plan, const struct kkt_request *request)
{
    if (!plan->unsupported && request->rate == RATE_QUICK) /* a battery, counters: many have none */
        plan->unsupported = request;
    for (unsigned i = 0; i < kkt_request_field_count(request); i++)
        metric_set_add(&plan->out->unsupported, kkt_request_field_at(request, i)->metric);
}

void kkt_plan_decode_tag(struct kkt_plan *plan, const struct kkt_request *request, const uint8_t *tlv, size_t count,
                         bool printer_charset)
{
    const uint8_t *value;
    size_t length;
    if (!fn_spec_tlv(request->tag, tlv, count, &value, &length)) {
        kkt_plan_report(plan, request, kkt_unreadable);
        return;
    }
    const struct kkt_fields *fields = &fn_spec_tag(request->tag)->fields;
    struct kkt_field text = fields->at[0];
    /* A tag without a value is a tag that is not set. */
    if (length == 0)
        return;
    if (text.kind == KIND_CP866 && printer_charset) {
        text.kind = KIND_PRINTER;
        kkt_plan_decode(plan, request, &text, 1, 0, value, length);
    } else {
        kkt_plan_decode(plan, request, fields->at, fields->count, 0, value, length);
    }
}
