#include "records.h"

#define RECORDS_MAX 512

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* The input taken apart; payloads point into `copy`. */
static struct record records[RECORDS_MAX];
static unsigned count;
static uint8_t copy[1 << 20], scratch[1 << 16];

static uint32_t state;

static uint32_t next_random(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static void take_apart(const uint8_t *data, size_t size)
{
    struct input in = {copy, size < sizeof copy ? size : sizeof copy};
    memcpy(copy, data, in.left);
    (void)input_part(&in, RECORDS_HEAD);
    count = 0;
    while (count < RECORDS_MAX && record_next(&in, &records[count]))
        count++;
}

static size_t put_together(uint8_t *data, size_t max_size)
{
    size_t used = RECORDS_HEAD;
    for (unsigned i = 0; i < count; i++) {
        const struct record *r = &records[i];
        size_t length = r->payload.left < UINT16_MAX ? r->payload.left : UINT16_MAX;
        if (used + 3 + length > max_size)
            break;
        data[used++] = (uint8_t)r->kind;
        data[used++] = (uint8_t)length;
        data[used++] = (uint8_t)(length >> 8);
        memcpy(data + used, r->payload.at, length);
        used += length;
    }
    return used;
}

static void insert(unsigned at, struct record record)
{
    if (count == RECORDS_MAX)
        return;
    memmove(records + at + 1, records + at, (count - at) * sizeof *records);
    records[at] = record;
    count++;
}

static void delete (unsigned at)
{
    memmove(records + at, records + at + 1, (count - at - 1) * sizeof *records);
    count--;
}

static void mutate_payload(struct record *r)
{
    size_t length = r->payload.left < sizeof scratch / 2 ? r->payload.left : sizeof scratch / 2;
    memcpy(scratch, r->payload.at, length);
    size_t room = length + 64 < sizeof scratch ? length + 64 : sizeof scratch;
    r->payload = (struct input){scratch, LLVMFuzzerMutate(scratch, length, room)};
}

/* Bytes that are one good frame become a record of their data, whose checksum and escapes are made anew whatever
 * becomes of them. */
static void open_frame(struct record *r)
{
    static struct atol3_decoder three;
    static struct atol5_decoder five;
    memset(&three, 0, sizeof three);
    memset(&five, 0, sizeof five);
    for (size_t i = 0; i < r->payload.left; i++) {
        if (atol3_decoder_push(&three, r->payload.at[i]) == ATOL3_EVENT_FRAME) {
            scratch[0] = three.id;
            memcpy(scratch + 1, three.data, three.count);
            *r = (struct record){
                RECORD_FRAME3, {scratch, 1 + three.count}
            };
            return;
        }
        if (atol5_decoder_push(&five, r->payload.at[i]) == ATOL5_EVENT_FRAME) {
            memcpy(scratch, &five.header, 4);
            memcpy(scratch + 4, five.payload, five.count);
            *r = (struct record){
                RECORD_FRAME5, {scratch, 4 + five.count}
            };
            return;
        }
    }
}

/* A frame as it is on the wire, to be damaged there. */
static void close_frame(struct record *r)
{
    size_t length = record_wire(r, scratch);
    *r = (struct record){
        RECORD_BYTES, {scratch, length}
    };
}

static void mutate_records(void)
{
    unsigned at = next_random(count), other = next_random(count);
    struct record kept = records[other];
    switch (next_random(10)) {
    case 0:
        insert(at, kept);
        break;
    case 1:
        delete (at);
        break;
    case 2:
        records[other] = records[at];
        records[at] = kept;
        break;
    case 3:
        records[at].kind = (enum record_kind)next_random(RECORD_KINDS);
        break;
    case 4:
        open_frame(&records[at]);
        break;
    case 5:
        close_frame(&records[at]);
        break;
    default:
        mutate_payload(&records[at]);
        break;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    state = seed | 1U;
    if (max_size < RECORDS_HEAD + 3)
        return size;
    take_apart(data, size);
    if (size < RECORDS_HEAD || count == 0 || next_random(16) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    if (next_random(16) == 0)
        (void)LLVMFuzzerMutate(data, RECORDS_HEAD, RECORDS_HEAD);
    mutate_records();
    return put_together(data, max_size);
}
