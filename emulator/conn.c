#include "conn.h"

#include <stdlib.h>
#include <string.h>

/* Something that will be sent later. */
struct pending_send {
    uv_timer_t timer;
    struct conn *conn; /* NULL: the connection is gone, or it has been sent */
    struct pending_send *next;
    bool close_after;
    bool for_ever; /* again and again, each millisecond */
    char name[24];
    size_t count;
    uint8_t bytes[];
};

void conn_log(const struct conn *conn, char direction, const char *name, const uint8_t *bytes, size_t count)
{
    if (!conn->log)
        return;
    uv_timeval64_t now = {0};
    (void)uv_gettimeofday(&now);
    (void)fprintf(conn->log, "%lld.%03d %u %c %s", (long long)now.tv_sec, (int)(now.tv_usec / 1000), conn->number,
                  direction, name);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(conn->log, " %02x", bytes[i]);
    (void)fputc('\n', conn->log);
    (void)fflush(conn->log);
}

void conn_open(struct conn *conn)
{
    conn->pending_sends = NULL;
    conn->gone = false;
    memset(&conn->decoder, 0, sizeof conn->decoder);
    conn_log(conn, '+', "open", NULL, 0);
}

static void pending_send_freed(uv_handle_t *handle)
{
    free(handle->data);
}

void conn_gone(struct conn *conn)
{
    conn_log(conn, '-', "close", NULL, 0);
    conn->gone = true;
    while (conn->pending_sends) {
        struct pending_send *l = conn->pending_sends;
        conn->pending_sends = l->next;
        l->conn = NULL;
        uv_close((uv_handle_t *)&l->timer, pending_send_freed);
    }
}

static void put(struct conn *conn, const char *name, const uint8_t *bytes, size_t count, bool close_after)
{
    if (count > 0) {
        conn_log(conn, '<', name, bytes, count);
        conn->handlers->send(conn, bytes, count);
    }
    if (close_after)
        conn->handlers->close(conn);
}

static void on_pending_send(uv_timer_t *timer)
{
    struct pending_send *l = timer->data;
    struct conn *conn = l->conn;
    if (l->for_ever) {
        put(conn, l->name, l->bytes, l->count, false);
        return;
    }
    for (struct pending_send **at = &conn->pending_sends; *at; at = &(*at)->next)
        if (*at == l) {
            *at = l->next;
            break;
        }
    uv_close((uv_handle_t *)timer, pending_send_freed);
    put(conn, l->name, l->bytes, l->count, l->close_after);
}

static struct pending_send *pending_send_new(struct conn *conn, const char *name, size_t count)
{
    struct pending_send *l = calloc(1, sizeof *l + count);
    if (!l)
        return NULL;
    l->conn = conn;
    l->count = count;
    (void)snprintf(l->name, sizeof l->name, "%s", name);
    (void)uv_timer_init(conn->loop, &l->timer);
    l->timer.data = l;
    l->next = conn->pending_sends;
    conn->pending_sends = l;
    return l;
}

/* The same bytes, many times over, each millisecond until the connection is gone. */
static void flood(struct conn *conn, const char *name, const uint8_t *bytes, size_t count)
{
    enum { TIMES = 100 };
    struct pending_send *l = pending_send_new(conn, name, TIMES * count);
    if (!l)
        return;
    for (size_t i = 0; i < TIMES; i++)
        memcpy(l->bytes + i * count, bytes, count);
    l->for_ever = true;
    (void)uv_timer_start(&l->timer, on_pending_send, 1, 1);
}

static void schedule(struct conn *conn, uint32_t delay_ms, const char *name, const uint8_t *bytes, size_t count,
                     bool close_after)
{
    if (conn->gone)
        return;
    if (delay_ms == 0) {
        put(conn, name, bytes, count, close_after);
        return;
    }
    struct pending_send *l = pending_send_new(conn, name, count);
    if (!l)
        return;
    l->close_after = close_after;
    memcpy(l->bytes, bytes, count);
    (void)uv_timer_start(&l->timer, on_pending_send, delay_ms, 0);
}

/* A byte that differs, and that neither generation gives a meaning of its own. */
static uint8_t other_byte(uint8_t byte)
{
    static const uint8_t special[] = {0x24, 0x26, 0xED, 0xEE, 0xFD, 0xFE};
    for (uint8_t flip = 0x01;; flip = (uint8_t)(flip << 1))
        if (!memchr(special, byte ^ flip, sizeof special))
            return byte ^ flip;
}

/* A good frame of the generation that this register is not. */
static size_t other_frame(const struct conn *conn, uint8_t *out, size_t cap)
{
    if (conn->protocol == 5)
        return atol3_frame_encode(0, (const uint8_t[]){0xA3, 0x55, 0x00, 0x01}, 4, out, cap);
    const struct atol5_header header = {0x18, ATOL5_FISCAL, ATOL5_HOST, ATOL5_TYPE_DATA};
    return atol5_frame_encode(&header,
                              (const uint8_t *)"\0"
                                               "00"
                                               "1;",
                              5, out, cap);
}

void conn_send(struct conn *conn, uint32_t delay_ms, const uint8_t *bytes, size_t count, const struct fault *fault,
               const char *name)
{
    static const uint8_t noise[] = {0x00, 0x55, 0xAA, 0x13, 0x37, 0xFF};
    enum fault_kind kind = fault ? fault->kind : FAULT_NONE;
    uint8_t other[64], damaged[ATOL5_FRAME_ROOM(ATOL5_PAYLOAD_MAX)];
    size_t other_count = kind == FAULT_MIXED || kind == FAULT_OTHER ? other_frame(conn, other, sizeof other) : 0;
    switch (kind) {
    case FAULT_BAD_CRC:
        memcpy(damaged, bytes, count);
        damaged[count - 1] = other_byte(damaged[count - 1]);
        schedule(conn, delay_ms, name, damaged, count, false);
        return;
    case FAULT_GARBAGE:
        schedule(conn, delay_ms, "noise", noise, sizeof noise, false);
        break;
    case FAULT_MIXED:
        schedule(conn, delay_ms, "other", other, other_count, false);
        break;
    case FAULT_OTHER:
        schedule(conn, delay_ms, "other", other, other_count, false);
        return;
    case FAULT_DUPLICATE:
        schedule(conn, delay_ms, name, bytes, count, false);
        break;
    case FAULT_SPLIT:
        for (size_t i = 0; i < count; i++)
            schedule(conn, delay_ms + 2 * (uint32_t)i + 1, name, bytes + i, 1, false);
        return;
    case FAULT_CUT:
        schedule(conn, delay_ms, name, bytes, count / 2, true);
        return;
    case FAULT_CLOSE:
        schedule(conn, delay_ms, name, bytes, 0, true);
        return;
    case FAULT_FLOOD:
        flood(conn, name, bytes, count);
        break;
    case FAULT_DELAY:
        delay_ms += fault->number;
        break;
    default:
        break;
    }
    schedule(conn, delay_ms, name, bytes, count, false);
}
