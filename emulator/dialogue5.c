/* The channels of a platform 5 register (protocol-5.md §2-§4). */
#include "dialogue.h"

#include <stdlib.h>
#include <string.h>

static uint8_t next_id(struct device *device)
{
    device->frame_id = (uint8_t)(device->frame_id < 0x18 || device->frame_id >= 0x1F ? 0x18 : device->frame_id + 1);
    return device->frame_id;
}

static void send_payload(struct conn *conn, uint32_t delay_ms, uint8_t channel, uint8_t type, const uint8_t *payload,
                         size_t count, const struct fault *fault, const char *name)
{
    const struct atol5_header header = {next_id(conn->device), channel, ATOL5_HOST, type};
    uint8_t wire[ATOL5_FRAME_ROOM(ATOL5_PAYLOAD_MAX)];
    size_t length = atol5_frame_encode(&header, payload, count, wire, sizeof wire);
    conn_send(conn, delay_ms, wire, length, fault, name);
}

/* Cuts the answer after `keep` values: "00" and as many texts ended by a `;` that is not escaped. */
static void keep_values(struct answer *a, uint32_t keep)
{
    size_t at = 2;
    while (at < a->count && keep > 0) {
        if (a->bytes[at] == '~')
            at++;
        else if (a->bytes[at] == ';')
            keep--;
        at++;
    }
    if (at < a->count)
        a->count = at;
}

static void apply_fault(const struct fault *fault, struct answer *a)
{
    switch (fault ? fault->kind : FAULT_NONE) {
    case FAULT_BUSY:
        a->count = 0;
        answer_bytes(a, "1a", 2);
        break;
    case FAULT_ERROR:
        a->count = 0;
        answer_bytes(a, fault->text, 2);
        break;
    case FAULT_FEW:
        keep_values(a, fault->number);
        break;
    case FAULT_MANY:
        answer_bytes(a, "99;x~;y;;", 9);
        break;
    case FAULT_BINARY:
        a->count = 0;
        answer_bytes(a, "\0\0", 2);
        break;
    default:
        break;
    }
}

static void control(const uint8_t *data, size_t count, struct answer *a)
{
    a->count = 0;
    answer_bytes(a, "\0\0", 2);
    if (count >= 2 && data[0] == 0xA9 && data[1] == 0xA9)
        answer_bytes(a, "1024", 4);
    else if (count >= 2 && data[0] == 0xA9 && data[1] == 0xAB)
        answer_bytes(a, "0", 1);
    else {
        a->count = 0;
        answer_bytes(a, "\1\0", 2);
    }
}

static void send_answer(struct conn *conn, uint32_t delay_ms, uint8_t channel, const struct last_answer *last,
                        const struct fault *fault, const char *name)
{
    struct answer payload = {0};
    uint8_t type = ATOL5_TYPE_DATA;
    enum fault_kind kind = fault ? fault->kind : FAULT_NONE;
    answer_byte(&payload, kind == FAULT_WRONG_ID ? last->tid + 1u : last->tid);
    if (kind == FAULT_TRANSPORT) {
        type |= 1;
        answer_le(&payload, strtoul(fault->text, NULL, 16), 2);
    } else {
        answer_bytes(&payload, last->answer.bytes, last->answer.count);
    }
    if (kind == FAULT_NOTICE)
        send_payload(conn, delay_ms, ATOL5_CONTROL, ATOL5_TYPE_DATA, (const uint8_t[]){0xFF, 0x00, 0x00}, 3, NULL,
                     "notice");
    send_payload(conn, delay_ms, channel, type, payload.bytes, payload.count, fault, name);
}

static void execute(struct conn *conn, uint8_t channel, uint8_t tid, const uint8_t *data, size_t count,
                    struct last_answer *last, const char *name)
{
    const struct fault *fault = fault_match(conn->faults, name);
    if (fault && fault->kind == FAULT_LOST_REQUEST)
        return;
    last->used = true;
    last->tid = tid;
    if (channel == ATOL5_CONTROL)
        control(data, count, &last->answer);
    else
        requests5_answer(&conn->device->kkt, channel, data, count, &last->answer);
    apply_fault(fault, &last->answer);
    if (!fault || fault->kind != FAULT_LOST_ANSWER)
        send_answer(conn, conn->latency_ms, channel, last, fault, name);
}

void dialogue5_frame(struct conn *conn, const struct atol5_header *header, const uint8_t *payload, size_t count)
{
    uint8_t wire[ATOL5_FRAME_ROOM(ATOL5_PAYLOAD_MAX)];
    size_t length = atol5_frame_encode(header, payload, count, wire, sizeof wire);
    char name[24] = "unknown";
    uint8_t channel = header->destination;
    if (channel == ATOL5_ECHO)
        (void)snprintf(name, sizeof name, "echo");
    else if (channel == ATOL5_TUNNEL)
        (void)snprintf(name, sizeof name, "tunnel");
    else if (channel == ATOL5_CONTROL)
        (void)snprintf(name, sizeof name, "control");
    else if (count >= 2 && payload[1] == ATOL5_LAST_RESULT)
        (void)snprintf(name, sizeof name, "last");
    else if (count > 2 && (channel == ATOL5_FISCAL || channel == ATOL5_SYSTEM))
        requests5_name(channel, payload + 2, count - 2, name, sizeof name);
    conn_log(conn, '>', name, wire, length);
    if (channel == ATOL5_ECHO) {
        conn_send(conn, 0, wire, length, NULL, name);
        return;
    }
    if (count < 2 || (channel != ATOL5_CONTROL && channel != ATOL5_FISCAL && channel != ATOL5_SYSTEM))
        return;
    unsigned index = channel == ATOL5_CONTROL ? 0 : channel == ATOL5_FISCAL ? 1 : 2;
    struct last_answer *last = &conn->device->last[index];
    if (payload[1] == ATOL5_EXECUTE)
        execute(conn, channel, payload[0], payload + 2, count - 2, last, name);
    else if (payload[1] == ATOL5_LAST_RESULT && last->used)
        send_answer(conn, 0, channel, last, NULL, name);
}
