#include "kkt/control.h"

#include "kkt/atol3/errors.h"
#include "kkt/atol5/errors.h"
#include "kkt/dialogue.h"

#include <stdio.h>
#include <string.h>

/* How long to wait for an answer before it is asked for; the command itself is sent once only. */
enum { REPLY_TIMEOUT_MS = 2000 };

#define COMMAND_MAX 16

/* How the time goes into a command. */
enum clock { CLOCK_NONE, CLOCK_BCD, CLOCK_DIGITS };

/* One row a command (protocol-3.md §5, protocol-5.md §5). No row: the protocol has no such command that is known. */
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
    struct kkt_dialogue dialogue;
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
    kkt_dialogue_finish(&c->dialogue);
    return KKT_NEXT_DONE;
}

/* "beep (47): why" */
static void report(struct kkt_control *c, enum error_code code, const char *number, struct kkt_words why)
{
    const char *space = number[0] ? " " : "";
    failure_explain(c->result, code, "%s: %s%s%s%.0s", "%s: %s%s%.0s%s", c->command->name, number, space, why.en,
                    why.ru);
}

static const struct kkt_words not_known = {"it is not known whether it was done", "неизвестно, выполнена ли команда"};

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
        char digits[24];
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
        failure_explain(result, ERR_CONTROL_REFUSED, "no such command is known for protocol %d",
                        "для протокола %d такая команда неизвестна", (int)ask->protocol);
    else if (c->command->clock != CLOCK_NONE && !civil_valid(&ask->clock))
        report(c, ERR_CONTROL_REFUSED, "",
               (struct kkt_words){"the time to set does not exist", "указано несуществующее время"});
    if (result->code != ERR_NONE) {
        c->finished = true;
        return;
    }
    uint8_t command[COMMAND_MAX];
    size_t count = build(c, command);
    kkt_dialogue_start(&c->dialogue, ask->protocol, ask->password, REPLY_TIMEOUT_MS, now_ms);
    kkt_dialogue_ask(&c->dialogue, c->command->channel, command, count, KKT_ONCE, now_ms);
}

static enum error_code failure_of(enum kkt_meaning meaning)
{
    switch (meaning) {
    case KKT_PASSWORD:
        return ERR_PASSWORD;
    case KKT_REGISTER_BUSY:
        return ERR_KKT_BUSY;
    default:
        return ERR_CONTROL_REFUSED;
    }
}

static void decode_3(struct kkt_control *c, const uint8_t *answer, size_t count, bool error)
{
    if (count < 2 || answer[0] != 0x55) {
        report(c, ERR_BAD_ANSWER, "", (struct kkt_words){"unreadable", "ответ не разобрать"});
    } else if (answer[1] != 0 || error) {
        char number[8];
        (void)snprintf(number, sizeof number, "%02X", answer[1]);
        report(c, failure_of(atol3_error_meaning(answer[1])), number, atol3_error_text(answer[1]));
    }
}

static void decode_5(struct kkt_control *c, const uint8_t *answer)
{
    enum kkt_meaning meaning = atol5_error_meaning(answer);
    if (meaning != KKT_SUCCESS)
        report(c, failure_of(meaning), "", atol5_error_text(answer));
}

static enum kkt_next answered(struct kkt_control *c)
{
    size_t count;
    bool error;
    const uint8_t *answer = kkt_dialogue_answer(&c->dialogue, &count, &error);
    if (c->ask.protocol == KKT_PROTOCOL_3)
        decode_3(c, answer, count, error);
    else
        decode_5(c, answer);
    return finish(c);
}

static enum kkt_next progress(struct kkt_control *c, enum kkt_progress progress)
{
    switch (progress) {
    case KKT_PROGRESS_WAIT:
        return KKT_NEXT_WAIT;
    case KKT_PROGRESS_ANSWER:
        return answered(c);
    case KKT_PROGRESS_REFUSED:
    case KKT_PROGRESS_FULL:
    case KKT_PROGRESS_STOPPED:
        report(c, ERR_KKT_BUSY, "",
               (struct kkt_words){"its task buffer does not accept it", "буфер заданий её не принимает"});
        break;
    case KKT_PROGRESS_FLOOD:
    case KKT_PROGRESS_FOREIGN:
    case KKT_PROGRESS_TELNET:
        report(c, ERR_BAD_ANSWER, "", not_known);
        break;
    case KKT_PROGRESS_SILENT:
    case KKT_PROGRESS_DAMAGED:
    case KKT_PROGRESS_PENDING:
        report(c, ERR_NO_ANSWER, "", not_known);
        break;
    }
    return finish(c);
}

enum kkt_next kkt_control_input(struct kkt_control *c, const uint8_t *bytes, size_t count, uint64_t now_ms)
{
    for (size_t i = 0; i < count && !c->finished; i++)
        (void)progress(c, kkt_dialogue_push(&c->dialogue, bytes[i], now_ms));
    return kkt_control_tick(c, now_ms);
}

enum kkt_next kkt_control_tick(struct kkt_control *c, uint64_t now_ms)
{
    if (c->finished)
        return KKT_NEXT_DONE;
    if (now_ms < c->ask.deadline_ms)
        return progress(c, kkt_dialogue_tick(&c->dialogue, now_ms));
    report(c, ERR_NO_ANSWER, "", not_known);
    return finish(c);
}

enum kkt_next kkt_control_link_lost(struct kkt_control *c, uint64_t now_ms)
{
    (void)now_ms;
    if (!c->finished)
        report(c, ERR_CONNECTION_LOST, "", not_known);
    c->finished = true;
    return KKT_NEXT_DONE;
}

size_t kkt_control_output(struct kkt_control *c, uint8_t *buf, size_t cap)
{
    return kkt_queue_pop(&c->dialogue.queue, buf, cap);
}

uint64_t kkt_control_wake_at(const struct kkt_control *c)
{
    if (c->finished)
        return 0;
    uint64_t wake = kkt_dialogue_wake_at(&c->dialogue);
    return c->ask.deadline_ms < wake ? c->ask.deadline_ms : wake;
}
