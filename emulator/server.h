/* The ways to the emulated register: a TCP port and a pty. */
#ifndef EMULATOR_SERVER_H
#define EMULATOR_SERVER_H

#include "conn.h"
#include "options.h"

struct server {
    uv_loop_t *loop;
    struct options *options;
    const struct state *state;
    FILE *log;
    struct device device;  /* the one register; a fleet's registers live with their connections */
    uint32_t base_address; /* host order; register N of a fleet is at base + N */
    unsigned connections;  /* so far, for the log */
    unsigned open_now;
};

/* Each begins to serve; false with a message on stderr. */
bool tcp_listen(struct server *server);
bool pty_listen(struct server *server);

/* Removes the pty's link. */
void pty_remove(const struct server *server);

#endif
