/* check: every register is asked, side by side, and its health reported. */
#include "base/process/console.h"
#include "base/text.h"
#include "cli/check/check_report.h"
#include "cli/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4000
#define BAR      40

static enum finding finding_of(enum poll_state state, enum severity level)
{
    switch (state) {
    case STATE_UNREACHABLE:
        return FINDING_REGISTER_UNREACHABLE;
    case STATE_BUSY:
        return FINDING_REGISTER_BUSY;
    case STATE_ERROR:
        return FINDING_REGISTER_ERROR;
    case STATE_PREREQUISITE:
    case STATE_USAGE:
        return FINDING_REGISTER_PREREQUISITE;
    case STATE_PARTIAL:
        return level >= SEVERITY_HIGH ? FINDING_REGISTER_HEALTH : FINDING_REGISTER_PARTIAL;
    case STATE_OK:
        break;
    }
    return level >= SEVERITY_HIGH ? FINDING_REGISTER_HEALTH : FINDING_REGISTER_ATTENTION;
}

/* One register that was asked; `where`: its address, and what else is known. */
static void report_register(struct check_report *r, const char *name, enum poll_state state, enum severity level,
                            const char *where, const char *advice)
{
    char text[TEXT_MAX];
    if (state == STATE_OK && level <= SEVERITY_INFORMATION) {
        (void)snprintf(text, sizeof text, "%s%s%s", where, *advice ? ". " : "", advice);
        check_good(r, name, text);
        return;
    }
    (void)snprintf(text, sizeof text, "%s. %s", poll_state_was_read(state) ? where : poll_state_name(state), advice);
    check_found_about(r, finding_of(state, level), name, text, name);
}

static void report_row(struct check_report *r, const struct status_row *row)
{
    char where[400];
    (void)snprintf(where, sizeof where, "%s, %s %s", row->kkt->connect->text, check_in(r, "serial", "заводской номер"),
                   row->serial[0] ? row->serial : "?");
    report_register(r, row->kkt->name, row->state, row->level, where, row->advice);
}

static int by_serial(const void *a, const void *b)
{
    const struct status_row *const *x = a, *const *y = b;
    return strcmp((*x)->serial, (*y)->serial);
}

/* Two names, one register: its values would be counted twice, and both polls wait for each other. */
static void report_duplicates(struct check_report *r, const struct status_row *rows, unsigned count)
{
    char text[TEXT_MAX];
    const struct status_row **sorted = calloc(count, sizeof *sorted);
    unsigned known = 0;
    for (unsigned i = 0; sorted && i < count; i++)
        if (rows[i].serial[0])
            sorted[known++] = &rows[i];
    if (known > 0)
        qsort(sorted, known, sizeof *sorted, by_serial);
    for (unsigned i = 1; sorted && i < known; i++)
        if (strcmp(sorted[i]->serial, sorted[i - 1]->serial) == 0) {
            (void)snprintf(text, sizeof text, "%s, %s: %s %s", sorted[i - 1]->kkt->name, sorted[i]->kkt->name,
                           check_in(r, "both are the register with serial number", "обе — ККТ с заводским номером"),
                           sorted[i]->serial);
            check_found(r, FINDING_REGISTER_TWICE, "", text);
        }
    free(sorted);
}

/* On stderr, so that what is read from stdout stays clean. */
static void show_progress(unsigned done, unsigned all, void *user)
{
    char bar[BAR + 1];
    (void)user;
    for (unsigned i = 0; i < BAR; i++)
        bar[i] = i < BAR * done / all ? '#' : ' ';
    bar[BAR] = '\0';
    console_print(stderr, "\r[%s] %u/%u", bar, done, all);
    if (done == all)
        console_print(stderr, "\r%*s\r", BAR + 30, "");
}

void check_registers(struct check_report *r, const struct config *config)
{
    struct failure failure = {0};
    struct status_ask ask = {.args = r->args, .config = config, .lang = r->lang, .poll_all = true};
    ask.progress = uv_guess_handle(2) == UV_TTY ? show_progress : NULL;
    struct status_row *rows = status_collect(&ask, &failure);
    if (!rows) {
        check_failed(r, FINDING_REGISTER, "", &failure);
        return;
    }
    for (unsigned i = 0; i < config->kkt_count; i++)
        report_row(r, &rows[i]);
    report_duplicates(r, rows, config->kkt_count);
    check_snapshots(r, config, rows);
    free(rows);
}

void check_register(struct check_report *r, const char *word, const struct target *target,
                    const struct failure *failure)
{
    static struct snapshot snapshot;
    struct document d;
    char where[800], advice[HEALTH_TEXT_MAX + 1];
    if (!target) {
        check_failed(r, FINDING_REGISTER, word, failure);
        r->usage =
            failure_state(failure) == STATE_USAGE; /* a configuration that cannot be read now is another matter */
        return;
    }
    target_read(r->args, target, &snapshot, &d);
    (void)snprintf(where, sizeof where, "%s, %s %d, %s %s, %u ms", d.connect, check_in(r, "protocol", "протокол"),
                   (int)snapshot.protocol, check_in(r, "serial", "заводской номер"),
                   snapshot_has(&snapshot, METRIC_device_serial) ? snapshot_text(&snapshot, METRIC_device_serial) : "?",
                   snapshot.duration_ms);
    (void)snprintf(advice, sizeof advice, "%s", *d.health.text ? d.health.text : d.error);
    report_register(r, word, d.state, d.health.level, where, advice);
}
