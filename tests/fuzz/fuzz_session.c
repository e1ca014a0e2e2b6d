/* A whole poll, and whatever a register may say in it. It ends by its deadline, writes only requests of the read-only
 * list, keeps only values of their form, and none after a failure.
 *
 * The first byte chooses what is known of the protocol, the second whether values are asked twice, what a register
 * answers to the probe, and whether the rare values are asked too; then come records (records.h). */
#include "records.h"

#include "kkt/language.h"
#include "kkt/probe.h"
#include "kkt/session.h"
#include "metric/form.h"

#define DEADLINE_MS 15000

/* What the session has asked last, from its own bytes. */
struct heard {
    struct atol3_decoder three;
    struct atol5_decoder five;
    uint8_t id3, channel5, task5;
    enum kkt_protocol protocol; /* of the last frame */
};

static struct kkt_session *session;
static struct snapshot snapshot;
static struct heard heard;
static bool probe_3; /* a register of protocol 3 answers the probe */
static uint64_t now;

static bool begins(const uint8_t *bytes, size_t count, const uint8_t *with, size_t with_count)
{
    return count >= with_count && memcmp(bytes, with, with_count) == 0;
}

/* Tasks that a poll may send, with the bytes that must be so (as tests/unit/test_readonly.c). */
static struct {
    const uint8_t *bytes;
    size_t fixed, count; /* count 0: any arguments may follow */
} allowed[2][128];

static void list_allowed(void)
{
    static const enum kkt_protocol protocols[] = {KKT_PROTOCOL_3, KKT_PROTOCOL_5};
    struct kkt_request_info info;
    for (unsigned p = 0; p < 2; p++)
        for (unsigned i = 0; kkt_request_list(protocols[p], i, &info); i++) {
            REQUIRE(i < 127);
            bool tag_3 = p == 0 && info.bytes[0] == 0xE9;
            bool arguments = p == 1 && info.count == 2 && info.bytes[0] == '4';
            allowed[p][i].bytes = info.bytes;
            allowed[p][i].fixed = info.count - (tag_3 ? 1U : 0U);
            allowed[p][i].count = arguments ? 0 : info.count;
        }
}

static bool on_the_list(enum kkt_protocol protocol, const uint8_t *task, size_t count)
{
    unsigned p = protocol == KKT_PROTOCOL_5;
    for (unsigned i = 0; allowed[p][i].bytes; i++)
        if (begins(task, count, allowed[p][i].bytes, allowed[p][i].fixed) &&
            (allowed[p][i].count == 0 || count == allowed[p][i].count))
            return true;
    return false;
}

static void hear_3(void)
{
    const uint8_t *data = heard.three.data;
    size_t count = heard.three.count;
    REQUIRE(count > 0);
    size_t at = data[0] == ATOL3_ADD ? 5 : data[0] == ATOL3_ACKNOWLEDGE_ADD ? 6 : 0;
    bool words = data[0] == ATOL3_ACKNOWLEDGE || data[0] == ATOL3_REQUEST || data[0] == ATOL3_ABORT;
    REQUIRE(words || (at > 0 && count > at && on_the_list(KKT_PROTOCOL_3, data + at, count - at)));
    heard.id3 = heard.three.id;
    heard.protocol = KKT_PROTOCOL_3;
}

static void hear_5(void)
{
    const struct atol5_header *header = &heard.five.header;
    const uint8_t *payload = heard.five.payload;
    size_t count = heard.five.count;
    heard.channel5 = header->destination;
    heard.task5 = count > 0 ? payload[0] : 0;
    heard.protocol = KKT_PROTOCOL_5;
    if (header->destination == ATOL5_ECHO)
        return;
    REQUIRE(count >= 2 && (payload[1] == ATOL5_LAST_RESULT || on_the_list(KKT_PROTOCOL_5, payload + 2, count - 2)));
}

static void hear(uint8_t byte)
{
    enum atol3_event three = atol3_decoder_push(&heard.three, byte);
    enum atol5_event five = atol5_decoder_push(&heard.five, byte);
    if (snapshot.protocol != KKT_PROTOCOL_5 && three == ATOL3_EVENT_FRAME)
        hear_3();
    if (snapshot.protocol != KKT_PROTOCOL_3 && five == ATOL5_EVENT_FRAME)
        hear_5();
}

static void drain(void)
{
    uint8_t out[64];
    size_t n;
    while ((n = kkt_session_output(session, out, sizeof out)) > 0)
        for (size_t i = 0; i < n; i++)
            hear(out[i]);
}

/* A good answer to what was asked last, with these data. */
static size_t answer(struct input data, uint8_t wire[RECORD_WIRE_MAX])
{
    static const uint8_t unknown = ATOL3_TASK_UNKNOWN;
    static uint8_t payload[ATOL5_PAYLOAD_MAX];
    if (snapshot.protocol == KKT_PROTOCOL_UNKNOWN) {
        if (probe_3)
            return atol3_frame_encode(heard.id3, &unknown, 1, wire, RECORD_WIRE_MAX);
        memcpy(wire, kkt_probes[0].bytes, 13);
        return 13;
    }
    if (snapshot.protocol == KKT_PROTOCOL_3)
        return atol3_frame_encode(heard.id3, data.at, data.left, wire, RECORD_WIRE_MAX);
    const struct atol5_header header = {0x18, heard.channel5, ATOL5_HOST, ATOL5_TYPE_DATA};
    payload[0] = heard.task5;
    size_t count = data.left < sizeof payload - 1 ? data.left : sizeof payload - 1;
    memcpy(payload + 1, data.at, count);
    return atol5_frame_encode(&header, payload, count + 1, wire, RECORD_WIRE_MAX);
}

static enum kkt_next play(const struct record *record)
{
    static uint8_t wire[RECORD_WIRE_MAX];
    struct input in = record->payload;
    switch (record->kind) {
    case RECORD_TIME:
        now += input_two(&in);
        return kkt_session_tick(session, now);
    case RECORD_LOST:
        return kkt_session_link_lost(session, now);
    case RECORD_ANSWER:
        return kkt_session_input(session, wire, answer(in, wire), ++now);
    default:
        return kkt_session_input(session, wire, record_wire(record, wire), ++now);
    }
}

/* Nothing more comes. */
static void run_out(enum kkt_next next, uint64_t deadline)
{
    for (unsigned ticks = 0; next != KKT_NEXT_DONE; ticks++) {
        REQUIRE(ticks < 10000);
        drain();
        uint64_t wake = kkt_session_wake_at(session);
        REQUIRE(wake <= deadline);
        now = wake > now ? wake : now;
        next = next == KKT_NEXT_RECONNECT ? kkt_session_link_opened(session, now) : kkt_session_tick(session, now);
    }
    drain();
}

static void suspect_all(struct snapshot *seen, struct metric_set *suspects, void *user)
{
    (void)user;
    *suspects = seen->present;
}

static void require_values(void)
{
    bool read = poll_state_was_read(failure_state(&snapshot.failure));
    REQUIRE(read || metric_set_empty(&snapshot.present));
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        if (!snapshot_has(&snapshot, m))
            continue;
        enum metric_type type = metric_row(m)->type;
        if (type == METRIC_TEXT)
            REQUIRE(form_text(m, snapshot_text(&snapshot, m), strlen(snapshot_text(&snapshot, m))));
        else if (type == METRIC_BOOL || type == METRIC_INT)
            REQUIRE(form_number(m, snapshot_int(&snapshot, m)));
    }
}

static void start(uint8_t known, uint8_t flags)
{
    static const enum kkt_protocol protocols[] = {KKT_PROTOCOL_UNKNOWN, KKT_PROTOCOL_3, KKT_PROTOCOL_5};
    struct kkt_ask ask = {.protocol = protocols[known % 3], .deadline_ms = DEADLINE_MS};
    metric_set_add_rate(&ask.wanted, RATE_QUICK);
    metric_set_add_rate(&ask.wanted, RATE_SLOW);
    if (flags & 4)
        metric_set_add_rate(&ask.wanted, RATE_EXTRA);
    ask.suspects = flags & 1 ? suspect_all : NULL;
    probe_3 = (flags & 2) != 0;
    memset(&heard, 0, sizeof heard);
    snapshot_clear(&snapshot);
    now = 0;
    kkt_session_start(session, &ask, &snapshot, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct record record;
    uint8_t known = input_byte(&in), flags = input_byte(&in);
    if (!allowed[0][0].bytes)
        list_allowed();
    session = malloc(kkt_session_size());
    REQUIRE(session != NULL);
    start(known, flags);
    enum kkt_next next = KKT_NEXT_WAIT;
    while (next != KKT_NEXT_DONE && record_next(&in, &record)) {
        drain();
        next = play(&record);
        if (next == KKT_NEXT_RECONNECT)
            next = kkt_session_link_opened(session, now);
    }
    run_out(next, DEADLINE_MS);
    require_values();
    free(session);
    return 0;
}
