#include "cli/check/check_sender.h"

#include "base/text.h"
#include "base/time/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define KEY         "kkt.closed"
#define LINE_MAX_   (CONFIG_NAME_MAX + 64)
#define OUTPUT_MAX  4096
#define PATIENCE_MS 15000
#define SINGLES_MAX 50 /* hosts that are asked one by one to name those that are wrong */

/* A run of the program: its output, and how it ended. */
struct run {
    uv_loop_t loop;
    uv_process_t process;
    uv_pipe_t input, output;
    uv_timer_t deadline;
    uv_write_t write;
    char text[OUTPUT_MAX];
    size_t used;
    int64_t status;
    int signal, started;
};

static void on_ended(uv_process_t *process, int64_t status, int number)
{
    struct run *run = process->data;
    run->status = status;
    run->signal = number;
    uv_close((uv_handle_t *)process, NULL);
    uv_close((uv_handle_t *)&run->deadline, NULL);
}

static void on_deadline(uv_timer_t *timer)
{
    struct run *run = timer->data;
    (void)uv_process_kill(&run->process, SIGKILL);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct run *run = handle->data;
    static char beyond[256];
    (void)suggested;
    size_t left = sizeof run->text - 1 - run->used;
    *buf = left > 0 ? uv_buf_init(run->text + run->used, (unsigned)left) : uv_buf_init(beyond, sizeof beyond);
}

static void on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct run *run = stream->data;
    if (count < 0)
        uv_close((uv_handle_t *)stream, NULL);
    else if (buf->base == run->text + run->used)
        run->used += (size_t)count;
}

static void on_written(uv_write_t *request, int status)
{
    (void)status;
    uv_close((uv_handle_t *)request->handle, NULL);
}

/* Runs `zabbix_sender -c AGENT -T -N -i -` with these lines; false when it could not be started. */
static bool run_sender(struct run *run, const char *program, const char *agent, char *lines)
{
    char *words[] = {(char *)(uintptr_t)program, "-vv", "-c", (char *)(uintptr_t)agent, "-T", "-N", "-i", "-", NULL};
    memset(run, 0, sizeof *run);
    if (uv_loop_init(&run->loop) != 0)
        return false;
    (void)uv_pipe_init(&run->loop, &run->input, 0);
    (void)uv_pipe_init(&run->loop, &run->output, 0);
    (void)uv_timer_init(&run->loop, &run->deadline);
    run->process.data = run->input.data = run->output.data = run->deadline.data = run;
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE,  .data.stream = (uv_stream_t *)&run->input},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,                                           .data.stream = (uv_stream_t *)&run->output},
        {.flags = UV_IGNORE}
    };
    uv_process_options_t options = {.file = program,
                                    .args = words,
                                    .stdio = stdio,
                                    .stdio_count = 3,
                                    .exit_cb = on_ended,
                                    .flags = UV_PROCESS_WINDOWS_HIDE};
    run->started = uv_spawn(&run->loop, &run->process, &options) == 0;
    if (run->started) {
        uv_buf_t buf = uv_buf_init(lines, (unsigned)strlen(lines));
        (void)uv_timer_start(&run->deadline, on_deadline, PATIENCE_MS, 0);
        (void)uv_read_start((uv_stream_t *)&run->output, give_room, on_output);
        (void)uv_write(&run->write, (uv_stream_t *)&run->input, &buf, 1, on_written);
    } else {
        uv_close((uv_handle_t *)&run->process, NULL);
        uv_close((uv_handle_t *)&run->input, NULL);
        uv_close((uv_handle_t *)&run->output, NULL);
        uv_close((uv_handle_t *)&run->deadline, NULL);
    }
    (void)uv_run(&run->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&run->loop);
    return run->started;
}

/* The server's own counts; false when it has not answered. */
static bool read_counts(const struct run *run, unsigned *processed, unsigned *failed)
{
    const char *at = strstr(run->text, "processed: ");
    return at && sscanf(at, "processed: %u; failed: %u", processed, failed) == 2;
}

static bool is_closed(const struct config_kkt *kkt)
{
    struct civil now;
    return kkt->hours && zone_from_unix(&kkt->zone, clock_unix_ms() / 1000, &now) &&
           hours_until_open(kkt->hours, &now) > 0;
}

/* "HOST" kkt.closed SECONDS NANOSECONDS 0 - names that are pushed have neither quotes nor backslashes
 * (config_is_host_name). */
static int print_line(char *to, size_t cap, const struct config_kkt *kkt)
{
    int64_t ms = clock_unix_ms();
    return snprintf(to, cap, "\"%s\" " KEY " %" PRId64 " %" PRId64 " %d\n", kkt->name, ms / 1000, ms % 1000 * 1000000,
                    is_closed(kkt));
}

static void name_unknown(struct check_report *r, const struct config *config, const char *program)
{
    static struct run run;
    char line[LINE_MAX_];
    for (uint32_t i = 0; i < config->kkt_count && i < SINGLES_MAX; i++) {
        unsigned processed, failed;
        (void)print_line(line, sizeof line, &config->kkts[i]);
        if (run_sender(&run, program, config->push.agent_config, line) && read_counts(&run, &processed, &failed) &&
            failed > 0)
            check_found(r, FINDING_HOST_UNKNOWN, config->kkts[i].name,
                        check_in(r, "Zabbix has no such host, no item " KEY " of it, or does not take values from here",
                                 "в Zabbix нет такого узла или элемента " KEY
                                 ", либо он не принимает значения отсюда"));
    }
}

void check_hosts(struct check_report *r, const struct config *config, const char *program)
{
    static struct run run;
    unsigned processed = 0, failed = 0;
    char text[500];
    size_t used = 0, cap = (size_t)config->kkt_count * (LINE_MAX_) + 1;
    char *lines = config->kkt_count > 0 ? malloc(cap) : NULL;
    if (!lines)
        return;
    for (uint32_t i = 0; i < config->kkt_count; i++)
        used += (size_t)print_line(lines + used, cap - used, &config->kkts[i]);
    bool started = run_sender(&run, program, config->push.agent_config, lines);
    free(lines);
    if (!started || !read_counts(&run, &processed, &failed)) {
        (void)snprintf(text, sizeof text, "%s%s",
                       check_in(r, "no answer to a packet of zabbix_sender", "нет ответа на пакет zabbix_sender"),
                       run.signal ? check_in(r, " within 15 s", " за 15 с") : "");
        check_found(r, FINDING_SERVER_UNREACHABLE, "", text);
        return;
    }
    (void)check_print(r, text, sizeof text, "it answers, hosts known: %u of %u", "отвечает, известных узлов: %u из %u",
                      processed, processed + failed);
    if (failed == 0)
        check_good(r, check_in(r, "Zabbix server", "Сервер Zabbix"), text);
    else
        name_unknown(r, config, program);
}
