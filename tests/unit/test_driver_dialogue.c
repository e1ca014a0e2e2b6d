/* The vendor's driver asked the emulator (tests/captures/driver-*.dialogue, written down by a line between them). Our
 * session asks a register that knows those answers and no other, and tells the values that the driver told. */
#include "check.h"

#include "base/files/file.h"
#include "kkt/atol3/frame.h"
#include "kkt/atol5/frame.h"
#include "kkt/session.h"
#include "output/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXCHANGES_MAX 400
#define DIALOGUE_MAX  (256U * 1024)

/* A task and its answer: at protocol 3 A3 or A4 and the answer, at platform 5 the answer behind the task's number. */
struct exchange {
    uint8_t channel, task[64], answer[ATOL3_DATA_MAX];
    size_t task_count, answer_count;
};

static struct exchange exchanges[EXCHANGES_MAX];
static unsigned count;
static struct snapshot told, seen;
static struct document document;

static struct atol3_decoder three[2]; /* of the client, of the register */
static struct atol5_decoder five[2];

static char *load(const char *name, const char *ending)
{
    char path[512];
    size_t length;
    struct failure failure = {0};
    (void)snprintf(path, sizeof path, "%s/../captures/%s.%s", TEST_DATA, name, ending);
    char *text = file_read(path, DIALOGUE_MAX, &length, NULL, &failure);
    assert_non_null(text);
    return text;
}

static void asked(uint8_t channel, const uint8_t *task, size_t length)
{
    struct exchange *e = &exchanges[count];
    assert_true(count < EXCHANGES_MAX && length <= sizeof e->task);
    *e = (struct exchange){.channel = channel, .task_count = length};
    memcpy(e->task, task, length);
}

static void answered(const uint8_t *answer, size_t length)
{
    struct exchange *e = &exchanges[count];
    if (e->task_count == 0 || length > sizeof e->answer)
        return;
    memcpy(e->answer, answer, length);
    e->answer_count = length;
    count++;
}

static void record_3(bool client)
{
    const struct atol3_decoder *d = &three[client ? 0 : 1];
    if (client && d->count > 5 && d->data[0] == ATOL3_ADD)
        asked(0, d->data + 5, d->count - 5);
    else if (client)
        exchanges[count].task_count = 0;
    else if (d->count > 1 && (d->data[0] == ATOL3_RESULT || d->data[0] == ATOL3_ERROR))
        answered(d->data, d->count);
}

static void record_5(bool client)
{
    const struct atol5_decoder *d = &five[client ? 0 : 1];
    if (client && d->count > 2 && d->payload[1] == ATOL5_EXECUTE)
        asked(d->header.destination, d->payload + 2, d->count - 2);
    else if (!client && d->count > 1 && d->header.source == exchanges[count].channel)
        answered(d->payload + 1, d->count - 1);
}

/* "63 > 24 40 0D": what the bytes of a line bring. */
static void record_line(enum kkt_protocol protocol, char *line)
{
    char *at = strpbrk(line, "<>");
    assert_non_null(at);
    bool client = *at++ == '>';
    for (unsigned long byte; *at; at += 3) {
        byte = strtoul(at, NULL, 16);
        if (protocol == KKT_PROTOCOL_3 &&
            atol3_decoder_push(&three[client ? 0 : 1], (uint8_t)byte) == ATOL3_EVENT_FRAME)
            record_3(client);
        if (protocol == KKT_PROTOCOL_5 && atol5_decoder_push(&five[client ? 0 : 1], (uint8_t)byte) == ATOL5_EVENT_FRAME)
            record_5(client);
    }
}

static void record(enum kkt_protocol protocol, const char *name)
{
    char *text = load(name, "dialogue");
    memset(three, 0, sizeof three);
    memset(five, 0, sizeof five);
    count = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        record_line(protocol, line);
    free(text);
    assert_true(count > 40);
}

static const struct exchange *find(uint8_t channel, const uint8_t *task, size_t length)
{
    for (unsigned i = 0; i < count; i++)
        if (exchanges[i].channel == channel && exchanges[i].task_count == length &&
            memcmp(exchanges[i].task, task, length) == 0)
            return &exchanges[i];
    return NULL;
}

/* The register's side of our session; the bytes of its reply. */
static size_t reply_3(uint8_t *wire, size_t cap)
{
    static const uint8_t unknown[] = {ATOL3_TASK_UNKNOWN}, done[] = {ATOL3_RESULT},
                         absent[] = {ATOL3_ERROR, 0x55, 0x7A, 0};
    const struct atol3_decoder *d = &three[0];
    if (d->data[0] == ATOL3_REQUEST)
        return atol3_frame_encode(d->id, unknown, sizeof unknown, wire, cap);
    if (d->data[0] != ATOL3_ADD)
        return atol3_frame_encode(d->id, done, sizeof done, wire, cap);
    const struct exchange *e = find(0, d->data + 5, d->count - 5);
    return e ? atol3_frame_encode(d->id, e->answer, e->answer_count, wire, cap)
             : atol3_frame_encode(d->id, absent, sizeof absent, wire, cap);
}

static size_t reply_5(uint8_t *wire, size_t cap)
{
    const struct atol5_decoder *d = &five[0];
    const struct atol5_header header = {0x18, d->header.destination, ATOL5_HOST, ATOL5_TYPE_DATA};
    const struct exchange *e = find(d->header.destination, d->payload + 2, d->count - 2);
    uint8_t payload[ATOL5_PAYLOAD_MAX] = {d->payload[0], ':', '1'};
    if (e)
        memcpy(payload + 1, e->answer, e->answer_count);
    return atol5_frame_encode(&header, payload, e ? 1 + e->answer_count : 3, wire, cap);
}

static enum kkt_next turn(struct kkt_session *session, enum kkt_protocol protocol, uint64_t *now)
{
    static uint8_t out[1024], wire[ATOL5_FRAME_ROOM(ATOL5_PAYLOAD_MAX)];
    size_t n = kkt_session_output(session, out, sizeof out), reply = 0;
    for (size_t i = 0; i < n; i++) {
        if (protocol == KKT_PROTOCOL_3 && atol3_decoder_push(&three[0], out[i]) == ATOL3_EVENT_FRAME)
            reply += reply_3(wire + reply, sizeof wire - reply);
        if (protocol == KKT_PROTOCOL_5 && atol5_decoder_push(&five[0], out[i]) == ATOL5_EVENT_FRAME)
            reply += reply_5(wire + reply, sizeof wire - reply);
    }
    if (reply > 0)
        return kkt_session_input(session, wire, reply, *now);
    uint64_t wake = kkt_session_wake_at(session);
    *now = wake > *now ? wake : *now;
    return kkt_session_tick(session, *now);
}

static void ask(enum kkt_protocol protocol)
{
    struct kkt_session *session = malloc(kkt_session_size());
    struct kkt_ask wanted = {.protocol = protocol, .deadline_ms = 60000};
    uint64_t now = 0;
    assert_non_null(session);
    metric_set_add_rate(&wanted.wanted, RATE_QUICK);
    metric_set_add_rate(&wanted.wanted, RATE_SLOW);
    snapshot_clear(&seen);
    memset(three, 0, sizeof three);
    memset(five, 0, sizeof five);
    kkt_session_start(session, &wanted, &seen, now);
    for (enum kkt_next next = KKT_NEXT_WAIT; next != KKT_NEXT_DONE;)
        next = turn(session, protocol, &now);
    free(session);
}

static bool same(enum metric m)
{
    return metric_row(m)->type == METRIC_TEXT ? strcmp(snapshot_text(&seen, m), snapshot_text(&told, m)) == 0
                                              : snapshot_int(&seen, m) == snapshot_int(&told, m);
}

/* How many values both tell; all of them are equal. */
static unsigned compare(void)
{
    unsigned both = 0;
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        /* It asks the clock more than once. */
        if (metric_row(m)->origin != ORIGIN_READ || m == METRIC_device_time || !snapshot_has(&seen, m) ||
            !snapshot_has(&told, m))
            continue;
        if (!same(m))
            fail_msg("%s.%s: we %s, the driver %s", metric_row(m)->group, metric_row(m)->key,
                     metric_row(m)->type == METRIC_TEXT ? snapshot_text(&seen, m) : "another number",
                     metric_row(m)->type == METRIC_TEXT ? snapshot_text(&told, m) : "");
        both++;
    }
    return both;
}

static void check_dialogue(enum kkt_protocol protocol, const char *name, unsigned least)
{
    struct failure failure = {0};
    char *json = load(name, "json");
    assert_true(document_read(json, strlen(json), 0, &told, &document, &failure));
    free(json);
    record(protocol, name);
    ask(protocol);
    assert_true(poll_state_was_read(failure_state(&seen.failure)));
    unsigned both = compare();
    print_message("%s: %u exchanges, %u values that both tell\n", name, count, both);
    assert_true(both >= least);
}

static void protocol_3_from_the_answers_that_the_driver_got(void **state)
{
    (void)state;
    check_dialogue(KKT_PROTOCOL_3, "driver-3", 60);
}

static void platform_5_from_the_answers_that_the_driver_got(void **state)
{
    (void)state;
    check_dialogue(KKT_PROTOCOL_5, "driver-5", 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocol_3_from_the_answers_that_the_driver_got),
        cmocka_unit_test(platform_5_from_the_answers_that_the_driver_got),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
