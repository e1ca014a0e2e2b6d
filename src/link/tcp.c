/* TCP: names are resolved in libuv's thread pool, addresses are tried one after another. */
#include "link/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tcp_link;

/* A lookup cannot be stopped once it runs, so it lives apart and may outlast its link. */
struct lookup {
    uv_getaddrinfo_t request;
    struct tcp_link *owner; /* NULL: nobody waits any more */
};

struct tcp_link {
    struct link link;
    uv_tcp_t tcp;
    uv_timer_t drain;
    uv_connect_t connect;
    struct lookup *lookup;
    struct addrinfo *addresses; /* of the lookup, NULL for a numeric address */
    const struct addrinfo *next;
    struct sockaddr_storage numeric;
    char where[160]; /* "10.0.0.15:5555" */
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

static void connect_next(struct tcp_link *t, int last_error);

static void fail_connect(struct tcp_link *t, int status)
{
    enum error_code code = status == UV_ECONNREFUSED ? ERR_CONNECT_REFUSED
                           : status == UV_ETIMEDOUT  ? ERR_CONNECT_TIMEOUT
                                                     : ERR_CONNECT_FAILED;
    if (code == ERR_CONNECT_FAILED)
        link_emit_failed(&t->link, code, "%s: %s", t->where, uv_strerror(status));
    else
        link_emit_failed(&t->link, code, "%s", t->where);
}

static void fail_stream(struct tcp_link *t, int status)
{
    link_emit_failed(&t->link, ERR_CONNECTION_LOST, "%s: %s", t->where,
                     status == UV_EOF ? "the register closed it" : uv_strerror(status));
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
    if (t->link.closing)
        return;
    if (status == 0)
        status = uv_read_start((uv_stream_t *)&t->tcp, on_alloc, on_read);
    if (status != 0) {
        connect_next(t, status);
        return;
    }
    /* A request must not wait for the acknowledgement of the one before it. */
    (void)uv_tcp_nodelay(&t->tcp, 1);
    link_emit_opened(&t->link);
}

static int begin_connect(struct tcp_link *t, const struct sockaddr *address)
{
    int status = uv_tcp_init(t->link.loop, &t->tcp);
    if (status != 0)
        return status;
    t->tcp.data = t;
    t->have_tcp = true;
    t->connect.data = t;
    return uv_tcp_connect(&t->connect, &t->tcp, address, on_connect);
}

static void tried_closed(uv_handle_t *handle)
{
    struct tcp_link *t = handle->data;
    t->have_tcp = false;
    if (t->link.closing) {
        t->link.backend->close(&t->link);
        return;
    }
    const struct addrinfo *address = t->next;
    t->next = address->ai_next;
    int status = begin_connect(t, address->ai_addr);
    if (status != 0)
        connect_next(t, status);
}

/* The address did not take us: the next one of the name, or the end. */
static void connect_next(struct tcp_link *t, int last_error)
{
    if (!t->next)
        fail_connect(t, last_error);
    else
        uv_close((uv_handle_t *)&t->tcp, tried_closed);
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
        link_emit_failed(&t->link, ERR_HOST_UNKNOWN, "%s: %s", t->link.connect->host, uv_strerror(status));
        return;
    }
    t->addresses = addresses;
    t->next = addresses->ai_next;
    status = begin_connect(t, addresses->ai_addr);
    if (status != 0)
        connect_next(t, status);
}

static void begin_lookup(struct tcp_link *t, const struct connect *c)
{
    char port[8];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    (void)snprintf(port, sizeof port, "%u", (unsigned)c->port);
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup) {
        link_emit_failed(&t->link, ERR_NO_MEMORY, "the lookup of %s", c->host);
        return;
    }
    lookup->owner = t;
    lookup->request.data = lookup;
    int status = uv_getaddrinfo(t->link.loop, &lookup->request, on_lookup, c->host, port, &hints);
    if (status != 0) {
        free(lookup);
        link_emit_failed(&t->link, ERR_HOST_UNKNOWN, "%s: %s", c->host, uv_strerror(status));
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
    bool v6 = strchr(c->host, ':') != NULL;
    (void)snprintf(t->where, sizeof t->where, v6 ? "[%s]:%u" : "%s:%u", c->host, (unsigned)c->port);
    (void)uv_timer_init(link->loop, &t->drain);
    t->drain.data = t;
    if (uv_ip4_addr(c->host, c->port, (struct sockaddr_in *)&t->numeric) == 0 ||
        uv_ip6_addr(c->host, c->port, (struct sockaddr_in6 *)&t->numeric) == 0) {
        int status = begin_connect(t, (const struct sockaddr *)&t->numeric);
        if (status != 0)
            fail_connect(t, status);
        return;
    }
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
        /* An error other than "later" comes again from uv_write, and is told from there. */
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
    if (uv_is_closing((uv_handle_t *)&t->drain))
        return;
    t->open_handles = t->have_tcp ? 2 : 1;
    uv_close((uv_handle_t *)&t->drain, handle_closed);
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
    /* Between two addresses: tried_closed calls again. */
    if (t->have_tcp && uv_is_closing((uv_handle_t *)&t->tcp))
        return;
    if (t->writes_pending == 0 || link->failed)
        close_handles(t);
    else
        (void)uv_timer_start(&t->drain, on_drain_timeout, LINK_DRAIN_MS, 0);
}

const struct link_backend link_tcp = {sizeof(struct tcp_link), tcp_start, tcp_write, tcp_close};
