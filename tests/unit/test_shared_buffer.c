/* One task buffer, two clients (protocol-3.md §2): the till has queued a task, and a thousand polls of every kind go
 * by. Its task stays; nothing of it is taken for ours. */
#include "kkt_answers.h"

#include "kkt/control.h"

enum { ROOM = 8, TILL_TASK = 7 };

/* How the register answers to a task of ours, besides the right way. */
enum behaviour {
    WELL,
    SILENT_NOW,
    REFUSES,
    IN_PROGRESS,
    STOPPED,
    FULL,
    EXISTS,
    PUSHES,
    FOREIGN,
    DAMAGED,
    SILENT_FOR_EVER,
    BEHAVIOURS
};

static struct buffer {
    bool used[256];
    unsigned aborts, tasks;
    enum behaviour behaviour;
    unsigned period; /* the behaviour strikes each so many tasks */
    struct atol3_decoder decoder;
    struct bytes reply;
} buffer;

static unsigned used_count(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < 256; i++)
        count += buffer.used[i];
    return count;
}

static void say(uint8_t id, const uint8_t *data, size_t count)
{
    size_t n = atol3_frame_encode(id, data, count, buffer.reply.at + buffer.reply.count,
                                  sizeof buffer.reply.at - buffer.reply.count);
    assert_true(n > 0);
    buffer.reply.count += n;
}

static void say_word(uint8_t id, uint8_t word)
{
    say(id, &word, 1);
}

static void add(uint8_t id, uint8_t tid, const uint8_t *task, size_t count)
{
    static const struct play three = {.protocol = KKT_PROTOCOL_3, .answers = answers_3, .otherwise = ABSENT_3};
    bool strikes = ++buffer.tasks % buffer.period == 0;
    enum behaviour behaviour = strikes ? buffer.behaviour : WELL;
    struct bytes answer = hex(play_find(&three, task, count));
    uint8_t data[1024] = {0xA3};
    assert_int_not_equal(tid, TILL_TASK);
    memcpy(data + 1, answer.at, answer.count);
    buffer.used[tid] = behaviour != FULL && behaviour != EXISTS && behaviour != STOPPED;
    switch (behaviour) {
    case SILENT_NOW:
        return;
    case REFUSES:
        say(id, (const uint8_t[]){0xA4, 0x55, 0x7A, 0x00}, 4);
        return;
    case IN_PROGRESS:
        say_word(id, 0xA2);
        return;
    case STOPPED:
        say_word(id, 0xA5);
        return;
    case FULL:
        say_word(id, 0xB1);
        return;
    case EXISTS:
        say_word(id, 0xB2);
        return;
    case PUSHES:
        say_word(id, 0xA1);
        memmove(data + 2, data + 1, answer.count);
        data[0] = 0xA6;
        data[1] = tid;
        say(ATOL3_ID_PUSHED, data, answer.count + 2);
        return;
    case FOREIGN:
        say(ATOL3_ID_PUSHED, (const uint8_t[]){0xA6, TILL_TASK, 0x55, 0x00, 0x99, 0x99, 0x99, 0x99}, 8);
        say(id, data, answer.count + 1);
        return;
    case DAMAGED:
        say(id, data, answer.count + 1);
        buffer.reply.at[buffer.reply.count - 1] ^= 0x01;
        return;
    default:
        say(id, data, answer.count + 1);
    }
}

static void handle(void)
{
    uint8_t id = buffer.decoder.id;
    const uint8_t *data = buffer.decoder.data;
    if (buffer.behaviour == SILENT_FOR_EVER)
        return;
    switch (data[0]) {
    case 0xC1:
        add(id, data[2], data + 5, buffer.decoder.count - 5);
        break;
    case 0xC2:
        say_word(id, buffer.used[data[1]] ? 0xA3 : 0xB3);
        buffer.used[data[1]] = false;
        break;
    case 0xC3:
        say_word(id, buffer.used[data[1]] ? 0xA2 : 0xB3);
        break;
    case 0xC4:
        buffer.aborts++;
        memset(buffer.used, 0, sizeof buffer.used);
        say_word(id, 0xA3);
        break;
    default:
        fail_msg("the poll said %02X", data[0]);
    }
}

static void hear(const uint8_t *bytes, size_t count)
{
    buffer.reply.count = 0;
    for (size_t i = 0; i < count; i++)
        if (atol3_decoder_push(&buffer.decoder, bytes[i]) == ATOL3_EVENT_FRAME)
            handle();
}

static void poll(bool full, enum kkt_protocol known, uint64_t start, uint64_t timeout_ms)
{
    static struct play_session s;
    memset(&s, 0, sizeof s);
    s.now = start;
    s.ask.protocol = known;
    s.ask.deadline_ms = start + timeout_ms;
    if (full)
        play_want_all(&s.ask.wanted);
    else
        metric_set_add_rate(&s.ask.wanted, RATE_QUICK);
    play_start(&s);
    for (unsigned turns = 0; s.next != KKT_NEXT_DONE; turns++) {
        uint8_t bytes[1024];
        assert_true(turns < 10000);
        size_t count = kkt_session_output(s.session, bytes, sizeof bytes);
        if (count > 0) {
            hear(bytes, count);
            s.next = kkt_session_input(s.session, buffer.reply.at, buffer.reply.count, s.now);
            continue;
        }
        uint64_t wake = kkt_session_wake_at(s.session);
        s.now = wake > s.now ? wake : s.now;
        s.next = kkt_session_tick(s.session, s.now);
    }
    uint8_t last[512];
    hear(last, kkt_session_output(s.session, last, sizeof last));
    if (snapshot_has(&s.out, METRIC_shift_number))
        assert_int_not_equal(snapshot_int(&s.out, METRIC_shift_number), 9999);
    play_end(&s);
}

static void a_thousand_polls_leave_the_tills_task(void **state)
{
    (void)state;
    memset(&buffer, 0, sizeof buffer);
    buffer.used[TILL_TASK] = true;
    for (unsigned i = 0; i < 1000; i++) {
        buffer.behaviour = (enum behaviour)(i % BEHAVIOURS);
        buffer.period = 1 + i / BEHAVIOURS % 9;
        bool probing = i / 2 % 2 != 0;
        /* Silent to the first probe, too: only then the vendor's own opening is sent, and it is no ordinary poll. */
        if (buffer.behaviour == SILENT_FOR_EVER)
            probing = false;
        poll(i % 3 == 0, probing ? KKT_PROTOCOL_UNKNOWN : KKT_PROTOCOL_3, i * 977ULL, i % 5 == 0 ? 700 : 15000);
        assert_true(buffer.used[TILL_TASK]);
        assert_true(used_count() <= ROOM);
    }
    assert_int_equal(buffer.aborts, 0);
    assert_true(buffer.tasks > 10000);
}

static void control_leaves_the_tills_task(void **state)
{
    (void)state;
    memset(&buffer, 0, sizeof buffer);
    buffer.used[TILL_TASK] = true;
    buffer.period = 1;
    struct kkt_control *c = malloc(kkt_control_size());
    assert_non_null(c);
    for (unsigned i = 0; i < BEHAVIOURS; i++) {
        buffer.behaviour = (enum behaviour)i;
        struct failure result;
        const struct kkt_control_ask ask = {
            .action = KKT_CONTROL_BEEP, .protocol = KKT_PROTOCOL_3, .deadline_ms = 20000};
        unsigned tasks = buffer.tasks;
        kkt_control_start(c, &ask, &result, 0);
        uint64_t now = 0;
        for (enum kkt_next next = KKT_NEXT_WAIT; next == KKT_NEXT_WAIT;) {
            uint8_t bytes[512];
            size_t count = kkt_control_output(c, bytes, sizeof bytes);
            if (count > 0) {
                hear(bytes, count);
                next = kkt_control_input(c, buffer.reply.at, buffer.reply.count, now);
                continue;
            }
            now = kkt_control_wake_at(c);
            next = kkt_control_tick(c, now);
        }
        assert_true(buffer.tasks <= tasks + 1);
        assert_true(buffer.used[TILL_TASK]);
    }
    assert_int_equal(buffer.aborts, 0);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_polls_leave_the_tills_task),
        cmocka_unit_test(control_leaves_the_tills_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
