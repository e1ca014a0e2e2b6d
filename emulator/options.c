#include "options.h"

#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "atol-emulator: an ATOL fiscal register made of software\n"
    "  --tcp ADDR:PORT     listens there; port 0 takes a free one and prints `listening ADDR:PORT`\n"
    "  --pty LINK          a serial port: LINK becomes a link to a pty\n"
    "  --protocol 3|5      generation (default 5)\n"
    "  --state FILE.json   the register's state, of the shape of `metrics`; read again when it changes\n"
    "  --dump-state        prints the default state and ends\n"
    "  --latency-ms N      time that each request takes\n"
    "  --fault SPEC        NAME[:ARG][@REQUEST][*COUNT]; `--fault help` lists them; repeatable\n"
    "  --log FILE          every frame: time, connection, direction, request, hex\n"
    "  --registers N       a fleet: N registers at ADDR, ADDR+1, …, one port\n"
    "  --dead PERCENT      of the fleet never answer\n"
    "  --slow PERCENT:MS   of the fleet take MS more for each request\n"
    "  --clients one|many  more than one connection at a time (default: one, and many for a fleet)\n"
    "  --buffer plain|strict  protocol 3: strict answers A2 and pushes each result, says B3 to the acknowledgement\n"
    "                      of an unknown task, and stops at an error without flag 02 until C4 (default: plain)\n"
    "Prints `ready` on stdout when it listens.\n";

static const char *const valued[] = {"--tcp", "--pty",       "--protocol", "--state", "--latency-ms", "--fault",
                                     "--log", "--registers", "--dead",     "--slow",  "--clients",    "--buffer"};

static int no_option(const char *name)
{
    for (unsigned i = 0; i < sizeof valued / sizeof valued[0]; i++)
        if (strcmp(name, valued[i]) == 0) {
            (void)fprintf(stderr, "atol-emulator: %s: its value is missing\n%s", name, usage);
            return 2;
        }
    (void)fprintf(stderr, "atol-emulator: %s: no such option\n%s", name, usage);
    return 2;
}

static int wrong(const char *option, const char *value, const char *expected)
{
    (void)fprintf(stderr, "atol-emulator: %s %s: expected %s\n", option, value, expected);
    return 2;
}

static bool number(const char *text, uint32_t limit, uint32_t *value)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || n > limit)
        return false;
    *value = (uint32_t)n;
    return true;
}

static bool parse_tcp(struct options *o, const char *value)
{
    static char host[64];
    const char *colon = strrchr(value, ':');
    uint32_t port;
    if (!colon || colon == value || (size_t)(colon - value) >= sizeof host || !number(colon + 1, 65535, &port))
        return false;
    (void)snprintf(host, sizeof host, "%.*s", (int)(colon - value), value);
    o->tcp_host = host;
    o->tcp_port = (uint16_t)port;
    return true;
}

static bool parse_slow(struct options *o, const char *value)
{
    char copy[32];
    (void)snprintf(copy, sizeof copy, "%s", value);
    char *colon = strchr(copy, ':');
    if (!colon)
        return false;
    *colon = '\0';
    return number(copy, 100, &o->slow_percent) && number(colon + 1, 1000000, &o->slow_ms);
}

static int faulty(const char *problem)
{
    (void)fprintf(stderr, "atol-emulator: %s\n", problem);
    return 2;
}

static int parse_fault(struct options *o, const char *value)
{
    char problem[200];
    if (strcmp(value, "help") == 0) {
        fault_list(stdout);
        return 0;
    }
    return fault_add(&o->faults, value, problem, sizeof problem) ? -1 : faulty(problem);
}

/* One option with a value; -1 to go on. */
static int parse_option(struct options *o, const char *name, const char *value)
{
    if (strcmp(name, "--tcp") == 0)
        return parse_tcp(o, value) ? -1 : wrong(name, value, "ADDR:PORT, as 127.0.0.1:5555");
    if (strcmp(name, "--pty") == 0)
        o->pty = value;
    else if (strcmp(name, "--state") == 0)
        o->state = value;
    else if (strcmp(name, "--log") == 0)
        o->log = value;
    else if (strcmp(name, "--fault") == 0)
        return parse_fault(o, value);
    else if (strcmp(name, "--protocol") == 0) {
        if (strcmp(value, "3") != 0 && strcmp(value, "5") != 0)
            return wrong(name, value, "3 or 5");
        o->protocol = value[0] - '0';
    } else if (strcmp(name, "--latency-ms") == 0)
        return number(value, 1000000, &o->latency_ms) ? -1 : wrong(name, value, "a number of milliseconds");
    else if (strcmp(name, "--registers") == 0)
        return number(value, 16000000, &o->registers) && o->registers > 0 ? -1 : wrong(name, value, "1 to 16000000");
    else if (strcmp(name, "--dead") == 0)
        return number(value, 100, &o->dead_percent) ? -1 : wrong(name, value, "a percentage");
    else if (strcmp(name, "--slow") == 0)
        return parse_slow(o, value) ? -1 : wrong(name, value, "PERCENT:MS, as 5:300");
    else if (strcmp(name, "--clients") == 0) {
        if (strcmp(value, "one") != 0 && strcmp(value, "many") != 0)
            return wrong(name, value, "one or many");
        o->many_clients = strcmp(value, "many") == 0;
    } else if (strcmp(name, "--buffer") == 0) {
        if (strcmp(value, "plain") != 0 && strcmp(value, "strict") != 0)
            return wrong(name, value, "plain or strict");
        o->strict_buffer = strcmp(value, "strict") == 0;
    } else {
        return no_option(name);
    }
    return -1;
}

/* What would be left out of account is refused. */
static int check_fleet(const struct options *o)
{
    if (o->registers > 1 && !o->tcp_host)
        return faulty("--registers: a fleet stands at TCP addresses, give --tcp ADDR:PORT");
    if (o->registers == 1 && (o->dead_percent > 0 || o->slow_percent > 0))
        return faulty("--dead and --slow are percentages of a fleet, give --registers N");
    return -1;
}

int options_parse(struct options *o, int argc, char **argv)
{
    *o = (struct options){.protocol = 5, .registers = 1};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
            (void)fputs(usage, stdout);
            return 0;
        }
        if (strcmp(name, "--version") == 0) {
            (void)puts("atol-emulator " ZABBIX_ATOL_VERSION);
            return 0;
        }
        if (strcmp(name, "--dump-state") == 0) {
            o->dump_state = true;
            continue;
        }
        if (i + 1 == argc) {
            return no_option(name);
        }
        int status = parse_option(o, name, argv[++i]);
        if (status >= 0)
            return status;
    }
    char problem[200];
    if (!fault_check(&o->faults, o->protocol, problem, sizeof problem))
        return faulty(problem);
    if (o->registers > 1)
        o->many_clients = true;
    if (o->dump_state)
        return -1;
    if (o->tcp_host || o->pty)
        return check_fleet(o);
    (void)fprintf(stderr, "atol-emulator: give --tcp ADDR:PORT or --pty LINK\n%s", usage);
    return 2;
}
