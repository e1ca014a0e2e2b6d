#include "dialogue.h"

static void input3(struct conn *conn, uint8_t byte)
{
    struct atol3_decoder *d = &conn->decoder.atol3;
    switch (atol3_decoder_push(d, byte)) {
    case ATOL3_EVENT_FRAME:
        dialogue3_frame(conn, d->id, d->data, d->count);
        break;
    case ATOL3_EVENT_DAMAGED:
        conn_log(conn, '!', "damaged", NULL, 0);
        break;
    case ATOL3_EVENT_NONE:
        break;
    }
}

static void input5(struct conn *conn, uint8_t byte)
{
    struct atol5_decoder *d = &conn->decoder.atol5;
    switch (atol5_decoder_push(d, byte)) {
    case ATOL5_EVENT_FRAME:
        dialogue5_frame(conn, &d->header, d->payload, d->count);
        break;
    case ATOL5_EVENT_DAMAGED:
        conn_log(conn, '!', "damaged", NULL, 0);
        break;
    case ATOL5_EVENT_NONE:
        break;
    }
}

void dialogue_input(struct conn *conn, const uint8_t *bytes, size_t count)
{
    if (conn->dead || fault_has(conn->faults, FAULT_SILENCE)) {
        conn_log(conn, '>', "ignored", bytes, count);
        return;
    }
    for (size_t i = 0; i < count && !conn->gone; i++)
        (conn->protocol == 3 ? input3 : input5)(conn, bytes[i]);
}
