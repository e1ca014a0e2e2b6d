/* The table of `show` and the Prometheus text. */
#include "documents.h"

static struct snapshot s;
static struct document d;
static struct zone moscow;
static char *text;

static int fresh(void **state)
{
    (void)state;
    text = NULL;
    snapshot_clear(&s);
    s.polled_ms = DOCUMENTS_NOW * 1000;
    return zone_parse("Europe/Moscow", &moscow) ? 0 : 1;
}

static int drop(void **state)
{
    (void)state;
    free(text);
    return 0;
}

static void table(enum lang lang, bool colour)
{
    document_of(&d, "kassa-1", "tcp://h", &s, &moscow, NULL, lang);
    free(text);
    text = document_table(&d, lang, colour, 80);
    assert_non_null(text);
}

static void has(const char *segment)
{
    if (!strstr(text, segment))
        fail_msg("no \"%s\" in:\n%s", segment, text);
}

static void has_not(const char *segment)
{
    if (strstr(text, segment))
        fail_msg("there is \"%s\" in:\n%s", segment, text);
}

/* Characters before the value of the line that holds `name`. */
static int column(const char *name, const char *value)
{
    const char *line = strstr(text, name);
    const char *at = line ? strstr(line, value) : NULL;
    int width = 0;
    if (!at)
        fail_msg("no \"%s … %s\" in:\n%s", name, value, text);
    for (const char *c = line; c < at; c++)
        width += ((unsigned char)*c & 0xC0) != 0x80;
    return width;
}

static void columns_are_aligned_by_characters(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_shift_number, 451);
    snapshot_set_int(&s, METRIC_shift_receipt_number, 17);
    documents_text(&s, METRIC_registration_organization_inn, "7701234560");
    for (int lang = LANG_EN; lang <= LANG_RU; lang++) {
        table((enum lang)lang, false);
        const char *row = lang == LANG_RU ? "Номер последнего чека" : "Number of the last receipt";
        assert_int_equal(column(lang == LANG_RU ? "Номер открытой" : "Number of the shift", "451"), column(row, "17"));
        assert_int_equal(column(lang == LANG_RU ? "Имя" : "Name", "kassa-1"), column(row, "17"));
    }
}

static void units_are_readable(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        int64_t value;
        const char *en, *ru;
    } rows[] = {
        {METRIC_device_uptime_s,          93784,  "1 d 2 h",      "1 дн. 2 ч"        },
        {METRIC_shift_left_s,             -3700,  "−1 h 1 min", "−1 ч 1 мин"    },
        {METRIC_device_clock_drift_s,     61,     "1 min 1 s",    "1 мин 1 с"       },
        {METRIC_device_clock_drift_s,     -5,     "−5 s",       "−5 с"             },
        {METRIC_fn_days_left,             412,    "412 days",     "412 дн."           },
        {METRIC_counters_cash_kop,        123450, "1234.50 ₽",  "1234.50 ₽"         },
        {METRIC_power_battery_mv,         7400,   "7.40 V",       "7.40 В"             },
        {METRIC_power_battery_percent,    80,     "80 %",         "80 %"                },
        {METRIC_printer_temperature_c,    31,     "31 °C",       "31 °C"              },
        {METRIC_registration_ffd_version, 105,    "1.05",         "1.05"                },
        {METRIC_shift_state,              2,      "EXPIRED",      "ИСТЕКЛА"      },
        {METRIC_fn_state,                 3,      "fiscal",       "фискальный"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snapshot_clear_values(&s);
        snapshot_set_int(&s, rows[i].metric, rows[i].value);
        table(LANG_EN, false);
        has(rows[i].en);
        table(LANG_RU, false);
        has(rows[i].ru);
    }
}

static void what_is_wrong_is_coloured_and_only_on_a_terminal(void **state)
{
    (void)state;
    static const struct {
        enum metric metric;
        int64_t value;
        const char *colour;
    } rows[] = {
        {METRIC_printer_paper_present,  0,          "\033[33mout"   },
        {METRIC_printer_paper_near_end, 1,          "\033[33mrun"   },
        {METRIC_fn_days_left,           30,         "\033[33m30"    },
        {METRIC_fn_days_left,           10,         "\033[1;31m10"  },
        {METRIC_faults_rtc,             1,          "\033[1;31mFAUL"},
        {METRIC_device_clock_drift_s,   -301,       "\033[1;31m−5"},
        {METRIC_ofd_first_unsent_age_s, 3 * 86400,  "\033[33m3 d"   },
        {METRIC_ofd_first_unsent_age_s, 20 * 86400, "\033[1;31m20 d"},
        {METRIC_fn_state,               15,         "\033[1;31march"},
        {METRIC_shift_state,            2,          "\033[1;31mEXP" },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snapshot_clear_values(&s);
        snapshot_set_int(&s, rows[i].metric, rows[i].value);
        table(LANG_EN, true);
        has(rows[i].colour);
        table(LANG_EN, false);
        has_not("\033");
    }
    snapshot_clear_values(&s);
    snapshot_set_int(&s, METRIC_printer_paper_present, 1);
    snapshot_set_int(&s, METRIC_fn_days_left, 61);
    table(LANG_EN, true);
    has("  present\n");
    has("  61 days\n");
}

static void a_failed_poll_shows_the_sentence_and_no_value(void **state)
{
    (void)state;
    snapshot_set_bool(&s, METRIC_printer_paper_present, true);
    failure_set(&s.failure, ERR_CONNECT_REFUSED, "10.0.0.15:5555");
    table(LANG_RU, false);
    has("unreachable");
    has("Соединение отклонено: 10.0.0.15:5555");
    has_not("Бумага");
}

static void prometheus_text(void **state)
{
    (void)state;
    documents_fill(&s, &moscow);
    document_of(&d, "a\"b\\c\nd", "tcp://h", &s, &moscow, NULL, LANG_EN);
    text = document_prometheus(&d);
    has("kkt_up{name=\"a\\\"b\\\\c\\\\nd\"} 1\n");
    has("kkt_state{name=\"a\\\"b\\\\c\\\\nd\",state=\"ok\"} 1\n");
    has(",state=\"busy\"} 0\n");
    has("# TYPE kkt_fn_validity_left_seconds gauge\n");
    has("kkt_fn_validity_left_seconds{name=\"a\\\"b\\\\c\\\\nd\"} 6048000\n"); /* 70 days */
    has("kkt_device_clock_timestamp_seconds{name=\"a\\\"b\\\\c\\\\nd\"} 1795338003\n");
    has(",serial=\"00106112345678\"");
    has("kkt_counters_cash_in_rubles{");
    has("# TYPE kkt_counters_cutter_work_total counter\n");
    has("kkt_ofd_last_connection_timestamp_seconds{");
    has("kkt_fn_last_document_timestamp_seconds{");
    has("kkt_health{");
    has_not("_kop");
    has_not("_error_text=");
    has_not("_ts{");
    has_not("_s{");
}

static void prometheus_of_a_failed_poll_has_no_value(void **state)
{
    (void)state;
    documents_fill(&s, &moscow);
    failure_set(&s.failure, ERR_NO_ANSWER, "x");
    document_of(&d, "a", "tcp://h", &s, &moscow, NULL, LANG_EN);
    text = document_prometheus(&d);
    has("kkt_up{name=\"a\"} 0\n");
    has("kkt_state{name=\"a\",state=\"unreachable\"} 1\n");
    has_not("kkt_fn_");
    has_not("kkt_device_");
}

/* Two registers in one text: a family has one HELP, and its samples stand together. */
static void prometheus_of_two_registers_has_one_help_a_family(void **state)
{
    (void)state;
    struct prometheus *p = prometheus_begin();
    assert_non_null(p);
    documents_fill(&s, &moscow);
    document_of(&d, "a", "tcp://a", &s, &moscow, NULL, LANG_EN);
    prometheus_add(p, &d);
    snapshot_remove(&s, METRIC_shift_number);
    document_of(&d, "b", "tcp://b", &s, &moscow, NULL, LANG_EN);
    prometheus_add(p, &d);
    snapshot_clear(&s);
    failure_set(&s.failure, ERR_NO_ANSWER, "x");
    document_of(&d, "c", "tcp://c", &s, &moscow, NULL, LANG_EN);
    prometheus_add(p, &d);
    text = prometheus_end(p);
    assert_non_null(text);
    has("kkt_up{name=\"a\"} 1\nkkt_up{name=\"b\"} 1\nkkt_up{name=\"c\"} 0\n# HELP kkt_state ");
    has("kkt_shift_number{name=\"a\"}");
    has_not("kkt_shift_number{name=\"b\"}");
    has("kkt_device_info{name=\"b\",model=");
    has_not("kkt_device_info{name=\"c\"");
    for (const char *at = text; (at = strstr(at, "# HELP ")) != NULL; at++) {
        char family[160];
        (void)snprintf(family, sizeof family, "%.*s", (int)strcspn(at + 7, " ") + 8, at);
        if (strstr(at + 1, family))
            fail_msg("twice: %s", family);
    }
}

static void each_line_of_what_is_wrong_is_told_once(void **state)
{
    (void)state;
    snapshot_set_bool(&s, METRIC_printer_paper_present, false);
    snapshot_set_bool(&s, METRIC_printer_cover_opened, true);
    snapshot_set_bool(&s, METRIC_device_blocked, true);
    table(LANG_EN, false);
    const char *first = strstr(text, "Paper: none.");
    assert_non_null(first);
    assert_null(strstr(first + 1, "Paper: none."));
}

/* A date has no time, and a moment has. */
static void dates_and_moments(void **state)
{
    (void)state;
    documents_time(&s, METRIC_fn_valid_until, "2027-12-31");
    documents_time(&s, METRIC_device_time, "2026-11-22T12:00:03");
    table(LANG_RU, false);
    has("31.12.2027\n");
    has("22.11.2026 12:00:03");
    table(LANG_EN, false);
    has("2027-12-31\n");
    has("2026-11-22 12:00:03");
}

/* Prometheus wants base units, and the register's moments as they were in its own zone. */
static void prometheus_has_base_units(void **state)
{
    (void)state;
    snapshot_set_int(&s, METRIC_power_battery_mv, 7400);
    snapshot_set_int(&s, METRIC_power_battery_percent, 98);
    snapshot_set_int(&s, METRIC_counters_cash_kop, 12550);
    snapshot_set_int(&s, METRIC_fn_days_left, 10);
    documents_time(&s, METRIC_shift_expires, "2026-11-22T15:00:00");
    documents_text(&s, METRIC_device_model, "A");
    documents_text(&s, METRIC_fn_version, "fn_v");
    document_of(&d, "kassa-1", "tcp://h", &s, &moscow, NULL, LANG_EN);
    free(text);
    text = document_prometheus(&d);
    assert_non_null(text);
    has("kkt_power_battery_volts{name=\"kassa-1\"} 7.4\n");
    has("kkt_power_battery_ratio{name=\"kassa-1\"} 0.98\n");
    has("kkt_counters_cash_rubles{name=\"kassa-1\"} 125.5\n");
    has("kkt_fn_validity_left_seconds{name=\"kassa-1\"} 864000\n");
    has("kkt_shift_expires_timestamp_seconds{name=\"kassa-1\"} 1795348800\n");
    has("kkt_device_info{name=\"kassa-1\",model=\"A\"} 1\n");
    has("kkt_fn_info{name=\"kassa-1\",version=\"fn_v\"} 1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_line_of_what_is_wrong_is_told_once, fresh, drop),
        cmocka_unit_test_setup_teardown(dates_and_moments, fresh, drop),
        cmocka_unit_test_setup_teardown(prometheus_has_base_units, fresh, drop),
        cmocka_unit_test_setup_teardown(columns_are_aligned_by_characters, fresh, drop),
        cmocka_unit_test_setup_teardown(units_are_readable, fresh, drop),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_coloured_and_only_on_a_terminal, fresh, drop),
        cmocka_unit_test_setup_teardown(a_failed_poll_shows_the_sentence_and_no_value, fresh, drop),
        cmocka_unit_test_setup_teardown(prometheus_text, fresh, drop),
        cmocka_unit_test_setup_teardown(prometheus_of_a_failed_poll_has_no_value, fresh, drop),
        cmocka_unit_test_setup_teardown(prometheus_of_two_registers_has_one_help_a_family, fresh, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
