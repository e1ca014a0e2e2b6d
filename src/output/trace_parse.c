#include "base/text.h"
#include "output/trace_text.h"
#include "output/trace_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_MS_MAX 100000000 /* a day and more: no poll lasts longer */
#define CLOCK_MAX_MS INT64_C(1000000000000000)
#define UNIX_MAX_MS  INT64_C(4200000000000)

/* The text that is left, line by line. */
struct reader {
    const char *at, *end;
    unsigned line;
    const char *text; /* of the line, without its newline and a comment of ours */
    size_t length;
    struct trace *trace;
    struct failure *failure;
};

static bool wrong(const struct reader *r, const char *expected)
{
    char found[60];
    (void)snprintf(found, sizeof found, "%.*s", (int)(r->length < 59 ? r->length : 59), r->text);
    text_cut_utf8(found);
    return failure_explain(r->failure, ERR_USAGE, "line %u: expected `%s`, found \"%s\".",
                           "строка %u: ожидалось `%s`, найдено «%s».", r->line, expected, TEXT_SHORT(found));
}

/* The next line; false at the end, and for one without its newline: the file was cut there. */
static bool next_line(struct reader *r, const char *expected)
{
    const char *end = memchr(r->at, '\n', (size_t)(r->end - r->at));
    r->line++;
    r->text = r->at;
    r->length = (size_t)((end ? end : r->end) - r->at);
    if (end && !memchr(r->at, '\0', r->length)) {
        r->at = end + 1;
        r->length -= r->length > 0 && r->text[r->length - 1] == '\r'; /* Notepad and mail programs put it there */
        return true;
    }
    if (end)
        return wrong(r, expected);
    return failure_explain(r->failure, ERR_USAGE, "line %u: the file ends here, expected `%s`.",
                           "строка %u: здесь файл обрывается, ожидалось `%s`.", r->line, expected);
}

/* Is the line "KEY: …"? Then the line is its value. */
static bool strip_key(struct reader *r, const char *key)
{
    size_t length = strlen(key);
    if (r->length < length + 2 || memcmp(r->text, key, length) != 0 || memcmp(r->text + length, ": ", 2) != 0)
        return false;
    r->text += length + 2;
    r->length -= length + 2;
    return true;
}

static bool read_text(struct reader *r, const char *key, char *to, size_t cap)
{
    if (!next_line(r, key))
        return false;
    if (!strip_key(r, key) || r->length >= cap || !text_is_utf8(r->text, r->length))
        return wrong(r, key);
    memcpy(to, r->text, r->length);
    to[r->length] = '\0';
    return true;
}

/* The next word of the line, a whole number within bounds. */
static bool number(struct reader *r, int64_t least, int64_t most, int64_t *to)
{
    size_t n = 0;
    while (n < r->length && r->text[n] != ' ')
        n++;
    if (n == 0 || !text_decimal(r->text, n, to) || *to < least || *to > most)
        return false;
    r->text += n;
    r->length -= n;
    if (r->length > 0) {
        r->text++;
        r->length--;
    }
    return true;
}

static bool ends(const struct reader *r)
{
    return r->length == 0 || r->text[0] == '#';
}

static bool read_number(struct reader *r, const char *key, int64_t least, int64_t most, int64_t *to)
{
    if (!next_line(r, key))
        return false;
    return (strip_key(r, key) && number(r, least, most, to) && ends(r)) || wrong(r, key);
}

/* A word of the line into `to`; false without one, or when it is too long. */
static bool word(struct reader *r, char *to, size_t cap)
{
    size_t n = 0;
    while (n < r->length && r->text[n] != ' ')
        n++;
    if (n == 0 || n >= cap)
        return false;
    memcpy(to, r->text, n);
    to[n] = '\0';
    r->text += n < r->length ? n + 1 : n;
    r->length -= n < r->length ? n + 1 : n;
    return true;
}

static bool read_set(struct reader *r, struct metric_set *set)
{
    char group[32], key[64];
    if (!word(r, group, sizeof group))
        return wrong(r, "GROUP KEY ...");
    while (r->length > 0) {
        enum metric m = word(r, key, sizeof key) ? metric_find(group, key) : METRIC_COUNT;
        if (m == METRIC_COUNT)
            return wrong(r, "GROUP KEY ...");
        metric_set_add(set, m);
    }
    return true;
}

static bool read_head(struct reader *r)
{
    struct trace *t = r->trace;
    char version[32];
    int64_t protocol, zone, clock;
    if (!next_line(r, "zabbix-atol-trace 1"))
        return false;
    if (r->length != 19 || memcmp(r->text, "zabbix-atol-trace 1", 19) != 0)
        return wrong(r, "zabbix-atol-trace 1");
    bool good = read_text(r, "version", version, sizeof version) && read_text(r, "name", t->name, sizeof t->name) &&
                read_text(r, "address", t->connect, sizeof t->connect) &&
                read_text(r, "used", t->used, sizeof t->used) && read_number(r, "protocol", 0, 5, &protocol);
    if (!good)
        return false;
    if (protocol != KKT_PROTOCOL_UNKNOWN && protocol != KKT_PROTOCOL_3 && protocol != KKT_PROTOCOL_5)
        return wrong(r, "protocol: 0|3|5");
    t->protocol = (enum kkt_protocol)protocol;
    if (!read_text(r, "serial", t->expected_serial, sizeof t->expected_serial) ||
        !read_number(r, "started", 0, UNIX_MAX_MS, &t->polled_ms) || !read_number(r, "zone", -86400, 86400, &zone) ||
        !read_number(r, "clock", 0, CLOCK_MAX_MS, &clock) ||
        !read_number(r, "built", 0, UNIX_MAX_MS / 1000, &t->built_s))
        return false;
    t->zone_offset_s = (int32_t)zone;
    t->clock_ms = (uint64_t)clock;
    return true;
}

/* The sets, then how many events there are. */
static bool read_sets(struct reader *r, int64_t *events)
{
    for (;;) {
        if (!next_line(r, "events"))
            return false;
        if (strip_key(r, "events"))
            break;
        struct metric_set *set = strip_key(r, "wanted")   ? &r->trace->wanted
                                 : strip_key(r, "masked") ? &r->trace->masked
                                 : strip_key(r, "again")  ? &r->trace->again
                                                          : NULL;
        if (!set)
            return wrong(r, "wanted|masked|again|events");
        bool none = set == &r->trace->again && r->length == 1 && r->text[0] == '-';
        r->trace->again_known = r->trace->again_known || set == &r->trace->again;
        if (!none && !read_set(r, set))
            return false;
    }
    if (!number(r, 0, TRACE_EVENTS_MAX, events))
        return wrong(r, "events");
    if (r->length > 0)
        return failure_explain(r->failure, ERR_USAGE, "line %u: the dialogue was longer than a trace keeps.",
                               "строка %u: обмен был длиннее, чем умещается в запись.", r->line);
    return true;
}

static int digit(char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* "C1 01 # A5 model" */
static bool read_bytes(struct reader *r, uint8_t *bytes, size_t cap, size_t *count)
{
    *count = 0;
    while (!ends(r)) {
        int high = digit(r->text[0]), low = r->length > 1 ? digit(r->text[1]) : -1;
        if (high < 0 || low < 0 || *count == cap || (r->length > 2 && r->text[2] != ' '))
            return false;
        bytes[(*count)++] = (uint8_t)(high << 4 | low);
        size_t step = r->length > 2 ? 3 : 2;
        r->text += step;
        r->length -= step;
    }
    return *count > 0;
}

static bool read_event(struct reader *r, int64_t *last_ms)
{
    static uint8_t bytes[65536];
    int64_t at, time = 0;
    char kind[16];
    size_t count = 0;
    if (!next_line(r, "TIME EVENT"))
        return false;
    struct reader whole = *r;
    if (!number(r, *last_ms, EVENT_MS_MAX, &at) || !word(r, kind, sizeof kind))
        return wrong(&whole, "TIME EVENT");
    *last_ms = at;
    unsigned k = 0;
    while (k < TRACE_KINDS && strcmp(kind, trace_words[k]) != 0)
        k++;
    bool good = k < TRACE_KINDS;
    if (k == TRACE_ATTEMPT || k == TRACE_DRIVER) {
        good = number(r, 0, EVENT_MS_MAX, &time) && r->length > 0 && r->length < CONNECT_TEXT_MAX;
        count = good ? r->length : 0;
        memcpy(bytes, r->text, count);
    } else if (k == TRACE_SENT || k == TRACE_RECEIVED) {
        good = read_bytes(r, bytes, sizeof bytes, &count);
    } else {
        good = good && ends(r);
    }
    if (!good)
        return wrong(&whole, "TIME connect|open|>|<|timer|lost|closed|driver ...");
    if (!trace_add(r->trace, (enum trace_kind)k, r->trace->clock_ms + (uint64_t)at, (uint32_t)time, bytes, count))
        return failure_explain(r->failure, ERR_NO_MEMORY, "a trace", "запись обмена");
    r->trace->events[r->trace->event_count - 1].line = r->line;
    return true;
}

static bool read_result(struct reader *r)
{
    struct trace *t = r->trace;
    char name[40];
    int64_t duration, held;
    if (!next_line(r, "result"))
        return false;
    struct reader whole = *r;
    bool good = strip_key(r, "result") && word(r, name, sizeof name) && number(r, 0, UINT32_MAX, &duration) &&
                number(r, 0, UINT32_MAX, &held) && number(r, 0, UNIX_MAX_MS, &t->clock_read_ms) && ends(r);
    unsigned code = 0;
    while (good && code < ERR_COUNT && strcmp(error_name((enum error_code)code), name) != 0)
        code++;
    if (!good || code == ERR_COUNT)
        return wrong(&whole, "result: NAME MS MS MS");
    t->failure.code = (enum error_code)code;
    t->duration_ms = (uint32_t)duration;
    t->held_ms = (uint32_t)held;
    return read_text(r, "english", t->failure.detail, sizeof t->failure.detail) &&
           read_text(r, "russian", t->failure.detail_ru, sizeof t->failure.detail_ru);
}

static bool read_end(struct reader *r)
{
    if (!next_line(r, "end"))
        return false;
    if (r->length != 3 || memcmp(r->text, "end", 3) != 0)
        return wrong(r, "end");
    r->line++;
    r->text = r->at;
    r->length = (size_t)(r->end - r->at);
    return r->length == 0 || wrong(r, "");
}

struct trace *trace_parse(const char *text, size_t length, struct failure *failure)
{
    struct reader r = {.at = text, .end = text + length, .trace = trace_new(), .failure = failure};
    static const char mark[] = "\xEF\xBB\xBF"; /* UTF-8's, as Notepad writes it */
    int64_t events = 0, last_ms = 0;
    if (length >= sizeof mark - 1 && memcmp(text, mark, sizeof mark - 1) == 0)
        r.at += sizeof mark - 1;
    if (!r.trace) {
        (void)failure_explain(failure, ERR_NO_MEMORY, "a trace", "запись обмена");
        return NULL;
    }
    bool good = read_head(&r) && read_sets(&r, &events);
    for (int64_t i = 0; good && i < events; i++)
        good = read_event(&r, &last_ms);
    if (good && read_result(&r) && read_end(&r))
        return r.trace;
    trace_free(r.trace);
    return NULL;
}
