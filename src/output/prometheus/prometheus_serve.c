/* The health of `serve` in the Prometheus text format, from its own document: one row a sample. */
#include "output/buffer.h"
#include "output/document.h"

#include <jansson.h>
#include <string.h>

enum kind { GAUGE, COUNTER, SUMMARY };

/* clang-format off */
static const struct row {
    const char *group, *key; /* in the document; "" : at its top */
    const char *name;        /* of the family; NULL: another sample of the one above */
    enum kind kind;
    double factor;
    const char *label;       /* "" : none */
    const char *help;
} rows[] = {
    {"", "polled_ts", "kkt_serve_timestamp_seconds", GAUGE, 1, "", "When serve reported this, Unix time"},
    {"registers", "ok", "kkt_serve_registers", GAUGE, 1, "{state=\"ok\"}", "Registers by the state of their last poll"},
    {"registers", "partial", NULL, GAUGE, 1, "{state=\"partial\"}", ""},
    {"registers", "busy", NULL, GAUGE, 1, "{state=\"busy\"}", ""},
    {"registers", "unreachable", NULL, GAUGE, 1, "{state=\"unreachable\"}", ""},
    {"registers", "error", NULL, GAUGE, 1, "{state=\"error\"}", ""},
    {"registers", "prerequisite", NULL, GAUGE, 1, "{state=\"prerequisite\"}", ""},
    {"registers", "total", "kkt_serve_registers_configured", GAUGE, 1, "", "Registers of the configuration"},
    {"polls", "total", "kkt_serve_polls_total", COUNTER, 1, "", "Polls begun since the start"},
    {"polls", "late_total", "kkt_serve_polls_late_total", COUNTER, 1, "", "Of them more than a second behind their time, or left out"},
    {"polls", "running", "kkt_serve_polls_running", GAUGE, 1, "", "Polls that run now"},
    {"polls", "waiting", "kkt_serve_polls_waiting", GAUGE, 1, "", "Polls that wait for a limit now"},
    {"poll_ms", "p50", "kkt_serve_poll_duration_seconds", SUMMARY, 0.001, "{quantile=\"0.5\"}", "Duration of the polls of the last minute"},
    {"poll_ms", "p95", NULL, SUMMARY, 0.001, "{quantile=\"0.95\"}", ""},
    {"poll_ms", "p99", NULL, SUMMARY, 0.001, "{quantile=\"0.99\"}", ""},
    {"spool", "length", "kkt_serve_spool_documents", GAUGE, 1, "", "Documents that wait to be pushed to Zabbix"},
    {"spool", "dropped", "kkt_serve_spool_dropped_total", COUNTER, 1, "", "Values lost because the spool was full"},
    {"spool", "refused", "kkt_serve_spool_refused_total", COUNTER, 1, "", "Values that Zabbix did not accept"},
    {"spool", "set_aside", "kkt_serve_spool_set_aside_total", COUNTER, 1, "", "Lines of the spool that could not be read and were set aside"},
    {"loop_ms", "max", "kkt_serve_loop_stall_seconds", GAUGE, 0.001, "", "The longest stall of the loop of serve since the last report"},
    {"clock", "host_wrong", "kkt_serve_host_clock_wrong", GAUGE, 1, "", "Does the clock of this computer differ from those of most registers"},
    {"", "memory_kb", "kkt_serve_resident_memory_bytes", GAUGE, 1024, "", "Memory of serve"},
};
/* clang-format on */

static void add_row(struct buffer *b, const struct row *r, const char **name, double value)
{
    static const char *const types[] = {"gauge", "counter", "summary"};
    if (r->name) {
        *name = r->name;
        buffer_add(b, "# HELP %s %s\n# TYPE %s %s\n", r->name, r->help, r->name, types[r->kind]);
    }
    buffer_add(b, "%s%s %.15g\n", *name, r->label, value * r->factor);
}

char *prometheus_serve(const char *statistics)
{
    struct buffer text = {0};
    const char *name = "";
    json_t *root = json_loads(statistics, 0, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return NULL;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const json_t *in = rows[i].group[0] ? json_object_get(root, rows[i].group) : root;
        const json_t *value = json_object_get(in, rows[i].key);
        if (json_is_number(value)) /* without a poll there is no poll time */
            add_row(&text, &rows[i], &name, json_number_value(value));
    }
    json_decref(root);
    return buffer_detach(&text);
}
