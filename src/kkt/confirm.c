/* Twice before an alarm (design.md §3): both protocols guard a frame with eight weak bits, so a value that would alarm
 * somebody is asked once more in the same poll, and two answers that disagree are none. */
#include "kkt/plan.h"

#include <string.h>

/* How far the register's clock may go on between the two answers. */
#define CLOCK_GOES_ON_S 60

/* The values of the poll, and later each second answer. One loop, one thread: nobody else uses it meanwhile. */
static struct snapshot seen;

static void mark(struct kkt_plan *plan, unsigned request)
{
    plan->again[request / 64] |= UINT64_C(1) << request % 64;
}

bool kkt_plan_is_marked(const struct kkt_plan *plan, unsigned request)
{
    return (plan->again[request / 64] >> request % 64 & 1) != 0;
}

/* The request that the value came from: of two sources that which was asked. */
static bool find_request(const struct kkt_plan *plan, enum metric m, unsigned *request)
{
    if (m == METRIC_fn_present && plan->fn_missing) {
        *request = plan->fn_missing_by;
        return true;
    }
    for (unsigned i = 0; i < plan->language->request_count && snapshot_has(plan->out, m); i++) {
        const struct kkt_request *r = &plan->language->requests[i];
        if (kkt_request_field(r, m) && !kkt_plan_is_left_out(plan, r)) {
            *request = i;
            return true;
        }
    }
    return false;
}

/* What a suspected value is computed from may be what is wrong: a shift expires by its date and the clock. */
static void add_sources(struct kkt_plan *plan)
{
    const struct kkt_language *l = plan->language;
    const struct metric_set suspected = plan->suspected;
    for (unsigned i = 0; i < l->need_count; i++)
        if (metric_set_has(&suspected, l->needs[i].metric))
            metric_set_add(&plan->suspected, l->needs[i].source);
}

static void begin_round(struct kkt_plan *plan, unsigned first)
{
    plan->at = first;
    plan->block = 0;
    plan->tlv_count = 0;
}

bool kkt_plan_resume(struct kkt_plan *plan)
{
    if (!plan->fn_doubtful || plan->resumed)
        return false;
    plan->resumed = true;
    plan->confirming = false;
    plan->suspected = (struct metric_set){0};
    memset(plan->again, 0, sizeof plan->again);
    begin_round(plan, plan->fn_missing_by);
    return true;
}

bool kkt_plan_confirm(struct kkt_plan *plan)
{
    struct snapshot *out = plan->out;
    if (plan->confirming)
        return kkt_plan_resume(plan);
    if (!plan->suspects)
        return false;
    plan->confirming = true;
    seen = *out;
    plan->out = &seen;
    kkt_plan_reconcile(plan);
    plan->out = out;
    plan->suspects(&seen, &plan->suspected, plan->suspects_user);
    add_sources(plan);
    bool any = false;
    for (unsigned m = 0; m < METRIC_COUNT; m++) {
        unsigned request;
        if (!metric_set_has(&plan->suspected, (enum metric)m) || !find_request(plan, (enum metric)m, &request))
            continue;
        mark(plan, request);
        any = true;
    }
    begin_round(plan, 0);
    return any;
}

static bool values_agree(const struct snapshot *first, const struct snapshot *second, enum metric m)
{
    if (!snapshot_has(first, m) || !snapshot_has(second, m))
        return false;
    if (metric_row(m)->type == METRIC_TEXT)
        return strcmp(snapshot_text(first, m), snapshot_text(second, m)) == 0;
    int64_t later = snapshot_int(second, m) - snapshot_int(first, m);
    bool goes_on = m == METRIC_device_time || m == METRIC_fn_last_document_time; /* a sale in between */
    return goes_on ? later >= 0 && later <= CLOCK_GOES_ON_S : later == 0;
}

/* Removes values that the second answer does not confirm. */
static void compare(struct kkt_plan *plan, const struct kkt_request *r, bool missing_again, struct kkt_words why)
{
    bool removed = false;
    if (plan->fn_missing && plan->at == plan->fn_missing_by && metric_set_has(&plan->suspected, METRIC_fn_present) &&
        !missing_again) {
        plan->fn_missing = false;
        plan->fn_doubtful = true;
        removed = true;
    }
    for (unsigned i = 0; i < kkt_request_field_count(r); i++) {
        enum metric m = kkt_request_field_at(r, i)->metric;
        if (!metric_set_has(&plan->suspected, m) || !snapshot_has(plan->out, m) || values_agree(plan->out, &seen, m))
            continue;
        snapshot_remove(plan->out, m);
        removed = true;
    }
    if (removed)
        kkt_plan_report(plan, r, why);
}

enum kkt_verdict kkt_plan_handle_answer(struct kkt_plan *plan, const struct kkt_request *r, const uint8_t *answer,
                                        size_t count, bool error)
{
    if (!plan->confirming)
        return plan->language->decode(plan, r, answer, count, error);
    struct snapshot *out = plan->out;
    const struct kkt_report report = plan->report;
    bool missing = plan->fn_missing, answers = plan->fn_answers, not_fiscal = plan->not_fiscal;
    plan->fn_missing = false;
    plan->fn_answers = false;
    snapshot_clear(&seen);
    plan->out = &seen;
    enum kkt_verdict verdict = plan->language->decode(plan, r, answer, count, error);
    bool missing_again = plan->fn_missing;
    plan->out = out;
    plan->report = report;
    plan->fn_missing = missing;
    plan->fn_answers = answers;
    plan->not_fiscal = not_fiscal;
    if (verdict == KKT_BUSY || verdict == KKT_MORE)
        return verdict;
    static const struct kkt_words differs = {"a different answer when asked again",
                                             "при повторном запросе ответ другой"};
    compare(plan, r, missing_again, differs);
    return KKT_DECODED;
}

void kkt_plan_drop_unconfirmed(struct kkt_plan *plan, struct kkt_words why)
{
    snapshot_clear(&seen);
    if (plan->at < plan->language->request_count && kkt_plan_is_marked(plan, plan->at))
        compare(plan, &plan->language->requests[plan->at], false, why);
}
