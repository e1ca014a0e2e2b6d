#include "kkt/dialogue.h"

static bool is_protocol_3(const struct kkt_dialogue *d)
{
    return d->protocol == KKT_PROTOCOL_3;
}

/* Counts a byte and what it ended; WAIT while there are not too many. */
static enum kkt_progress count(struct kkt_dialogue *d, enum kkt_detected detected)
{
    d->bytes++;
    d->frames += detected == KKT_DETECTED_FRAME_3 || detected == KKT_DETECTED_FRAME_5;
    d->damaged += detected == KKT_DETECTED_DAMAGED;
    if (detected == KKT_DETECTED_TELNET)
        return KKT_PROGRESS_TELNET;
    uint32_t bytes_max = d->protocol == KKT_PROTOCOL_UNKNOWN ? KKT_PROBE_BYTES_MAX : KKT_BYTES_MAX;
    bool flood = d->bytes > bytes_max || d->frames > KKT_FRAMES_MAX || d->damaged > KKT_DAMAGED_MAX;
    return flood ? KKT_PROGRESS_FLOOD : KKT_PROGRESS_WAIT;
}

enum kkt_progress kkt_dialogue_probe(struct kkt_dialogue *d, uint8_t byte, enum kkt_protocol *found)
{
    enum kkt_detected detected = kkt_detector_push(&d->detector, KKT_PROTOCOL_UNKNOWN, byte);
    enum kkt_progress progress = count(d, detected);
    if (progress != KKT_PROGRESS_WAIT || detected == KKT_DETECTED_NOTHING)
        return progress;
    if (detected == KKT_DETECTED_DAMAGED)
        return KKT_PROGRESS_DAMAGED;
    *found = detected == KKT_DETECTED_FRAME_3 ? KKT_PROTOCOL_3 : KKT_PROTOCOL_5;
    return KKT_PROGRESS_ANSWER;
}

void kkt_dialogue_start(struct kkt_dialogue *d, enum kkt_protocol protocol, const uint8_t password[2],
                        uint32_t reply_timeout_ms, uint64_t now_ms)
{
    d->protocol = protocol;
    atol3_dialogue_start(&d->three, password, reply_timeout_ms, now_ms);
    atol5_dialogue_start(&d->five, reply_timeout_ms, now_ms);
}

void kkt_dialogue_ask(struct kkt_dialogue *d, uint8_t channel, const uint8_t *command, size_t length,
                      enum kkt_delivery delivery, uint64_t now_ms)
{
    if (is_protocol_3(d))
        atol3_dialogue_ask(&d->three, &d->queue, command, length, delivery, now_ms);
    else
        atol5_dialogue_ask(&d->five, &d->queue, channel, command, length, delivery, now_ms);
}

void kkt_dialogue_repeat(struct kkt_dialogue *d, uint32_t pause_ms, uint64_t now_ms)
{
    if (is_protocol_3(d))
        atol3_dialogue_repeat(&d->three, pause_ms, now_ms);
    else
        atol5_dialogue_repeat(&d->five, pause_ms, now_ms);
}

void kkt_dialogue_hurry(struct kkt_dialogue *d)
{
    if (is_protocol_3(d))
        atol3_dialogue_hurry(&d->three);
    else
        atol5_dialogue_hurry(&d->five);
}

void kkt_dialogue_abandon(struct kkt_dialogue *d)
{
    if (is_protocol_3(d))
        atol3_dialogue_abandon(&d->three);
    else
        atol5_dialogue_abandon(&d->five);
}

enum kkt_progress kkt_dialogue_push(struct kkt_dialogue *d, uint8_t byte, uint64_t now_ms)
{
    enum kkt_detected detected = kkt_detector_push(&d->detector, d->protocol, byte);
    enum kkt_progress progress = count(d, detected);
    if (progress != KKT_PROGRESS_WAIT)
        return progress;
    const struct atol3_decoder *three = &d->detector.three;
    const struct atol5_decoder *five = &d->detector.five;
    switch (detected) {
    case KKT_DETECTED_FRAME_3:
        return is_protocol_3(d)
                   ? atol3_dialogue_frame(&d->three, &d->queue, three->id, three->data, three->count, now_ms)
                   : KKT_PROGRESS_FOREIGN;
    case KKT_DETECTED_FRAME_5:
        return is_protocol_3(d)
                   ? KKT_PROGRESS_FOREIGN
                   : atol5_dialogue_frame(&d->five, &d->queue, &five->header, five->payload, five->count, now_ms);
    case KKT_DETECTED_DAMAGED:
        return is_protocol_3(d) ? atol3_dialogue_damaged(&d->three, &d->queue, now_ms)
                                : atol5_dialogue_damaged(&d->five, &d->queue, now_ms);
    case KKT_DETECTED_NOTHING:
    case KKT_DETECTED_TELNET:
        break;
    }
    return KKT_PROGRESS_WAIT;
}

enum kkt_progress kkt_dialogue_tick(struct kkt_dialogue *d, uint64_t now_ms)
{
    return is_protocol_3(d) ? atol3_dialogue_tick(&d->three, &d->queue, now_ms)
                            : atol5_dialogue_tick(&d->five, &d->queue, now_ms);
}

void kkt_dialogue_reopened(struct kkt_dialogue *d, uint64_t now_ms)
{
    d->queue.count = 0;
    kkt_detector_reset(&d->detector);
    if (is_protocol_3(d))
        atol3_dialogue_reopened(&d->three, &d->queue, now_ms);
    else if (d->protocol == KKT_PROTOCOL_5)
        atol5_dialogue_reopened(&d->five, &d->queue, now_ms);
}

void kkt_dialogue_finish(struct kkt_dialogue *d)
{
    if (is_protocol_3(d))
        atol3_dialogue_finish(&d->three, &d->queue);
}

const uint8_t *kkt_dialogue_answer(const struct kkt_dialogue *d, size_t *length, bool *error)
{
    *length = is_protocol_3(d) ? d->three.answer_count : d->five.answer_count;
    *error = is_protocol_3(d) && d->three.answer_error;
    return is_protocol_3(d) ? d->three.answer : d->five.answer;
}

enum kkt_progress kkt_dialogue_held_by(const struct kkt_dialogue *d)
{
    return is_protocol_3(d) && d->three.active ? d->three.held_by : KKT_PROGRESS_WAIT;
}

uint32_t kkt_dialogue_retries(const struct kkt_dialogue *d)
{
    return d->three.retries + d->five.retries;
}

uint64_t kkt_dialogue_wake_at(const struct kkt_dialogue *d)
{
    return is_protocol_3(d) ? d->three.wake_ms : d->protocol == KKT_PROTOCOL_5 ? d->five.wake_ms : UINT64_MAX;
}
