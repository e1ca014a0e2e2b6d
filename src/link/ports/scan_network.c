#include "link/ports/scan_network.h"

#include "base/process/once.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* One number of an address, moves *at behind it. With a zero in front it would be octal elsewhere. */
static bool part(const char **at, uint32_t most, char end, uint32_t *value)
{
    size_t digits = strspn(*at, "0123456789");
    int64_t number;
    if (digits == 0 || digits > 3 || (digits > 1 && **at == '0') || !text_decimal(*at, digits, &number) ||
        number > (int64_t)most || (*at)[digits] != end)
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
    uint64_t until_ms; /* of the loop's clock */
};

struct scan {
    struct once *once;
    struct host *hosts;
    uint32_t first, count; /* to be tried */
    uint32_t begun, ended; /* hosts before these places were begun, have had their time */
    uint16_t port;
    uint32_t timeout_ms;
    unsigned open;          /* handles */
    bool failed, cancelled; /* one could not be tried; a signal came: no more are begun */
    uint32_t *found;
    unsigned found_count, cap;
    uv_timer_t timer;
};

static void on_closed(uv_handle_t *handle)
{
    ((struct scan *)handle->data)->open--;
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

static bool begin_host(uv_loop_t *loop, struct scan *s)
{
    struct sockaddr_in to;
    char text[SCAN_NETWORK_TEXT];
    struct host *h = &s->hosts[s->begun];
    *h = (struct host){.scan = s, .address = s->first + s->begun, .until_ms = uv_now(loop) + s->timeout_ms};
    scan_network_text(h->address, text);
    h->request.data = h;
    if (uv_ip4_addr(text, s->port, &to) != 0 || uv_tcp_init(loop, &h->tcp) != 0)
        return false;
    h->tcp.data = s;
    s->open++;
    s->begun++;
    if (uv_tcp_connect(&h->request, &h->tcp, (const struct sockaddr *)&to, on_connect) != 0)
        close_host(h);
    return true;
}

static void on_all_closed(uv_handle_t *handle)
{
    once_done(((struct scan *)handle->data)->once);
}

/* One more host; those whose time is over are closed. */
static void on_timer(uv_timer_t *timer)
{
    struct scan *s = timer->data;
    s->failed = s->failed || (s->begun < s->count && !begin_host(timer->loop, s));
    for (; s->ended < s->begun && (s->failed || s->hosts[s->ended].until_ms <= uv_now(timer->loop)); s->ended++)
        close_host(&s->hosts[s->ended]);
    if (s->open == 0 && (s->failed || s->begun == s->count))
        uv_close((uv_handle_t *)timer, on_all_closed);
}

static bool start(uv_loop_t *loop, struct once *once, void *user)
{
    struct scan *s = user;
    s->once = once;
    (void)uv_timer_init(loop, &s->timer);
    s->timer.data = s;
    return uv_timer_start(&s->timer, on_timer, 0, 1000 / SCAN_NETWORK_PER_S) == 0;
}

static void cancel(void *user)
{
    struct scan *s = user;
    s->failed = s->cancelled = true;
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
    struct scan s = {.hosts = calloc(count, sizeof *s.hosts),
                     .first = first,
                     .count = count,
                     .port = port,
                     .timeout_ms = timeout_ms,
                     .found = found,
                     .cap = cap};
    const struct once_task task = {start, cancel, &s};
    *found_count = 0;
    if (!s.hosts)
        return failure_explain(failure, ERR_NO_MEMORY, "the hosts of a network", "узлы сети");
    bool ran = once_run(&task, failure);
    free(s.hosts);
    qsort(found, s.found_count, sizeof *found, by_number);
    *found_count = s.found_count;
    if (s.cancelled)
        return failure_explain(failure, ERR_CONTROL_REFUSED, "the search of the network was stopped",
                               "поиск в сети остановлен");
    return ran && (!s.failed ||
                   failure_explain(failure, ERR_LOCAL_SHORTAGE, "too many hosts at once", "слишком много узлов сразу"));
}
