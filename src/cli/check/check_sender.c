#include "cli/check/check_sender.h"

#include "base/process/command.h"
#include "base/text.h"
#include "base/time/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY         "kkt.closed"
#define LINE_MAX_   (CONFIG_NAME_MAX + 64)
#define OUTPUT_MAX  8192
#define PATIENCE_MS 15000
#define SINGLES_MAX 50 /* hosts that are asked one by one to name those that are wrong */

/* Runs `zabbix_sender -c AGENT -T -N -i -` with these lines; false when it did not end by itself. */
static bool run_sender(const char *program, const char *agent, const char *lines, char out[OUTPUT_MAX],
                       struct failure *failure)
{
    const char *const argv[] = {program, "-vv", "-c", agent, "-T", "-N", "-i", "-", NULL};
    const struct command_options command = {.argv = argv, .input = lines, .errors = true, .timeout_ms = PATIENCE_MS};
    int status;
    return command_run(&command, out, OUTPUT_MAX, &status, failure);
}

/* The server's own counts; false when it has not answered. */
static bool read_counts(const char *out, unsigned *processed, unsigned *failed)
{
    const char *at = strstr(out, "processed: ");
    return at && sscanf(at, "processed: %9u; failed: %9u", processed, failed) == 2;
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
    char line[LINE_MAX_], out[OUTPUT_MAX];
    struct failure failure = {0};
    for (uint32_t i = 0; i < config->kkt_count && i < SINGLES_MAX; i++) {
        unsigned processed, failed;
        (void)print_line(line, sizeof line, &config->kkts[i]);
        if (run_sender(program, config->push.agent_config, line, out, &failure) &&
            read_counts(out, &processed, &failed) && failed > 0)
            check_found(r, FINDING_HOST_UNKNOWN, config->kkts[i].name,
                        check_in(r, "Zabbix has no such host, no item " KEY " of it, or does not take values from here",
                                 "в Zabbix нет такого узла или элемента " KEY
                                 ", либо он не принимает значения отсюда"));
    }
}

/* What zabbix_sender says where the connection stands and TLS does not; "" when it does not say so. */
static const char *tls_line(const char *out, char *line, size_t cap)
{
    const char *at = strstr(out, "cannot establish TLS");
    line[0] = '\0';
    if (at) {
        char raw[200];
        (void)snprintf(raw, sizeof raw, "%.*s", (int)strcspn(at, "\r\n"), at);
        (void)text_escape(line, cap, raw);
    }
    return line;
}

static void report_no_answer(struct check_report *r, const char *out)
{
    char line[200];
    if (*tls_line(out, line, sizeof line))
        check_found(r, FINDING_SERVER_TLS, "", line);
    else
        check_found(r, FINDING_SERVER_UNREACHABLE, "",
                    check_in(r, "no answer to a packet of zabbix_sender", "нет ответа на пакет zabbix_sender"));
}

bool check_hosts(struct check_report *r, const struct config *config, const char *program)
{
    char out[OUTPUT_MAX];
    struct failure failure = {0};
    unsigned processed = 0, failed = 0;
    char text[500];
    size_t used = 0, cap = (size_t)config->kkt_count * (LINE_MAX_) + 1;
    char *lines = config->kkt_count > 0 ? malloc(cap) : NULL;
    if (!lines)
        return false;
    for (uint32_t i = 0; i < config->kkt_count; i++)
        used += (size_t)print_line(lines + used, cap - used, &config->kkts[i]);
    bool ended = run_sender(program, config->push.agent_config, lines, out, &failure);
    free(lines);
    if (!ended) {
        check_failed(r, FINDING_SERVER_UNREACHABLE, "", &failure);
        return false;
    }
    if (!read_counts(out, &processed, &failed)) {
        report_no_answer(r, out);
        return false;
    }
    (void)check_print(r, text, sizeof text, "it answers, hosts known: %u of %u", "отвечает, известных узлов: %u из %u",
                      processed, processed + failed);
    if (failed == 0)
        check_good(r, check_in(r, "Zabbix server", "Сервер Zabbix"), text);
    else
        name_unknown(r, config, program);
    return true;
}
