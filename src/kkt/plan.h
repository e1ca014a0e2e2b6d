/* Which requests one poll sends, and what becomes of their answers: the part of a poll that knows tables and values but
 * no framing. */
#ifndef KKT_PLAN_H
#define KKT_PLAN_H

#include "kkt/ask.h"
#include "kkt/report.h"
#include "kkt/request.h"

#define KKT_REQUESTS_MAX 128
#define KKT_TLV_MAX      1100
#define KKT_COMMAND_MAX  48 /* the longest command with its arguments, without password, ids and framing */

struct kkt_plan;

/* What a protocol gives to the plan. */
struct kkt_language {
    enum kkt_protocol protocol;
    const struct kkt_request *requests;
    unsigned request_count;
    const struct kkt_need *needs;
    unsigned need_count;
    /* The command of the request with its arguments into out (KKT_COMMAND_MAX bytes). Returns its length; 0 when an
     * argument is a value that was not read. */
    size_t (*command)(const struct kkt_plan *plan, const struct kkt_request *request, uint8_t *out);
    /* Takes an answer: values into plan->out, troubles into plan->report. `error` = the task itself failed. */
    enum kkt_verdict (*decode)(struct kkt_plan *plan, const struct kkt_request *request, const uint8_t *answer,
                               size_t count, bool error);
    /* Computes what follows from more than one answer of this protocol; called once, at the end. NULL: nothing. */
    void (*reconcile)(struct snapshot *out);
};

struct kkt_plan {
    const struct kkt_language *language;
    struct metric_set wanted; /* as asked */
    struct metric_set needed; /* and what they are computed from */
    struct snapshot *out;
    struct kkt_report report;
    unsigned at;            /* the request that is asked now, or the next one */
    bool fn_missing;        /* the register says that it has no FN */
    bool fn_answers;        /* the FN has answered in this poll */
    bool troubled;          /* the report holds more than what could not be asked */
    bool begun;             /* a request was answered, and not with "busy" */
    bool not_fiscal;        /* platform 5 says so: there is no registration to ask for */
    unsigned fn_missing_by; /* the request whose answer said so */
    const struct kkt_request
        *unsupported;                  /* the first one that every register supports and this one does not; else NULL */
    const struct kkt_request *refused; /* the reason of its refusal is asked now (SHAPE_REASON); else NULL */
    /* twice before an alarm (confirm.c) */
    kkt_suspects *suspects;
    void *suspects_user;
    bool confirming;  /* what follows is asked for the second time */
    bool fn_doubtful; /* the second answer did not say again that there is no FN */
    bool resumed;     /* what was left out for want of an FN is asked after all, or was */
    struct metric_set suspected;
    uint64_t again[KKT_REQUESTS_MAX / 64]; /* bits: the requests to ask for the second time */
    uint8_t block;                         /* SHAPE_TAG: the block that is asked now */
    uint16_t tlv_count;
    uint8_t tlv[KKT_TLV_MAX]; /* SHAPE_TAG: blocks so far */
};

void kkt_plan_start(struct kkt_plan *plan, const struct kkt_language *language, const struct kkt_ask *ask,
                    struct snapshot *out);

/* Everything was asked: is there anything to ask once more? Once in a poll, and a second time after kkt_plan_resume,
 * which this calls. */
bool kkt_plan_confirm(struct kkt_plan *plan);

/* Everything was asked twice: is there anything to ask that was left out for want of an FN, whose absence was not
 * confirmed? Once in a poll. */
bool kkt_plan_resume(struct kkt_plan *plan);

/* An answer to the current request: decoded, or held against the first one. */
enum kkt_verdict kkt_plan_handle_answer(struct kkt_plan *plan, const struct kkt_request *request, const uint8_t *answer,
                                        size_t count, bool error);

/* The current request was to be asked once more and could not be: its values are removed. */
void kkt_plan_drop_unconfirmed(struct kkt_plan *plan, struct kkt_words why);

bool kkt_plan_is_marked(const struct kkt_plan *plan, unsigned request);
bool kkt_plan_is_left_out(const struct kkt_plan *plan, const struct kkt_request *request);

/* Computes what follows from more than one answer, and drops what was not asked for. */
void kkt_plan_reconcile(struct kkt_plan *plan);

/* The request to send now; NULL when all is asked. */
const struct kkt_request *kkt_plan_current(struct kkt_plan *plan);

/* The current request is done: go on to the next one. */
void kkt_plan_next(struct kkt_plan *plan);

/* The current request failed for a reason outside its answer; goes on to the next one. */
void kkt_plan_give_up(struct kkt_plan *plan, struct kkt_words why);

/* The same when an argument of it was not reported: it could not be asked. */
void kkt_plan_skip(struct kkt_plan *plan);

/* Everything was asked: computes what follows from more than one answer, and sets out->failure when something is
 * missing. */
void kkt_plan_finish(struct kkt_plan *plan);

/* The poll ends before its plan, at the current request: as kkt_plan_finish, and the failure (`code` when there are
 * values, else ERR_NO_ANSWER) names what was not asked any more. */
void kkt_plan_cut(struct kkt_plan *plan, enum error_code code, struct kkt_words why);

/* Appends "CODE: why" to the report. */
void kkt_plan_report(struct kkt_plan *plan, const struct kkt_request *request, struct kkt_words why);

/* The same for an error of the register: "CODE: D5 FN fault". */
void kkt_plan_report_error(struct kkt_plan *plan, const struct kkt_request *request, const char *error,
                           struct kkt_words why);

extern const struct kkt_words kkt_unreadable;

/* Reads the wanted fields of an answer; reports those that are missing. */
void kkt_plan_decode(struct kkt_plan *plan, const struct kkt_request *request, const struct kkt_field *fields,
                     unsigned count, size_t base, const uint8_t *answer, size_t length);

/* The answer to this request says that there is no FN. */
void kkt_plan_fn_missing(struct kkt_plan *plan, const struct kkt_request *request);

/* Marks the request's wanted metrics as not supported by the register. */
void kkt_plan_unsupported(struct kkt_plan *plan, const struct kkt_request *request);

/* Collects troubles of several fields of one answer into one item of the report. */
struct kkt_missing {
    enum metric metric; /* the first one */
    enum kkt_field_result result;
    unsigned count;
};
void kkt_missing_add(struct kkt_missing *missing, enum metric m, enum kkt_field_result result);
void kkt_missing_report(const struct kkt_missing *missing, struct kkt_plan *plan, const struct kkt_request *request);

/* Decodes a whole TLV of a SHAPE_TAG request. */
void kkt_plan_decode_tag(struct kkt_plan *plan, const struct kkt_request *request, const uint8_t *tlv, size_t count,
                         bool printer_charset);

/* How many values a request brings, and each of them. */
unsigned kkt_request_field_count(const struct kkt_request *request);
const struct kkt_field *kkt_request_field_at(const struct kkt_request *request, unsigned index);

/* Does the request bring nothing that a register without an FN could answer? */
bool kkt_request_of_fn(const struct kkt_request *request);

/* A request's field for a metric; NULL when it has none. */
const struct kkt_field *kkt_request_field(const struct kkt_request *request, enum metric m);

#endif
