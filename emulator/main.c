/* atol-emulator: an ATOL fiscal register made of software. */
#include "paths.h"
#include "server.h"

#ifndef _WIN32
#include <signal.h>
#endif
#include <stdlib.h>
#include <string.h>

#define STATE_POLL_MS 50

static struct options options;
static struct state state;
static struct server server;

static bool load_state(void)
{
    char problem[300];
    if (options.state ? state_read(&state, options.state, problem, sizeof problem)
                      : state_from_json(&state, state_default(options.protocol), problem, sizeof problem)) {
        if (fault_has(&options.faults, FAULT_NO_FN)) {
            state.has[STATE_fn_present] = true;
            state.number[STATE_fn_present] = 0;
        }
        return true;
    }
    (void)fprintf(stderr, "atol-emulator: %s\n", problem);
    return false;
}

static void state_changed(uv_fs_poll_t *poll, int status, const uv_stat_t *before, const uv_stat_t *now)
{
    (void)poll, (void)before, (void)now;
    /* A file that is away for a moment (being replaced) or wrong leaves the old state. */
    if (status == 0)
        (void)load_state();
}

#ifndef _WIN32
/* For tests that must know when the new state holds: SIGHUP reads the file at once and says so. */
static void hangup(uv_signal_t *handle, int signal_number)
{
    (void)handle, (void)signal_number;
    (void)puts(load_state() ? "state" : "state refused");
    (void)fflush(stdout);
}
#endif

static void stop(uv_signal_t *handle, int signal_number)
{
    (void)signal_number;
    if (options.pty)
        pty_remove(&server);
    uv_stop(handle->loop);
}

/* What was not printed was not done. */
static int printed(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    (void)fprintf(stderr, "atol-emulator: stdout cannot be written, the output is lost\n");
    return status == 0 ? 1 : status;
}

static int dump(void)
{
    json_t *root = state_default(options.protocol);
    if (!root) {
        (void)fprintf(stderr, "atol-emulator: out of memory\n");
        return 1;
    }
    (void)json_dumpf(root, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    (void)putchar('\n');
    json_decref(root);
    return printed(0);
}

int main(int argc, char **argv)
{
    static uv_signal_t term, interrupt;
    static uv_fs_poll_t watch;
    argv = paths_arguments(&argc, argv);
    int status = options_parse(&options, argc, argv);
    if (status >= 0)
        return printed(status);
#ifndef _WIN32
    (void)signal(SIGPIPE, SIG_IGN); /* a client that resets its connection */
#endif
    if (options.dump_state)
        return dump();
    if (!load_state())
        return 2;
    server = (struct server){.loop = uv_default_loop(), .options = &options, .state = &state};
    server.device.kkt.state = &state;
    if (options.log && !(server.log = paths_open(options.log, "a"))) {
        (void)fprintf(stderr, "atol-emulator: --log %s: cannot be written\n", options.log);
        return 2;
    }
    if ((options.tcp_host && !tcp_listen(&server)) || (options.pty && !pty_listen(&server)))
        return 2;
    if (options.state) {
        (void)uv_fs_poll_init(server.loop, &watch);
        (void)uv_fs_poll_start(&watch, state_changed, options.state, STATE_POLL_MS);
    }
    (void)uv_signal_init(server.loop, &term);
    (void)uv_signal_start(&term, stop, SIGTERM);
    (void)uv_signal_init(server.loop, &interrupt);
    (void)uv_signal_start(&interrupt, stop, SIGINT);
#ifndef _WIN32
    static uv_signal_t hup;
    if (options.state) {
        (void)uv_signal_init(server.loop, &hup);
        (void)uv_signal_start(&hup, hangup, SIGHUP);
    }
#endif
    (void)puts("ready");
    (void)fflush(stdout);
    (void)uv_run(server.loop, UV_RUN_DEFAULT);
    return 0;
}
