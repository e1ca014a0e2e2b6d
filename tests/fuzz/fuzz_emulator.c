/* The emulator's input: whatever a client sends, to a register with or without a fault. A register without one answers
 * in good frames.
 *
 * The first byte chooses the generation and the buffer, the second the fault; then come records (records.h). */
#include "records.h"

#include "emulator/conn.h"
#include "emulator/dialogue.h"

static uv_loop_t loop;
static struct state states[2];
static struct device device;
static struct atol3_decoder three;
static struct atol5_decoder five;
static bool faulty;

static const char *const specs[] = {
    "late:0",  "pending:0", "progress:0", "lost-request", "lost-answer", "bad-crc",   "empty",  "wrong-id",
    "garbage", "split",     "cut",        "close",        "busy",        "error:8C",  "no-fn",  "delay:1",
    "full",    "foreign",   "flood",      "stopped",      "exists",      "duplicate", "mixed",  "other",
    "few:2",   "many",      "notice",     "binary",       "silence",     "few:0",     "few:40", "transport:03",
};

/* What a register without a fault says is good. */
static void sent(struct conn *conn, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count && !faulty; i++)
        REQUIRE(conn->protocol == 3 ? atol3_decoder_push(&three, bytes[i]) != ATOL3_EVENT_DAMAGED
                                    : atol5_decoder_push(&five, bytes[i]) != ATOL5_EVENT_DAMAGED);
}

static void closed(struct conn *conn)
{
    conn->gone = true;
}

static const struct conn_handlers handlers = {sent, closed};

static void prepare(void)
{
    char problem[200];
    REQUIRE(uv_loop_init(&loop) == 0);
    REQUIRE(state_from_json(&states[0], state_default(3), problem, sizeof problem));
    REQUIRE(state_from_json(&states[1], state_default(5), problem, sizeof problem));
}

static void open_again(struct conn *conn)
{
    memset(&three, 0, sizeof three);
    memset(&five, 0, sizeof five);
    conn_open(conn);
}

static void play(struct conn *conn, const struct record *record)
{
    static uint8_t wire[RECORD_WIRE_MAX];
    if (record->kind == RECORD_LOST || conn->gone) {
        conn_gone(conn);
        open_again(conn);
    }
    if (record->kind != RECORD_LOST && record->kind != RECORD_TIME)
        dialogue_input(conn, wire, record_wire(record, wire));
    (void)uv_run(&loop, UV_RUN_NOWAIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool prepared;
    static struct faults faults;
    struct input in = {data, size};
    struct record record;
    char problem[200];
    if (!prepared)
        prepare();
    prepared = true;
    uint8_t how = input_byte(&in), which = input_byte(&in);
    memset(&faults, 0, sizeof faults);
    memset(&device, 0, sizeof device);
    struct conn conn = {.loop = &loop, .handlers = &handlers, .device = &device, .faults = &faults};
    conn.protocol = how & 1 ? 5 : 3;
    conn.strict = (how & 2) != 0;
    device.kkt.state = &states[how & 1];
    faulty = which < sizeof specs / sizeof specs[0];
    if (faulty)
        REQUIRE(fault_add(&faults, specs[which], problem, sizeof problem));
    open_again(&conn);
    while (record_next(&in, &record))
        play(&conn, &record);
    conn_gone(&conn);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    return 0;
}
