#include "link/ports/scan_network.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* One number of an address, moves *at behind it. */
static bool part(const char **at, uint32_t most, char end, uint32_t *value)
{
    size_t digits = strspn(*at, "0123456789");
    int64_t number;
    if (digits == 0 || digits > 3 || !text_decimal(*at, digits, &number) || number > (int64_t)most ||
        (*at)[digits] != end)
        return false;
    *at += digits + (end ? 1 : 0);
    *value = (uint32_t)number;
    return true;
}

bool scan_network_parse(const char *text, uint32_t *first, uint32_t *count)
{
    uint32_t address = 0, value, bits;
    static const char ends[] = {'.', '.', '.', '/'};
    for (unsigned i = 0; i < sizeof ends; i++) {
        if (!part(&text, 255, ends[i], &value))
            return false;
        address = address << 8 | value;
    }
    if (!part(&text, 32, '\0', &bits) || bits < 22)
        return false;
    uint32_t size = 1U << (32 - bits);
    address &= ~(size - 1);
    /* The first and the last address of a network are no hosts. */
    *first = address + (size > 2 ? 1 : 0);
    *count = size > 2 ? size - 2 : size;
    return *count <= SCAN_NETWORK_MAX;
}

/* One host that is tried. */
struct host {
    uv_tcp_t tcp;
    uv_connect_t request;
    struct scan *scan;
    uint32_t address;
};

struct scan {
    struct host *hosts;
    uint32_t count;
    unsigned open; /* handles */
    uint32_t *found;
    unsigned found_count, cap;
    uv_timer_t timer;
};

static void on_closed(uv_handle_t *handle)
{
    struct scan *s = handle->data;
    if (--s->open == 0)
        uv_close((uv_handle_t *)&s->timer, NULL);
}

static void close_host(struct host *h)
{
    if (!uv_is_closing((uv_handle_t *)&h->tcp))
        uv_close((uv_handle_t *)&h->tcp, on_closed);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct host *h = request->data;
    if (status == 0 && h->scan->found_count < h->scan->cap)
        h->scan->found[h->scan->found_count++] = h->address;
    close_host(h);
}

static void on_timer(uv_timer_t *timer)
{
    struct scan *s = timer->data;
    for (uint32_t i = 0; i < s->count; i++)
        close_host(&s->hosts[i]);
}

static bool begin_host(uv_loop_t *loop, struct scan *s, struct host *h, uint32_t address, uint16_t port)
{
    struct sockaddr_in to;
    char text[INET_ADDRSTRLEN + 1];
    scan_network_text(address, text);
    h->scan = s;
    h->address = address;
    h->request.data = h;
    if (uv_ip4_addr(text, port, &to) != 0 || uv_tcp_init(loop, &h->tcp) != 0)
        return false;
    h->tcp.data = s;
    s->open++;
    if (uv_tcp_connect(&h->request, &h->tcp, (const struct sockaddr *)&to, on_connect) != 0)
        close_host(h);
    return true;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

void scan_network_text(uint32_t address, char text[SCAN_NETWORK_TEXT])
{
    struct in_addr in;
    in.s_addr = htonl(address);
    if (uv_inet_ntop(AF_INET, &in, text, SCAN_NETWORK_TEXT) != 0)
        text[0] = '\0';
}

bool scan_network(uint32_t first, uint32_t count, uint16_t port, uint32_t timeout_ms, uint32_t *found, unsigned cap,
                  unsigned *found_count, struct failure *failure)
{
    struct scan s = {.hosts = calloc(count, sizeof *s.hosts), .found = found, .cap = cap};
    uv_loop_t loop;
    *found_count = 0;
    if (!s.hosts || uv_loop_init(&loop) != 0) {
        free(s.hosts);
        return failure_set(failure, ERR_NO_MEMORY, "the hosts of a network");
    }
    (void)uv_timer_init(&loop, &s.timer);
    s.timer.data = &s;
    while (s.count < count && begin_host(&loop, &s, &s.hosts[s.count], first + s.count, port))
        s.count++;
    (void)uv_timer_start(&s.timer, on_timer, timeout_ms, 0);
    if (s.open == 0)
        uv_close((uv_handle_t *)&s.timer, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
    bool all = s.count == count;
    free(s.hosts);
    qsort(found, s.found_count, sizeof *found, by_number);
    *found_count = s.found_count;
    return all || failure_set(failure, ERR_SYSTEM, "too many hosts at once");
}
