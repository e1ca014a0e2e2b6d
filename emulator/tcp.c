#include "dialogue.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

static uv_tcp_t listener;

struct client {
    uv_tcp_t tcp;
    struct server *server;
    struct conn conn;
    struct device own; /* in a fleet */
    bool closing;
};

static void client_freed(uv_handle_t *handle)
{
    free(handle->data);
}

static void client_close(struct client *client)
{
    if (client->closing)
        return;
    client->closing = true;
    client->server->open_now--;
    conn_gone(&client->conn);
    uv_close((uv_handle_t *)&client->tcp, client_freed);
}

static void close_conn(struct conn *conn)
{
    client_close(conn->user);
}

struct write {
    uv_write_t request;
    uint8_t bytes[];
};

static void written(uv_write_t *request, int status)
{
    (void)status;
    free(request->data);
}

static void send_conn(struct conn *conn, const uint8_t *bytes, size_t count)
{
    struct client *client = conn->user;
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)count);
    if (client->closing)
        return;
    int sent = uv_try_write((uv_stream_t *)&client->tcp, &buf, 1);
    if (sent == (int)count)
        return;
    size_t done = sent > 0 ? (size_t)sent : 0;
    struct write *w = malloc(sizeof *w + count - done);
    if (!w)
        return;
    memcpy(w->bytes, bytes + done, count - done);
    w->request.data = w;
    buf = uv_buf_init((char *)w->bytes, (unsigned)(count - done));
    if (uv_write(&w->request, (uv_stream_t *)&client->tcp, &buf, 1, written) != 0)
        free(w);
}

static const struct conn_handlers handlers = {send_conn, close_conn};

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    static char bytes[65536];
    (void)handle, (void)suggested;
    *buf = uv_buf_init(bytes, sizeof bytes);
}

static void received(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct client *client = stream->data;
    if (count < 0)
        client_close(client);
    else if (!client->closing)
        dialogue_input(&client->conn, (const uint8_t *)buf->base, (size_t)count);
}

/* Which register of the fleet the client wanted: the address that it connected to says it. */
static bool fleet_number(struct client *client, uint32_t *number)
{
    struct sockaddr_in name;
    int length = sizeof name;
    if (uv_tcp_getsockname(&client->tcp, (struct sockaddr *)&name, &length) != 0)
        return false;
    *number = ntohl(name.sin_addr.s_addr) - client->server->base_address;
    return *number < client->server->options->registers;
}

static void set_up(struct client *client, uint32_t number)
{
    struct server *server = client->server;
    const struct options *o = server->options;
    struct conn *conn = &client->conn;
    uint32_t percentile = number % 100;
    if (o->registers > 1) {
        client->own.kkt = (struct kkt){.state = server->state, .number = number};
        conn->device = &client->own;
    } else {
        conn->device = &server->device;
    }
    conn->loop = server->loop;
    conn->handlers = &handlers;
    conn->user = client;
    conn->faults = &server->options->faults;
    conn->log = server->log;
    conn->number = ++server->connections;
    conn->protocol = o->protocol;
    conn->strict = o->strict_buffer;
    conn->dead = o->registers > 1 && percentile < o->dead_percent;
    conn->latency_ms = o->latency_ms + (percentile >= 100 - o->slow_percent ? o->slow_ms : 0);
    conn_open(conn);
}

static void connected(uv_stream_t *stream, int status)
{
    struct server *server = stream->data;
    struct client *client = status == 0 ? calloc(1, sizeof *client) : NULL;
    uint32_t number = 0;
    if (!client)
        return;
    client->server = server;
    client->tcp.data = client;
    (void)uv_tcp_init(server->loop, &client->tcp);
    client->tcp.data = client;
    bool good = uv_accept(stream, (uv_stream_t *)&client->tcp) == 0;
    good = good && (server->options->registers == 1 || fleet_number(client, &number));
    /* A register speaks with one client at a time: the second one is refused. */
    good = good && (server->options->many_clients || server->open_now == 0);
    if (!good) {
        uv_close((uv_handle_t *)&client->tcp, client_freed);
        return;
    }
    server->open_now++;
    (void)uv_tcp_nodelay(&client->tcp, 1);
    set_up(client, number);
    (void)uv_read_start((uv_stream_t *)&client->tcp, on_alloc, received);
}

bool tcp_listen(struct server *server)
{
    const struct options *o = server->options;
    struct sockaddr_in address;
    int code = uv_ip4_addr(o->tcp_host, o->tcp_port, &address);
    if (code == 0) {
        server->base_address = ntohl(address.sin_addr.s_addr);
        if (o->registers > 1)
            address.sin_addr.s_addr = htonl(INADDR_ANY);
        (void)uv_tcp_init(server->loop, &listener);
        listener.data = server;
        code = uv_tcp_bind(&listener, (const struct sockaddr *)&address, 0);
    }
    if (code == 0)
        code = uv_listen((uv_stream_t *)&listener, 4096, connected);
    if (code != 0) {
        (void)fprintf(stderr, "atol-emulator: --tcp %s:%u: %s\n", o->tcp_host, o->tcp_port, uv_strerror(code));
        return false;
    }
    struct sockaddr_in name;
    int length = sizeof name;
    if (uv_tcp_getsockname(&listener, (struct sockaddr *)&name, &length) == 0)
        (void)printf("listening %s:%u\n", o->tcp_host, ntohs(name.sin_port));
    return true;
}
