#include "fault.h"

#include <stdlib.h>
#include <string.h>

enum { AT_3 = 1, AT_5 = 2, AT_BOTH = 3 };

/* clang-format off */
static const struct {
    const char *name;
    enum fault_kind kind;
    int at;          /* protocols that have it */
    const char *arg; /* NULL: takes none */
    const char *text;
} kinds[] = {
    {"late", FAULT_LATE, AT_3, "ms", "no answer, then a pushed A6"},
    {"pending", FAULT_PENDING, AT_3, "ms", "A1, then a pushed A6"},
    {"progress", FAULT_PROGRESS, AT_3, "ms", "A2 until the time is over, no push"},
    {"lost-request", FAULT_LOST_REQUEST, AT_BOTH, NULL, "the request is dropped"},
    {"lost-answer", FAULT_LOST_ANSWER, AT_BOTH, NULL, "the task is done, its answer is dropped"},
    {"bad-crc", FAULT_BAD_CRC, AT_BOTH, NULL, "the answer's CRC or checksum is wrong"},
    {"empty", FAULT_EMPTY, AT_3, NULL, "a frame without data"},
    {"wrong-id", FAULT_WRONG_ID, AT_BOTH, NULL, "the answer carries another frame id or task id"},
    {"duplicate", FAULT_DUPLICATE, AT_BOTH, NULL, "the answer comes twice"},
    {"garbage", FAULT_GARBAGE, AT_BOTH, NULL, "noise before the answer"},
    {"split", FAULT_SPLIT, AT_BOTH, NULL, "the answer comes one byte a segment"},
    {"cut", FAULT_CUT, AT_BOTH, NULL, "the connection closes in the middle of the answer"},
    {"close", FAULT_CLOSE, AT_BOTH, NULL, "the connection closes in place of the answer"},
    {"busy", FAULT_BUSY, AT_BOTH, NULL, "protocol 3: error 76; platform 5: result 1a"},
    {"error", FAULT_ERROR, AT_BOTH, "code", "the request is refused: 8C or EE0103 at protocol 3, 6a at platform 5"},
    {"no-fn", FAULT_NO_FN, AT_BOTH, NULL, "the FN is missing"},
    {"delay", FAULT_DELAY, AT_BOTH, "ms", "the right answer, late"},
    {"silence", FAULT_SILENCE, AT_BOTH, NULL, "nothing is ever answered"},
    {"full", FAULT_FULL, AT_3, NULL, "B1, buffer full"},
    {"foreign", FAULT_FOREIGN, AT_3, NULL, "a pushed A6 of another task before the answer"},
    {"flood", FAULT_FLOOD, AT_BOTH, NULL, "the answer comes again and again without end"},
    {"stopped", FAULT_STOPPED, AT_3, NULL, "A5, stopped"},
    {"exists", FAULT_EXISTS, AT_3, NULL, "B2, the task id exists"},
    {"mixed", FAULT_MIXED, AT_BOTH, NULL, "a frame of the other generation before the answer"},
    {"other", FAULT_OTHER, AT_BOTH, NULL, "a frame of the other generation in place of the answer"},
    {"few", FAULT_FEW, AT_BOTH, "count", "the answer ends after so many values (platform 5) or bytes (protocol 3)"},
    {"many", FAULT_MANY, AT_BOTH, NULL, "unknown values or bytes at the end of the answer"},
    {"notice", FAULT_NOTICE, AT_5, NULL, "an unasked frame of channel C2 before the answer"},
    {"binary", FAULT_BINARY, AT_5, NULL, "success as binary 00 00, without values"},
    {"transport", FAULT_TRANSPORT, AT_5, "code", "a transport error"},
};
/* clang-format on */

#define KINDS (sizeof kinds / sizeof kinds[0])

void fault_list(FILE *out)
{
    (void)fprintf(out, "--fault NAME[:ARG][@REQUEST][*COUNT]\n");
    for (unsigned i = 0; i < KINDS; i++)
        (void)fprintf(out, "  %s%s%s%*s%s%s\n", kinds[i].name, kinds[i].arg ? ":" : "",
                      kinds[i].arg ? kinds[i].arg : "",
                      (int)(20 - strlen(kinds[i].name) - (kinds[i].arg ? 1 + strlen(kinds[i].arg) : 0)), "",
                      kinds[i].at == AT_3   ? "protocol 3: "
                      : kinds[i].at == AT_5 ? "platform 5: "
                                            : "",
                      kinds[i].text);
}

static bool parse_count(const char *text, uint32_t *value)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    *value = (uint32_t)number;
    return *text >= '0' && *text <= '9' && *end == '\0' && number < 10000000;
}

static bool is_hex_byte(const char *text)
{
    return strspn(text, "0123456789ABCDEFabcdef") == 2 && text[2] == '\0';
}

/* Error EE of protocol 3 with its extended code. */
static bool is_extended(const char *text)
{
    return strncmp(text, "EE", 2) == 0 && strspn(text, "0123456789ABCDEFabcdef") == 6 && text[6] == '\0';
}

/* A code of protocol 3 and a transport error are a byte in hex, 00 is none; a result of platform 5 is two characters,
 * 00 is success. */
static bool is_code(const struct fault *f, int protocol)
{
    if (strcmp(f->text, "00") == 0)
        return false;
    if (f->kind == FAULT_ERROR && protocol == 5)
        return strlen(f->text) == 2;
    return is_hex_byte(f->text) || (f->kind == FAULT_ERROR && is_extended(f->text));
}

bool fault_check(const struct faults *faults, int protocol, char *problem, size_t cap)
{
    for (unsigned i = 0; i < faults->count; i++) {
        const struct fault *f = &faults->rows[i];
        unsigned k = 0;
        while (kinds[k].kind != f->kind)
            k++;
        if (!(kinds[k].at & (protocol == 3 ? AT_3 : AT_5))) {
            (void)snprintf(problem, cap, "--fault %s: a register of %s has no such fault", kinds[k].name,
                           protocol == 3 ? "protocol 3" : "platform 5");
            return false;
        }
        if (kinds[k].arg && strcmp(kinds[k].arg, "code") == 0 && !is_code(f, protocol)) {
            (void)snprintf(problem, cap, "--fault %s:%s: expected %s", kinds[k].name, f->text,
                           f->kind == FAULT_ERROR && protocol == 5
                               ? "the two characters of a result, as 6a"
                               : "a code in two hex digits, as 8C, or EE with its extended code, as EE0103");
            return false;
        }
    }
    return true;
}

bool fault_add(struct faults *faults, const char *spec, char *problem, size_t cap)
{
    char copy[80];
    if (faults->count == FAULTS_MAX || strlen(spec) >= sizeof copy) {
        (void)snprintf(problem, cap, "--fault %s: too long, or more than %d faults", spec, FAULTS_MAX);
        return false;
    }
    (void)snprintf(copy, sizeof copy, "%s", spec);
    struct fault f = {.left = UINT32_MAX};
    char *count = strrchr(copy, '*');
    if (count)
        *count++ = '\0';
    char *request = strchr(copy, '@');
    if (request)
        *request++ = '\0';
    char *arg = strchr(copy, ':');
    if (arg)
        *arg++ = '\0';
    unsigned i = 0;
    while (i < KINDS && strcmp(kinds[i].name, copy) != 0)
        i++;
    if (i == KINDS) {
        (void)snprintf(problem, cap, "--fault %s: no such fault; `--fault help` lists them", spec);
        return false;
    }
    if ((arg != NULL) != (kinds[i].arg != NULL) || (count && !(parse_count(count, &f.left) && f.left > 0)) ||
        (request && strlen(request) >= sizeof f.request) || (arg && strlen(arg) >= sizeof f.text)) {
        (void)snprintf(problem, cap, "--fault %s: expected %s%s%s[@REQUEST][*COUNT], COUNT at least 1", spec,
                       kinds[i].name, kinds[i].arg ? ":" : "", kinds[i].arg ? kinds[i].arg : "");
        return false;
    }
    if (arg && strcmp(kinds[i].arg, "code") != 0 && !parse_count(arg, &f.number)) {
        (void)snprintf(problem, cap, "--fault %s: '%s' is not a number of %s", spec, arg, kinds[i].arg);
        return false;
    }
    f.kind = kinds[i].kind;
    (void)snprintf(f.text, sizeof f.text, "%s", arg ? arg : "");
    (void)snprintf(f.request, sizeof f.request, "%s", request ? request : "");
    faults->rows[faults->count++] = f;
    return true;
}

const struct fault *fault_match(struct faults *faults, const char *request)
{
    for (unsigned i = 0; i < faults->count; i++) {
        struct fault *f = &faults->rows[i];
        if (f->kind == FAULT_NO_FN || f->left == 0 || (f->request[0] && strcmp(f->request, request) != 0))
            continue;
        if (f->left != UINT32_MAX)
            f->left--;
        return f;
    }
    return NULL;
}

bool fault_has(const struct faults *faults, enum fault_kind kind)
{
    for (unsigned i = 0; i < faults->count; i++)
        if (faults->rows[i].kind == kind)
            return true;
    return false;
}
