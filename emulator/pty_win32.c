#include "server.h"

bool pty_listen(struct server *server)
{
    (void)fprintf(stderr, "atol-emulator: --pty %s: Windows has no ptys; use --tcp\n", server->options->pty);
    return false;
}

void pty_remove(const struct server *server)
{
    (void)server;
}
