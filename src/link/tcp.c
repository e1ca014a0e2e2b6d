/* TCP: names are resolved in libuv's thread pool, addresses are tried one after another, each with a share of the
 * time. */
#include "base/system_error.h"
#include "link/backend.h"

#include "link/key.h"
#include "link/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tcp_link;

/* A lookup cannot be stopped once it runs, so it has memory of its own and may outlast its link. */
struct lookup {
    uv_getaddrinfo_t request;
    struct tcp_link *owner; /* NULL: nobody waits any more */
};

struct tcp_link {
    struct link link;
    uv_tcp_t tcp;
    uv_timer_t timer; /* the share of an address, then the draining */
    uv_connect_t connect;
    struct lookup *lookup;
    struct addrinfo *addresses;     /* of the lookup, NULL for a numeric address */
    const struct addrinfo *address; /* of them, the one that is tried; NULL: `numeric` is */
    struct sockaddr_storage numeric;
    uint16_t port;
    char where[160]; /* "10.0.0.15:5555" */
    int error;       /* the most specific one of the addresses that were tried */
    unsigned open_handles;
    unsigned writes_pending;
    bool have_tcp;
    uint8_t buffer[2048];
};

/* A write that the kernel did not take at once. */
struct pending_write {
    uv_write_t request;
    uint8_t bytes[];
};

static unsigned lookups_left;

unsigned link_lookups_pending(void)
{
    return lookups_left;
}

static void connect_next(struct tcp_link *t, int error);

/* What is this computer's fault and not the register's, worst first; then what says most about the register. */
static const struct {
    int error;
    enum error_code code;
} connect_errors[] = {
    {UV_EMFILE,        ERR_LOCAL_SHORTAGE },
    {UV_ENFILE,        ERR_LOCAL_SHORTAGE },
    {UV_ENOBUFS,       ERR_LOCAL_SHORTAGE },
    {UV_ENOMEM,        ERR_LOCAL_SHORTAGE },
    {UV_EADDRNOTAVAIL, ERR_LOCAL_SHORTAGE },
    {UV_EPERM,         ERR_LOCAL_FORBIDDEN},
    {UV_EACCES,        ERR_LOCAL_FORBIDDEN},
    {UV_ECONNREFUSED,  ERR_CONNECT_REFUSED},
    {UV_ETIMEDOUT,     ERR_CONNECT_TIMEOUT},
};

#define CONNECT_ERRORS (sizeof connect_errors / sizeof connect_errors[0])

static unsigned rank_of(int error)
{
    unsigned i = 0;
    while (i < CONNECT_ERRORS && connect_errors[i].error != error)
        i++;
    return i;
}

static void fail_connect(struct tcp_link *t)
{
    unsigned rank = rank_of(t->error);
    enum error_code code = rank < CONNECT_ERRORS ? connect_errors[rank].code : ERR_CONNECT_FAILED;
    if (code == ERR_CONNECT_REFUSED || code == ERR_CONNECT_TIMEOUT)
        link_emit_failed(&t->link, code, "%s", t->where);
    else
        link_emit_system_error(&t->link, code, t->where, t->error);
}

static void fail_stream(struct tcp_link *t, int status)
{
    struct failure failure;
    if (status == UV_EOF)
        failure_explain(&failure, ERR_CONNECTION_LOST, "%s, the other side closed it", "%s, закрыто другой стороной",
                        t->where);
    else
        failure_system(&failure, ERR_CONNECTION_LOST, t->where, status);
    link_emit_failure(&t->link, &failure);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct tcp_link *t = handle->data;
    (void)suggested;
    buf->base = (char *)t->buffer;
    buf->len = sizeof t->buffer;
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct tcp_link *t = stream->data;
    if (count < 0)
        fail_stream(t, (int)count);
    else if (count > 0)
        link_emit_input(&t->link, (const uint8_t *)buf->base, (size_t)count);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct tcp_link *t = request->data;
    if (t->link.closing || uv_is_closing((uv_handle_t *)&t->tcp))
        return;
    /* Accepted and reset before we came to look: it was open. */
    bool reset = status == UV_ECONNRESET;
    if (status == 0)
        status = uv_read_start((uv_stream_t *)&t->tcp, on_alloc, on_read);
    if (status != 0 && !reset) {
        connect_next(t, status);
        return;
    }
    (void)uv_timer_stop(&t->timer);
    /* A request must not wait for the acknowledgement of the one before it. */
    (void)uv_tcp_nodelay(&t->tcp, 1);
    link_emit_opened(&t->link);
    if (reset)
        fail_stream(t, status);
}

static void on_attempt_timeout(uv_timer_t *timer)
{
    connect_next(timer->data, UV_ETIMEDOUT);
}

/* An address that does not answer leaves time for those behind it; the last one has all that is left. */
static void start_share(struct tcp_link *t)
{
    uint64_t now = uv_now(t->link.loop), left = t->link.deadline_ms > now ? t->link.deadline_ms - now : 0;
    unsigned count = 1;
    for (const struct addrinfo *a = t->address; a && a->ai_next; a = a->ai_next)
        count++;
    if (count > 1)
        (void)uv_timer_start(&t->timer, on_attempt_timeout, left / (count + 1), 0);
}

static const struct sockaddr *sockaddr_of(const struct tcp_link *t)
{
    return t->address ? t->address->ai_addr : (const struct sockaddr *)&t->numeric;
}

static void begin_connect(struct link *link)
{
    struct tcp_link *t = (struct tcp_link *)link;
    int status = uv_tcp_init(t->link.loop, &t->tcp);
    if (status == 0) {
        t->tcp.data = t;
        t->have_tcp = true;
        t->connect.data = t;
        start_share(t);
        status = uv_tcp_connect(&t->connect, &t->tcp, sockaddr_of(t), on_connect);
    }
    if (status != 0)
        connect_next(t, status);
}

/* Two names of one register have one turn. */
static void try_address(struct tcp_link *t)
{
    char host[64] = "", key[TURN_KEY_MAX];
    const struct sockaddr *address = sockaddr_of(t);
    if (address->sa_family == AF_INET)
        (void)uv_ip4_name((const struct sockaddr_in *)(const void *)address, host, sizeof host);
    else
        (void)uv_ip6_name((const struct sockaddr_in6 *)(const void *)address, host, sizeof host);
    key_of_host(host, t->port, key);
    link_await_turn(&t->link, key, begin_connect);
}

static void try_next(struct tcp_link *t)
{
    t->address = t->address->ai_next;
    try_address(t);
}

static void on_attempt_closed(uv_handle_t *handle)
{
    struct tcp_link *t = handle->data;
    t->have_tcp = false;
    if (t->link.closing)
        t->link.backend->close(&t->link);
    else
        try_next(t);
}

/* The address did not take us: the next one of the name, or the end. */
static void connect_next(struct tcp_link *t, int error)
{
    (void)uv_timer_stop(&t->timer);
    if (t->error == 0 || rank_of(error) < rank_of(t->error))
        t->error = error;
    if (!t->address || !t->address->ai_next) {
        fail_connect(t);
        return;
    }
    link_release_turn(&t->link);
    if (t->have_tcp)
        uv_close((uv_handle_t *)&t->tcp, on_attempt_closed);
    else
        try_next(t);
}

static void fail_lookup(struct tcp_link *t, int status)
{
    unsigned rank = rank_of(status);
    enum error_code code = rank < CONNECT_ERRORS     ? connect_errors[rank].code
                           : status == UV_EAI_MEMORY ? ERR_LOCAL_SHORTAGE
                                                     : ERR_HOST_UNKNOWN;
    link_emit_system_error(&t->link, code, connect_host(t->link.connect), status);
}

static void on_lookup(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    struct lookup *lookup = request->data;
    struct tcp_link *t = lookup->owner;
    free(lookup);
    lookups_left--;
    if (!t) {
        uv_freeaddrinfo(addresses);
        return;
    }
    t->lookup = NULL;
    t->link.looking_up = false;
    if (status != 0) {
        fail_lookup(t, status);
        return;
    }
    t->addresses = addresses;
    t->address = addresses;
    try_address(t);
}

static void begin_lookup(struct tcp_link *t, const struct connect *c)
{
    char port[8];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    (void)snprintf(port, sizeof port, "%u", (unsigned)c->port);
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup) {
        link_emit_failed(&t->link, ERR_NO_MEMORY, "%s", connect_host(c));
        return;
    }
    lookup->owner = t;
    lookup->request.data = lookup;
    int status = uv_getaddrinfo(t->link.loop, &lookup->request, on_lookup, connect_host(c), port, &hints);
    if (status != 0) {
        free(lookup);
        fail_lookup(t, status);
        return;
    }
    lookups_left++;
    t->lookup = lookup;
    t->link.looking_up = true;
}

static void tcp_start(struct link *link)
{
    struct tcp_link *t = (struct tcp_link *)link;
    const struct connect *c = link->connect;
    const char *host = connect_host(c);
    bool v6 = strchr(host, ':') != NULL;
    (void)snprintf(t->where, sizeof t->where, v6 ? "[%s]:%u" : "%s:%u", host, (unsigned)c->port);
    t->port = c->port;
    (void)uv_timer_init(link->loop, &t->timer);
    t->timer.data = t;
    if (uv_ip4_addr(host, c->port, (struct sockaddr_in *)&t->numeric) == 0 ||
        uv_ip6_addr(host, c->port, (struct sockaddr_in6 *)&t->numeric) == 0)
        try_address(t);
    else
        begin_lookup(t, c);
}

static void close_handles(struct tcp_link *t);

static void on_write(uv_write_t *request, int status)
{
    struct tcp_link *t = request->data;
    free(request);
    t->writes_pending--;
    if (status != 0)
        fail_stream(t, status);
    if (t->link.closing && t->writes_pending == 0)
        close_handles(t);
}

static void tcp_write(struct link *link, const uint8_t *bytes, size_t count)
{
    struct tcp_link *t = (struct tcp_link *)link;
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)count);
    if (t->writes_pending == 0) {
        int written = uv_try_write((uv_stream_t *)&t->tcp, &buf, 1);
        if (written == (int)count)
            return;
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
        /* An error other than "later" comes again from uv_write, and is reported from there. */
    }
    struct pending_write *write = malloc(sizeof *write + count);
    if (!write) {
        /* Without the bytes the dialogue stops; the session's deadline ends it. */
        return;
    }
    memcpy(write->bytes, bytes, count);
    write->request.data = t;
    buf = uv_buf_init((char *)write->bytes, (unsigned)count);
    if (uv_write(&write->request, (uv_stream_t *)&t->tcp, &buf, 1, on_write) != 0) {
        free(write);
        return;
    }
    t->writes_pending++;
}

static void handle_closed(uv_handle_t *handle)
{
    struct tcp_link *t = handle->data;
    if (--t->open_handles > 0)
        return;
    uv_freeaddrinfo(t->addresses);
    link_emit_closed(&t->link);
}

static void close_handles(struct tcp_link *t)
{
    if (uv_is_closing((uv_handle_t *)&t->timer))
        return;
    t->open_handles = t->have_tcp ? 2 : 1;
    uv_close((uv_handle_t *)&t->timer, handle_closed);
    if (t->have_tcp)
        uv_close((uv_handle_t *)&t->tcp, handle_closed);
}

static void on_drain_timeout(uv_timer_t *timer)
{
    close_handles(timer->data);
}

static void tcp_close(struct link *link)
{
    struct tcp_link *t = (struct tcp_link *)link;
    if (t->lookup) {
        t->lookup->owner = NULL;
        (void)uv_cancel((uv_req_t *)&t->lookup->request);
        t->lookup = NULL;
    }
    /* Between two addresses: on_attempt_closed calls again. */
    if (t->have_tcp && uv_is_closing((uv_handle_t *)&t->tcp))
        return;
    if (t->writes_pending == 0 || link->failed)
        close_handles(t);
    else
        (void)uv_timer_start(&t->timer, on_drain_timeout, LINK_DRAIN_MS, 0);
}

const struct link_backend link_tcp = {sizeof(struct tcp_link), tcp_start, tcp_write, tcp_close};
