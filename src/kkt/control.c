#include "kkt/control.h"

#include "kkt/atol3/errors.h"
#include "kkt/atol3/frame.h"
#include "kkt/atol5/errors.h"
#include "kkt/atol5/frame.h"
#include "kkt/queue.h"

#include <stdio.h>
#include <string.h>

#define COMMAND_MAX 24

/* How long to wait for the answer, and for how many times to ask for it. The command itself is sent once only. */
enum { SILENCE_MS = 2000, SILENCES_MAX = 3, PENDING_MS = 200 };

/* Dialogue of protocol 3 (protocol-3.md §2). */
enum { ADD = 0xC1, ACK = 0xC2, REQ = 0xC3, ABORT = 0xC4, FLAG_RESULT = 0x01 };
enum { PENDING = 0xA1, IN_PROGRESS, RESULT, TASK_ERROR, STOPPED, PUSHED_RESULT, PUSHED_ERROR, WAITING };

/* Dialogue of platform 5 (protocol-5.md §3). */
enum { OP_EXECUTE = 0x40, OP_LAST_RESULT = 0x42 };

/* How the time goes into a command. */
enum clock { CLOCK_NONE, CLOCK_BCD, CLOCK_DIGITS };

/* One row a command (protocol-3.md §4, protocol-5.md §5). No row: the protocol has no such command that is known. */
static const struct command {
    enum kkt_protocol protocol;
    enum kkt_control_action action;
    const char *name;
    uint8_t channel; /* platform 5 */
    enum clock clock;
    uint8_t count;
    uint8_t bytes[12];
} commands[] = {
    {KKT_PROTOCOL_3, KKT_CONTROL_REBOOT,    "reboot (CE 41)", 0,            CLOCK_NONE,   2,  {0xCE, 0x41}},
    {KKT_PROTOCOL_3, KKT_CONTROL_BEEP,      "beep (47)",      0,            CLOCK_NONE,   1,  {0x47}      },
    {KKT_PROTOCOL_3, KKT_CONTROL_SET_CLOCK, "set-clock (ED)", 0,            CLOCK_BCD,    1,  {0xED}      },
    {KKT_PROTOCOL_5, KKT_CONTROL_REBOOT,    "reboot (+!)",    ATOL5_SYSTEM, CLOCK_NONE,   2,  {'+', '!'}  },
    {KKT_PROTOCOL_5, KKT_CONTROL_BEEP,      "beep (q3)",      ATOL5_FISCAL, CLOCK_NONE,   10, "q3440;100;"},
    {KKT_PROTOCOL_5, KKT_CONTROL_SET_CLOCK, "set-clock (A2)", ATOL5_FISCAL, CLOCK_DIGITS, 2,  "A2"        },
};

struct kkt_control {
    struct kkt_control_ask ask;
    struct failure *result;
    const struct command *command;
    bool finished;
    uint8_t frame_id; /* protocol 3: of the frame that waits for an answer */
    uint8_t task;     /* id of the task */
    uint8_t silences;
    uint64_t wake_ms;
    struct kkt_queue queue;
    struct atol3_decoder three;
    struct atol5_decoder five;
};

size_t kkt_control_size(void)
{
    return sizeof(struct kkt_control);
}

bool kkt_control_list(enum kkt_protocol protocol, unsigned index, const uint8_t **bytes, size_t *count)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (commands[i].protocol == protocol && index-- == 0) {
            *bytes = commands[i].bytes;
            *count = commands[i].count;
            return true;
        }
    return false;
}

static enum kkt_next finish(struct kkt_control *c)
{
    c->finished = true;
    return KKT_NEXT_DONE;
}

static uint8_t bcd(int value)
{
    return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

/* The command and its time; returns the length. */
static size_t build(const struct kkt_control *c, uint8_t *out)
{
    const struct civil *t = &c->ask.clock;
    memcpy(out, c->command->bytes, c->command->count);
    if (c->command->clock == CLOCK_NONE)
        return c->command->count;
    if (c->command->clock == CLOCK_DIGITS) {
        char digits[COMMAND_MAX];
        int n = snprintf(digits, sizeof digits, "%02u%02u%02u%02u%02u%02u;", (unsigned)t->day % 100,
                         (unsigned)t->month % 100, (unsigned)t->year % 100, (unsigned)t->hour % 100,
                         (unsigned)t->minute % 100, (unsigned)t->second % 100);
        memcpy(out + c->command->count, digits, (size_t)n);
        return c->command->count + (size_t)n;
    }
    const uint8_t time[] = {bcd(t->day),  bcd(t->month),  bcd(t->year % 100),
                            bcd(t->hour), bcd(t->minute), bcd(t->second)};
    memcpy(out + c->command->count, time, sizeof time);
    return c->command->count + sizeof time;
}

static void put_3(struct kkt_control *c, const uint8_t *data, size_t count)
{
    uint8_t frame[ATOL3_FRAME_ROOM(5 + COMMAND_MAX)];
    c->frame_id++;
    (void)kkt_queue_put(&c->queue, frame, atol3_frame_encode(c->frame_id, data, count, frame, sizeof frame));
}

static void put_5(struct kkt_control *c, uint8_t frame_id, const uint8_t *payload, size_t count)
{
    const struct atol5_header header = {frame_id, ATOL5_HOST, c->command->channel, ATOL5_TYPE_DATA};
    uint8_t frame[ATOL5_FRAME_ROOM(2 + COMMAND_MAX)];
    (void)kkt_queue_put(&c->queue, frame, atol5_frame_encode(&header, payload, count, frame, sizeof frame));
}

static void send_command(struct kkt_control *c)
{
    uint8_t data[5 + COMMAND_MAX];
    if (c->ask.protocol == KKT_PROTOCOL_3) {
        put_3(c, (const uint8_t[]){ABORT}, 1);
        const uint8_t head[] = {ADD, FLAG_RESULT, c->task, c->ask.password[0], c->ask.password[1]};
        memcpy(data, head, sizeof head);
        put_3(c, data, sizeof head + build(c, data + sizeof head));
    } else {
        data[0] = c->task;
        data[1] = OP_EXECUTE;
        put_5(c, 0x20, data, 2 + build(c, data + 2));
    }
}

void kkt_control_start(struct kkt_control *c, const struct kkt_control_ask *ask, struct failure *result,
                       uint64_t now_ms)
{
    memset(c, 0, sizeof *c);
    c->ask = *ask;
    c->result = result;
    failure_clear(result);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (commands[i].protocol == ask->protocol && commands[i].action == ask->action)
            c->command = &commands[i];
    if (!c->command)
        failure_set(result, ERR_CONTROL_REFUSED, "no such command is known for protocol %d", (int)ask->protocol);
    else if (c->command->clock != CLOCK_NONE && !civil_valid(&ask->clock))
        failure_set(result, ERR_CONTROL_REFUSED, "%s: the time to set is no time", c->command->name);
    if (result->code != ERR_NONE) {
        (void)finish(c);
        return;
    }
    c->task = (uint8_t)(now_ms % 0xDD);
    c->frame_id = (uint8_t)(now_ms % 0xA0);
    c->wake_ms = now_ms + SILENCE_MS;
    send_command(c);
}

static enum kkt_next accept_3(struct kkt_control *c, const uint8_t *answer, size_t count, bool error)
{
    put_3(c, (const uint8_t[]){ACK, c->task}, 2);
    if (count < 2 || answer[0] != 0x55) {
        failure_set(c->result, ERR_BAD_ANSWER, "%s: unreadable", c->command->name);
        return finish(c);
    }
    if (answer[1] != 0 || error) {
        enum error_code code = answer[1] == 0x8C || answer[1] == 0xA4 ? ERR_PASSWORD
                               : answer[1] == 0x76                    ? ERR_KKT_BUSY
                                                                      : ERR_CONTROL_REFUSED;
        failure_set(c->result, code, "%s: %02X %s", c->command->name, answer[1], atol3_error_text(answer[1]));
    }
    return finish(c);
}

static enum kkt_next frame_3(struct kkt_control *c, uint64_t now_ms)
{
    const uint8_t *data = c->three.data;
    size_t count = c->three.count;
    if (count >= 2 && c->three.id == ATOL3_ID_PUSHED && data[1] == c->task &&
        (data[0] == PUSHED_RESULT || data[0] == PUSHED_ERROR))
        return accept_3(c, data + 2, count - 2, data[0] == PUSHED_ERROR);
    if (count == 0 || c->three.id != c->frame_id)
        return KKT_NEXT_WAIT;
    switch (data[0]) {
    case RESULT:
    case TASK_ERROR:
        return accept_3(c, data + 1, count - 1, data[0] == TASK_ERROR);
    case PENDING:
    case IN_PROGRESS:
    case WAITING:
        c->wake_ms = now_ms + PENDING_MS;
        c->silences = 0;
        return KKT_NEXT_WAIT;
    default:
        failure_set(c->result, ERR_KKT_BUSY, "%s: it does not take the task (%02X)", c->command->name, data[0]);
        return finish(c);
    }
}

static enum kkt_next frame_5(struct kkt_control *c)
{
    const uint8_t *payload = c->five.payload;
    if (c->five.header.source != c->command->channel || (c->five.header.type & 0x03) || c->five.count < 3 ||
        payload[0] != c->task)
        return KKT_NEXT_WAIT;
    const uint8_t *code = payload + 1;
    enum atol5_meaning meaning = atol5_error_meaning(code);
    if (meaning != ATOL5_SUCCESS)
        failure_set(c->result, meaning == ATOL5_BUSY ? ERR_KKT_BUSY : ERR_CONTROL_REFUSED, "%s: %s", c->command->name,
                    atol5_error_text(code));
    return finish(c);
}

static enum kkt_next push(struct kkt_control *c, uint8_t byte, uint64_t now_ms)
{
    if (c->ask.protocol == KKT_PROTOCOL_3)
        return atol3_decoder_push(&c->three, byte) == ATOL3_EVENT_FRAME ? frame_3(c, now_ms) : KKT_NEXT_WAIT;
    return atol5_decoder_push(&c->five, byte) == ATOL5_EVENT_FRAME ? frame_5(c) : KKT_NEXT_WAIT;
}

enum kkt_next kkt_control_input(struct kkt_control *c, const uint8_t *bytes, size_t count, uint64_t now_ms)
{
    for (size_t i = 0; i < count && !c->finished; i++)
        (void)push(c, bytes[i], now_ms);
    return kkt_control_tick(c, now_ms);
}

enum kkt_next kkt_control_tick(struct kkt_control *c, uint64_t now_ms)
{
    if (c->finished)
        return KKT_NEXT_DONE;
    if (now_ms >= c->ask.deadline_ms || (now_ms >= c->wake_ms && c->silences >= SILENCES_MAX)) {
        failure_set(c->result, ERR_NO_ANSWER, "%s: it is not known whether it was done", c->command->name);
        return finish(c);
    }
    if (now_ms < c->wake_ms)
        return KKT_NEXT_WAIT;
    /* Asks for the answer once more; the command is not repeated. */
    c->silences++;
    c->wake_ms = now_ms + SILENCE_MS;
    if (c->ask.protocol == KKT_PROTOCOL_3)
        put_3(c, (const uint8_t[]){REQ, c->task}, 2);
    else
        put_5(c, (uint8_t)(0x20 + c->silences), (const uint8_t[]){(uint8_t)(c->task + c->silences), OP_LAST_RESULT}, 2);
    return KKT_NEXT_WAIT;
}

enum kkt_next kkt_control_link_lost(struct kkt_control *c, uint64_t now_ms)
{
    (void)now_ms;
    if (!c->finished)
        failure_set(c->result, ERR_CONNECTION_LOST, "%s: it is not known whether it was done", c->command->name);
    return finish(c);
}

size_t kkt_control_output(struct kkt_control *c, uint8_t *buf, size_t cap)
{
    return kkt_queue_pop(&c->queue, buf, cap);
}

uint64_t kkt_control_wake_at(const struct kkt_control *c)
{
    if (c->finished)
        return 0;
    return c->ask.deadline_ms < c->wake_ms ? c->ask.deadline_ms : c->wake_ms;
}
