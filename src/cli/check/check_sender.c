#include "cli/check/check_sender.h"

#include "base/process/command.h"
#include "base/text.h"
#include "base/time/clock.h"
#include "push/sender_output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY         "kkt.closed"
#define LINE_MAX_   (CONFIG_NAME_MAX + 64)
#define OUTPUT_MAX  8192
#define PATIENCE_MS 15000
#define PACKET_MAX  250  /* values that zabbix_sender puts into one packet: each server answers it once */
#define RUNS_MAX    2000 /* of zabbix_sender, to find out which hosts are wrong */
#define NAMED_MAX   50   /* hosts that are named; of the others there is a number */

/* What is found out of the registers' hosts. */
struct inquiry {
    struct check_report *report;
    const struct config *config;
    const char *program;
    unsigned servers;    /* that each value goes to */
    unsigned answers;    /* the fewest servers that answered a packet */
    unsigned runs;       /* of zabbix_sender, in search of the hosts that are refused */
    uint32_t unknown;    /* hosts that a server refuses */
    uint32_t unexplored; /* values that were refused in a packet, and not tried alone: RUNS_MAX */
    char *lines;         /* room for a packet */
    char out[OUTPUT_MAX];
};

/* "HOST" kkt.closed SECONDS NANOSECONDS 0 - names that are pushed have neither quotes nor backslashes
 * (config_is_host_name). */
static int print_line(char *to, size_t cap, const struct config_kkt *kkt)
{
    int64_t ms = clock_unix_ms();
    return snprintf(to, cap, "\"%s\" " KEY " %" PRId64 " %" PRId64 " %d\n", kkt->name, ms / 1000, ms % 1000 * 1000000,
                    status_open_for_s(kkt) == 0);
}

/* Runs `zabbix_sender -c AGENT -T -N -i -` with the values of these registers; false when it did not end by itself. */
static bool send_packet(struct inquiry *q, uint32_t first, uint32_t count, struct sender_output *answer,
                        struct failure *failure)
{
    const char *const argv[] = {q->program, "-vv", "-c", q->config->push.agent_config, "-T", "-N", "-i", "-", NULL};
    const struct command_options command = {.argv = argv, .input = q->lines, .errors = true, .timeout_ms = PATIENCE_MS};
    size_t used = 0, cap = (size_t)PACKET_MAX * LINE_MAX_;
    int status;
    for (uint32_t i = 0; i < count; i++)
        used += (size_t)print_line(q->lines + used, cap - used, &q->config->kkts[first + i]);
    *answer = (struct sender_output){0};
    if (!command_run(&command, q->out, sizeof q->out, &status, failure))
        return false;
    sender_output_parse(answer, q->out, strlen(q->out));
    sender_output_parse(answer, NULL, 0);
    return true;
}

static void name_unknown(struct inquiry *q, const struct config_kkt *kkt)
{
    if (q->unknown++ < NAMED_MAX)
        check_found(q->report, FINDING_HOST_UNKNOWN, kkt->name,
                    check_in(q->report,
                             "Zabbix has no such host, no item " KEY " of it, or does not take values from here",
                             "в Zabbix нет такого узла или элемента " KEY ", либо он не принимает значения отсюда"));
}

/* Some of these were refused in one packet: each half is asked, down to the single host. A packet is refused in part,
 * too, where its hosts belong to several proxies of a group: each alone is taken then, and nothing is wrong. */
static void find_unknown(struct inquiry *q, uint32_t first, uint32_t count, uint32_t refused)
{
    struct sender_output answer;
    struct failure failure = {0};
    const uint32_t half[2] = {count / 2, count - count / 2};
    if (count == 1) {
        name_unknown(q, &q->config->kkts[first]);
        return;
    }
    if (q->runs + 2 > RUNS_MAX) {
        q->unexplored += refused;
        return;
    }
    q->runs += 2;
    for (unsigned i = 0; i < 2; first += half[i++])
        if (!send_packet(q, first, half[i], &answer, &failure) || answer.responses == 0)
            q->answers = 0;
        else if (answer.refused > 0)
            find_unknown(q, first, half[i], answer.refused);
}

static void report_unnamed(struct inquiry *q)
{
    char text[300];
    uint32_t unnamed = (q->unknown > NAMED_MAX ? q->unknown - NAMED_MAX : 0) + q->unexplored;
    if (unnamed > 0)
        check_found(q->report, FINDING_HOST_UNKNOWN, "",
                    check_print(q->report, text, sizeof text,
                                "values of more hosts are refused than are named here: %" PRIu32 " more",
                                "отклонены значения не только названных здесь узлов, ещё: %" PRIu32, unnamed));
}

/* Each of several servers gets every value. */
static void report_servers(struct inquiry *q)
{
    struct check_report *r = q->report;
    char text[300];
    if (q->answers < q->servers)
        check_found(r, FINDING_SERVER_UNREACHABLE, "",
                    check_print(r, text, sizeof text, "not each server of ServerActive answered: %u of %u",
                                "ответили не все серверы из ServerActive: %u из %u", q->answers, q->servers));
    else if (q->unknown + q->unexplored == 0)
        check_good(r, check_in(r, "Zabbix server", "Сервер Zabbix"),
                   check_print(r, text, sizeof text, "it answers, hosts known: %u of %u",
                               "отвечает, известных узлов: %u из %u", (unsigned)q->config->kkt_count,
                               (unsigned)q->config->kkt_count));
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

/* Every register, a packet at a time; false when a packet has no answer at all, which is reported. */
static bool send_all(struct inquiry *q)
{
    struct sender_output answer;
    struct failure failure = {0};
    for (uint32_t first = 0, count; first < q->config->kkt_count; first += count) {
        count = q->config->kkt_count - first < PACKET_MAX ? q->config->kkt_count - first : PACKET_MAX;
        if (!send_packet(q, first, count, &answer, &failure)) {
            check_failed(q->report, FINDING_SERVER_UNREACHABLE, "", &failure);
            return false;
        }
        if (answer.responses == 0) {
            report_no_answer(q->report, q->out);
            return false;
        }
        q->answers = answer.responses < q->answers ? answer.responses : q->answers;
        if (answer.refused > 0)
            find_unknown(q, first, count, answer.refused);
    }
    return true;
}

bool check_hosts(struct check_report *r, const struct config *config, const char *program, unsigned servers)
{
    static struct inquiry inquiry;
    inquiry = (struct inquiry){.report = r, .config = config, .program = program, .servers = servers};
    inquiry.answers = servers;
    inquiry.lines = config->kkt_count > 0 ? malloc((size_t)PACKET_MAX * LINE_MAX_) : NULL;
    if (!inquiry.lines)
        return false;
    bool answered = send_all(&inquiry);
    free(inquiry.lines);
    report_unnamed(&inquiry);
    if (answered)
        report_servers(&inquiry);
    return answered;
}
