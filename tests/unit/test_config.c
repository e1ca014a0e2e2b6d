/* The configuration: what its keys mean. */
#include "config_world.h"

static void defaults_and_registers(void **state)
{
    (void)state;
    struct config *c = load_good("language: ru\n"
                                 "registers:\n"
                                 "  - {name: kassa-2, connect: tcp://10.0.0.2, interval: 30s, hours: always}\n"
                                 "  - name: Касса 1\n"
                                 "    connect: serial:/dev/ttyACM0\n"
                                 "    serial: \"00106112345678\"\n"
                                 "    password: \"0130\"\n"
                                 "    control: true\n"
                                 "    network: wifi\n"
                                 "  - {name: till, connect: driver:usb}\n"
                                 "defaults: {interval: 5m, identity_interval: 2h, timeout: 20s, timezone: "
                                 "Asia/Yekaterinburg, hours: 09:00-21:00}\n"
                                 "networks: {wifi: 3}\n");
    assert_int_equal(c->language, LANG_RU);
    assert_int_equal(c->kkt_count, 3);
    const struct config_kkt *k = config_find(c, "Касса 1");
    assert_non_null(k);
    assert_string_equal(k->connect->text, "serial:/dev/ttyACM0");
    assert_string_equal(k->serial, "00106112345678");
    assert_int_equal(k->interval_s, 300);
    assert_int_equal(k->identity_interval_s, 7200);
    assert_int_equal(k->timeout_s, 20);
    assert_int_equal(k->zone.offset_s, 5 * 3600);
    assert_int_equal(k->password[0], 0x01);
    assert_int_equal(k->password[1], 0x30);
    assert_true(k->control);
    assert_false(connect_needs_driver(k->connect));
    assert_string_equal(c->networks[k->network].name, "wifi");
    assert_int_equal(c->networks[k->network].polls, 3);
    assert_int_equal(k->hours->count, 7);
    assert_int_equal(k->hours->ranges[0].open, 540);
    k = config_find(c, "kassa-2");
    assert_int_equal(k->interval_s, 30);
    assert_null(k->hours);
    assert_int_equal(k->network, CONFIG_NO_NETWORK);
    assert_false(k->control);
    assert_true(connect_needs_driver(config_find(c, "till")->connect));
    assert_null(config_find(c, "kassa"));
    config_free(c);
}

static void an_ask_for_a_poll(void **state)
{
    (void)state;
    struct poll_ask ask;
    struct config *c = load_good("registers: [{name: a, connect: tcp://h, serial: '123', timeout: 7s}]\n");
    config_ask(config_find(c, "a"), &ask);
    assert_int_equal(ask.connect->way, CONNECT_TCP);
    assert_int_equal(ask.connect->port, 5555);
    assert_int_equal(ask.timeout_ms, 7000);
    assert_string_equal(ask.expected_serial, "123");
    config_free(c);
}

static void make_dir(const char *path)
{
    uv_fs_t request;
    assert_int_equal(uv_fs_mkdir(NULL, &request, path, 0700, NULL), 0);
    uv_fs_req_cleanup(&request);
}

static void includes_in_the_order_of_names(void **state)
{
    (void)state;
    char path[512];
    struct failure failure;
    (void)snprintf(path, sizeof path, "%s/registers.d", folder);
    make_dir(path);
    write_file("registers.d/b.yaml", "registers:\n- {name: b, connect: tcp://b}\n");
    write_file("registers.d/a.yaml", "registers: [{name: a, connect: tcp://a}]\n");
    write_file("registers.d/ignored.txt", "this is not read: [");
    write_file("registers.d/.hidden.yaml", "nor is this: [");
    const char *text = "defaults: {interval: 10s}\ninclude: registers.d/*.yaml\n";
    struct config *c = load_good(text);
    assert_int_equal(c->kkt_count, 2);
    assert_int_equal(config_find(c, "b")->interval_s, 10);
    config_free(c);
    write_file("registers.d/b.yaml", "registers:\n\n- {name: a, connect: tcp://b}\n");
    assert_null(load(text, &failure));
    assert_non_null(strstr(failure.detail, "registers.d/b.yaml:3: the name \"a\" is taken already, at"));
    assert_non_null(strstr(failure.detail, "registers.d/a.yaml:1"));
    write_file("registers.d/b.yaml", "registers: []\npush: {}\n");
    assert_null(load(text, &failure));
    assert_non_null(strstr(failure.detail, "registers.d/b.yaml:2: unknown key \"push\"; expected: registers"));
    assert_null(load("registers: []\ninclude: missing.yaml\n", &failure));
    assert_non_null(strstr(failure.detail, "missing.yaml: "));
}

static void limits_of_health(void **state)
{
    (void)state;
    struct config *c =
        load_good("limits:\n  polls: 7\n  fn_days: {warning: 45, information: none}\n"
                  "  ofd_age: {warning: 2d}\n  clock_drift: {high: 600}\n  open_document: {warning: 2h}\n"
                  "registers: []\n");
    const struct health_limits *l = &c->health;
    assert_int_equal(c->polls, 7);
    assert_true(l->changed[REASON_fn_days_warning] && !l->off[REASON_fn_days_warning]);
    assert_int_equal(l->value[REASON_fn_days_warning], 45);
    assert_true(l->changed[REASON_fn_days_information] && l->off[REASON_fn_days_information]);
    assert_int_equal(l->value[REASON_ofd_age_warning], 2 * 86400);
    assert_int_equal(l->value[REASON_clock_drift_high], 600);
    assert_int_equal(l->value[REASON_open_document_warning], 7200);
    assert_false(l->changed[REASON_fn_days_high]);
    config_free(c);
}

/* Whatever the order in which the networks stand. */
static void a_register_finds_its_network_by_name(void **state)
{
    (void)state;
    static const char *const expected[] = {"north", "a", "zone", "north"};
    struct config *c = load_good(
        "registers:\n- {name: k1, connect: 'tcp://h1'}\n- {name: k2, connect: 'tcp://h2', network: a}\n"
        "- {name: k3, connect: 'tcp://h3', network: zone}\n- {name: k4, connect: 'tcp://h4', network: north}\n"
        "defaults: {network: north}\nnetworks: {zone: 3, north: 2, a: 1, b: 4}\n");
    assert_int_equal(c->kkt_count, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_string_equal(c->networks[c->kkts[i].network].name, expected[i]);
    assert_int_equal(c->networks[c->kkts[1].network].polls, 1);
    config_free(c);
}

static void names_of_devices_in_part_are_names(void **state)
{
    (void)state;
    struct config *c = load_good("registers:\n"
                                 "- {name: COM, connect: 'tcp://h'}\n- {name: COM15, connect: 'tcp://i'}\n"
                                 "- {name: CON-1, connect: 'tcp://j'}\n- {name: console, connect: 'tcp://k'}\n");
    assert_int_equal(c->kkt_count, 4);
    config_free(c);
}

/* One file on Windows, two elsewhere. */
static void names_that_differ_in_case(void **state)
{
    (void)state;
    struct failure failure;
    struct config *c = load("registers:\n- {name: Касса-1, connect: 'tcp://h'}\n- {name: b, connect: 'tcp://i'}\n"
                            "- {name: КАССА-1, connect: 'tcp://j'}\n",
                            &failure);
#ifdef _WIN32
    assert_null(c);
    assert_non_null(strstr(failure.detail, "main.yaml:4: the name \"КАССА-1\" is taken already"));
#else
    assert_int_equal(c->kkt_count, 3);
    config_free(c);
#endif
}

static void relative_paths_begin_at_the_configuration(void **state)
{
    (void)state;
    char expected[512];
    struct config *c = load_good("state_dir: state\npush: {agent_config: ../agent.conf, sender: bin/zabbix_sender, "
                                 "spool: /tmp/spool}\n");
    (void)snprintf(expected, sizeof expected, "%s/state", folder);
    assert_string_equal(c->state_dir, expected);
    (void)snprintf(expected, sizeof expected, "%s/../agent.conf", folder);
    assert_string_equal(c->push.agent_config, expected);
    (void)snprintf(expected, sizeof expected, "%s/bin/zabbix_sender", folder);
    assert_string_equal(c->push.sender, expected);
    assert_string_equal(c->push.spool, "/tmp/spool");
    config_free(c);
    c = load_good("push: {agent_config: /agent.conf}\n");
    assert_string_equal(c->push.sender, "zabbix_sender");
#ifdef _WIN32
    assert_non_null(strstr(c->state_dir, "\\zabbix-atol\\state"));
#else
    assert_string_equal(c->state_dir, "/var/lib/zabbix-atol");
#endif
    config_free(c);
}

static void a_missing_file_is_told_apart(void **state)
{
    (void)state;
    bool missing = false;
    struct failure failure;
    assert_null(config_load("/nonexistent/zabbix-atol.yaml", &missing, &failure));
    assert_true(missing);
    assert_null(load("language: xx\n", &failure));
}

static void a_reload_sees_what_changed(void **state)
{
    (void)state;
    static const struct {
        const char *more; /* of the register */
        enum config_change change;
    } rows[] = {
        {"connect: tcp://a",                                    CONFIG_SAME          },
        {"connect: tcp://a, interval: 7s",                      CONFIG_OTHER_SETTINGS},
        {"connect: tcp://a, hours: 09:00-21:00",                CONFIG_OTHER_SETTINGS},
        {"connect: tcp://a, network: n",                        CONFIG_OTHER_SETTINGS},
        {"connect: tcp://a, serial: '1'",                       CONFIG_OTHER_ASK     },
        {"connect: tcp://a, interval: 7s, timezone: Asia/Omsk", CONFIG_OTHER_ASK     },
        {"connect: tcp://b",                                    CONFIG_OTHER_ACCESS  },
        {"connect: tcp://a, serial: '1', password: '0001'",     CONFIG_OTHER_ACCESS  },
    };
    struct config *old = load_good("networks: {n: 2}\nregisters:\n- {name: a, connect: tcp://a}\n");
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[300];
        /* The place of a network in the list is of no matter. */
        (void)snprintf(text, sizeof text, "networks: {m: 1, n: 2}\nregisters:\n- {name: a, %s}\n", rows[i].more);
        struct config *now = load_good(text);
        assert_int_equal(config_kkt_change(old, config_find(old, "a"), now, config_find(now, "a")), rows[i].change);
        config_free(now);
    }
    config_free(old);
}

static const struct {
    const char *path, *title, *shop, *connect;
} samples[] = {
    {SAMPLE_CONFIG,         "Shop 12, till 1",                 "Shop 12",           "tcp://10.0.0.15"},
    {SAMPLE_CONFIG_WINDOWS, "Магазин 12, касса 1", "Магазин 12", "serial:COM5"    },
};

static void the_samples_are_all_comment(void **state)
{
    (void)state;
    struct failure failure;
    for (unsigned i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct config *c = config_load(samples[i].path, NULL, &failure);
        if (!c)
            fail_msg("%s", failure.detail);
        assert_int_equal(c->kkt_count, 0); /* nothing is polled that nobody configured */
        assert_null(c->push.agent_config);
        config_free(c);
    }
}

/* Without the # before its keys. `# text` is for people. */
static void unmark(const char *path, char *text, size_t cap)
{
    char line[512];
    size_t used = 0;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        bool words =
            line[0] != '#' || line[1] == '\n' || (line[1] == ' ' && line[2] != ' ') || strstr(line, "#include:");
        bool inner = strncmp(line, "#   ", 4) == 0 && used == 0; /* the shortest one, in the text for people */
        if (!words && !inner)
            used += (size_t)snprintf(text + used, cap - used, "%s", line + 1);
    }
    assert_int_equal(fclose(f), 0);
}

static void the_samples_without_their_marks_are_good(void **state)
{
    (void)state;
    static char text[32768];
    for (unsigned i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        unmark(samples[i].path, text, sizeof text);
        struct config *c = load_good(text);
        const struct config_kkt *k = config_find(c, "kassa-1");
        assert_non_null(k);
        assert_int_equal(c->kkt_count, 2);
        assert_string_equal(k->connect->text, samples[i].connect);
        assert_string_equal(k->title, samples[i].title);
        assert_string_equal(k->shop, samples[i].shop);
        assert_string_equal(k->location->lat, "55.7558");
        assert_string_equal(k->tags->tags[0].name, "region");
        assert_int_equal(c->push.rate_per_s, 50);
        assert_non_null(c->push.agent_config);
        config_free(c);
    }
}

static void two_ways_to_one_device(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
        bool same;
    } rows[] = {
        {"tcp://10.0.0.1",      "tcp://10.0.0.1:5555",           true },
        {"tcp://10.0.0.1",      "tcp://10.0.0.1:5556",           false},
        {"tcp://Kassa.shop",    "tcp://kassa.SHOP",              true },
        {"tcp://10.0.0.1",      "driver:tcp/10.0.0.1",           true },
        {"tcp://10.0.0.1",      "auto://10.0.0.1",               true },
        {"serial:/dev/ttyACM0", "serial:/dev/ttyACM0?baud=9600", true },
#ifdef _WIN32  /* nothing is asked about a port: to look opens it */
        {"serial:COM5",         "serial:\\\\.\\com5",            true },
        {"serial:COM5",         "driver:com/com5",               true },
        {"serial:COM5",         "serial:COM50",                  false},
#else
        {"serial:/dev/null", "serial:/dev/../dev/null", true},
#endif
        {"serial:/dev/ttyACM0", "driver:com//dev/ttyACM0",       true },
        {"serial:/dev/ttyACM0", "serial:/dev/ttyACM1",           false},
        {"driver:usb",          "driver:usb",                    true },
        {"driver:usb/1-1",      "driver:usb/1-2",                false},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct failure failure;
        char text[512];
        (void)snprintf(text, sizeof text, "registers:\n- {name: a, connect: '%s'}\n- {name: b, connect: '%s'}\n",
                       rows[i].one, rows[i].other);
        struct config *c = load(text, &failure);
        if (rows[i].same != !c)
            fail_msg("%s, %s", rows[i].one, rows[i].other);
        if (!c &&
            (!strstr(failure.detail, "main.yaml:3: the address") || !strstr(failure.detail, "main.yaml:2 (\"a\")")))
            fail_msg("%s", failure.detail);
        config_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_and_registers),
        cmocka_unit_test(an_ask_for_a_poll),
        cmocka_unit_test(limits_of_health),
        cmocka_unit_test(includes_in_the_order_of_names),
        cmocka_unit_test(a_register_finds_its_network_by_name),
        cmocka_unit_test(names_of_devices_in_part_are_names),
        cmocka_unit_test(names_that_differ_in_case),
        cmocka_unit_test(relative_paths_begin_at_the_configuration),
        cmocka_unit_test(a_missing_file_is_told_apart),
        cmocka_unit_test(a_reload_sees_what_changed),
        cmocka_unit_test(the_samples_are_all_comment),
        cmocka_unit_test(the_samples_without_their_marks_are_good),
        cmocka_unit_test(two_ways_to_one_device),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
