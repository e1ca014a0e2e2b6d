/* check: how full the caches of the Zabbix server are. The agent asks it (its item zabbix.stats), as zabbix_sender
 * pushes: the server reports that only to the addresses of its StatsAllowedIP. */
#include "cli/check/check_caches.h"

#include "base/process/command.h"

#include <stdio.h>
#include <string.h>

#define OUTPUT_MAX   16384
#define PATIENCE_MS  15000
#define DEFAULT_PORT 10051
#define FULL         75 /* per cent; the collector's problem in Zabbix begins there too (tools/zbx/caches.py) */

static const struct cache {
    const char *group, *part; /* in what zabbix.stats reports; part NULL: the group itself */
    const char *name;         /* in zabbix_server.conf */
} caches[] = {
    {"rcache", NULL,      "CacheSize"            },
    {"wcache", "index",   "HistoryIndexCacheSize"},
    {"wcache", "history", "HistoryCacheSize"     },
    {"wcache", "trend",   "TrendCacheSize"       },
    {"vcache", "buffer",  "ValueCacheSize"       },
};

/* ":PORT" or nothing. */
static bool parse_port(const char *text, unsigned *port)
{
    int end = 0;
    *port = DEFAULT_PORT;
    return !*text || (sscanf(text, ":%5u%n", port, &end) == 1 && !text[end] && *port > 0 && *port <= 65535);
}

/* zabbix.stats[HOST,PORT] of an entry of ServerActive. False for one that is no plain host and port: it would become a
 * parameter of an item key. */
static bool make_key(const char *server, char *key, size_t cap)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    bool bracket = server[0] == '[';
    const char *host = server + bracket;
    size_t length = strspn(host, bracket ? "0123456789abcdefABCDEF:." : letters);
    const char *rest = host + length;
    unsigned port;
    if (length == 0 || host[0] == '-' || (bracket && *rest++ != ']') || !parse_port(rest, &port))
        return false;
    int n = snprintf(key, cap, "zabbix.stats[%.*s,%u]", (int)length, host, port);
    return n > 0 && (size_t)n < cap;
}

/* What stands between the agent's first brace and its last one; NULL when it is no JSON. */
static json_t *read_statistics(char *out)
{
    char *first = strchr(out, '{'), *last = strrchr(out, '}');
    if (!first || !last || last < first)
        return NULL;
    last[1] = '\0';
    return json_loads(first, 0, NULL);
}

/* Per cent used; -1 when the server does not tell it. */
static double used_of(const json_t *statistics, const struct cache *cache)
{
    const json_t *data = json_object_get(statistics, "data");
    const json_t *group = json_object_get(data ? data : statistics, cache->group);
    const json_t *used = json_object_get(cache->part ? json_object_get(group, cache->part) : group, "pused");
    double value = json_number_value(used);
    return json_is_number(used) && value >= 0 && value <= 100 ? value : -1;
}

static void report_caches(struct check_report *r, const json_t *statistics)
{
    const struct cache *fullest = NULL;
    double most = -1;
    bool found = false;
    char text[120];
    for (size_t i = 0; i < sizeof caches / sizeof caches[0]; i++) {
        double used = used_of(statistics, &caches[i]);
        if (used > FULL) {
            (void)check_print(r, text, sizeof text, "%.0f %% are used", "занято %.0f %%", used);
            check_found(r, FINDING_CACHE_SHORT, caches[i].name, text);
            found = true;
        }
        if (used > most) {
            most = used;
            fullest = &caches[i];
        }
    }
    if (!fullest || found)
        return;
    (void)check_print(r, text, sizeof text, "the fullest is %s, %.0f %% used", "больше всех занят %s, %.0f %%",
                      fullest->name, most);
    check_good(r, check_in(r, "Caches of the Zabbix server", "Кеши сервера Zabbix"), text);
}

void check_caches(struct check_report *r, const char *agent_file, const struct agent_config *agent)
{
    static char out[OUTPUT_MAX];
    char program[CHECK_PROGRAM_MAX], key[AGENT_PATH_MAX + 40];
    struct failure failure = {0};
    int status;
    if (!make_key(agent->server, key, sizeof key) ||
        (check_find_program("zabbix_agentd", program, sizeof program) != 0 &&
         check_find_program("zabbix_agent2", program, sizeof program) != 0))
        return;
    const char *const argv[] = {program, "-c", agent_file, "-t", key, NULL};
    const struct command_options command = {.argv = argv, .errors = true, .timeout_ms = PATIENCE_MS};
    json_t *statistics = command_run(&command, out, sizeof out, &status, &failure) ? read_statistics(out) : NULL;
    if (statistics)
        report_caches(r, statistics);
    else
        check_note(r, check_in(r, "Caches of the Zabbix server", "Кеши сервера Zabbix"),
                   check_in(r, "not known: the server reports them only to the addresses of its StatsAllowedIP",
                            "неизвестны: сервер сообщает их адресам из своего StatsAllowedIP"));
    json_decref(statistics);
}
