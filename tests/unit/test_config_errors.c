/* What is wrong with a configuration is told with file:line, key and value. */
#include "config_world.h"

static void wrong_limits_give_file_and_line(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"  fn_day: {warning: 1}\n",          "2: unknown key \"fn_day\""                                              },
        {"  fn_days: 30\n",
         "2: fn_days: expected limits by severity, as {warning: …}; there are: information, warning, "
         "high, disaster"                                                                                              },
        {"  shift_left:\n    high: 1h\n",     "3: shift_left has no limit \"high\"; there are: warning"                },
        {"  fn_days:\n    warning: soon\n",   "3: fn_days: \"soon\": expected a whole number or `none`"                },
        {"  fn_days:\n    warning: -1\n",     "3: fn_days: \"-1\": expected a whole number or `none`"                  },
        {"  ofd_age:\n    warning: 3 days\n", "3: ofd_age: \"3 days\": expected a duration"                            },
        {"  fn_days: {warning: 5}\n",         "2: fn_days: \"warning\" (5) must be more than \"high\" (10)"            },
        {"  ofd_age: {high: 27d}\n",          "2: ofd_age: \"high\" (2332800) must be less than \"disaster\" (2332800)"},
        {"  ofd_age: {high: 30d}\n",          "2: ofd_age: \"high\" (2592000) must be less than \"disaster\" (2332800)"},
        {"  fn_days: {high: 9, high: 8}\n",   "2: fn_days: duplicate key \"high\""                                     },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct failure failure;
        char text[256];
        (void)snprintf(text, sizeof text, "limits:\n%sregisters: []\n", rows[i][0]);
        assert_null(load(text, &failure));
        assert_int_equal(failure.code, ERR_CONFIG);
        if (!strstr(failure.detail, rows[i][1]))
            fail_msg("\"%s\" is not \"%s\"", failure.detail, rows[i][1]);
    }
}

static void wrong_files_give_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *error; /* behind "FILE:" */
    } rows[] = {
        {"",                                                                                   "1: the file is empty"                                         },
        {"registers: [\n",                                                                     "2: not YAML"                                                  },
        {"just text\n",                                                                        "1: expected keys with values"                                 },
        {"\nregister: []\n",                                                                   "2: unknown key \"register\"; expected: language, state_dir"   },
        {"language: ru\nlanguage: en\n",                                                       "2: duplicate key \"language\""                                },
        {"language: de\n",                                                                     "1: language \"de\": expected en or ru"                        },
        {"registers: {a: b}\n",                                                                "1: registers: expected a list"                                },
        {"registers:\n  - name: a\n",                                                          "2: a register needs `connect`"                                },
        {"registers:\n  - connect: tcp://h\n",                                                 "2: a register needs `name`"                                   },
        {"registers:\n  - name: a\n    connect: ftp://h\n",                                    "3: "                                                          },
        {"registers:\n  - name: a/b\n    connect: tcp://h\n",                                  "2: name \"a/b\""                                              },
        {"registers:\n  - {name: com5, connect: 'tcp://h'}\n",                                 "2: name \"com5\": a device of Windows"                        },
        {"registers:\n  - {name: Nul.kassa, connect: 'tcp://h'}\n",                            "2: name \"Nul.kassa\": a device of Windows"                   },
        {"registers:\n  - name: a\n    connect: tcp://h\n    speed: 9\n",                      "4: unknown key \"speed\""                                     },
        {"registers:\n  - {name: a, connect: 'tcp://h'}\n  - {name: a, connect: 'tcp://i'}\n",
         "3: the name \"a\" is taken already, at"                                                                                                             },
        {"# x\ndefaults:\n",                                                                   "2: defaults: expected keys with values"                       },
        {"language: ru\ndefaults: ~\n",                                                        "2: defaults: expected keys with values"                       },
        {"defaults: [a]\n",                                                                    "1: defaults: expected keys with values"                       },
        {"defaults:\n  interval: 400d\n",
         "2: interval: \"400d\": expected a duration from 1s to 366d, as 30s, 5m, 1h or 1d"                                                                   },
        {"defaults:\n  interval: soon\n",                                                      "2: interval: \"soon\": expected a duration"                   },
        {"defaults:\n  interval: 0\n",                                                         "2: interval: \"0\": expected a duration from 1s to 366d"      },
        {"defaults:\n  interval: [1]\n",                                                       "2: interval: expected a value, found a list"                  },
        {"defaults:\n  control: 1\n",                                                          "2: control: \"1\": expected true or false"                    },
        {"defaults:\n  timezone: Mars/Base\n",                                                 "2: timezone \"Mars/Base\""                                    },
        {"defaults:\n  hours: 9-21\n",                                                         "2: hours \"9-21\""                                            },
        {"defaults:\n  password: abcd\n",                                                      "2: password: expected four digits"                            },
        {"defaults:\n  network: wifi\n",                                                       "2: network \"wifi\" is not one of `networks`"                 },
        {"defaults:\n  name: x\n",                                                             "2: unknown key \"name\""                                      },
        {"networks:\n  a: 1\n  a: 2\n",                                                        "3: duplicate network \"a\""                                   },
        {"networks:\n  a: none\n",                                                             "2: a: \"none\": expected a whole number"                      },
        {"limits:\n  polls: 0\n",                                                              "2: polls: \"0\": expected a whole number"                     },
        {"push:\n  batch: 5\n",                                                                "2: push needs `agent_config`"                                 },
        {"push:\n  agent_config: f\n  batch: 251\n",                                           "3: batch: \"251\": at most 250"                               },
        {"registers: []\n---\nregisters: []\n",                                                "2: a second document begins here"                             },
        {"registers: []\n...\nrubbish: [\n",                                                   "3: "                                                          },
        {"# ok\nregisters: []\n# \xea\xe0\xf1\xf1\xe0\n",                                      "3: not UTF-8 text"                                            },
        {"defaults:\n  hours: 09:00-13:00, 12:00-18:00\n",
         "2: hours \"09:00-13:00, 12:00-18:00\": two times of one day overlap"                                                                                },
        {"registers:\n- {name: -x, connect: tcp://h}\n",                                       "2: name \"-x\": "                                             },
        {"registers:\n- {name: a, connect: tcp://h, title: ' '}\n",                            "2: title: nothing but blanks"                                 },
        {"registers:\n- {name: a, connect: tcp://h, title: [x]}\n",                            "2: title: expected a value, found a list"                     },
        {"registers:\n- {name: a, connect: tcp://h, shop: /x}\n",                              "2: shop: it becomes a host group"                             },
        {"registers:\n- {name: a, connect: tcp://h, tags: [x]}\n",                             "2: tags: expected names with values"                          },
        {"registers:\n- {name: a, connect: tcp://h, tags: {x: 1, x: 2}}\n",                    "2: duplicate tag \"x\""                                       },
        {"registers:\n- {name: a, connect: tcp://h, location: {lat: 55}}\n",                   "2: location: give both `lat` and `lon`"                       },
        {"registers:\n- {name: a, connect: tcp://h, location: {lat: 95, lon: 1}}\n",
         "2: lat: \"95\": expected degrees such as 55.7558, from -90 to 90"                                                                                   },
        {"registers:\n- {name: a, connect: tcp://h, location: {lat: -91, lon: 1}}\n",
         "2: lat: \"-91\": expected degrees"                                                                                                                  },
        {"registers:\n- name: a\n  connect: tcp://h\n  timeout: 2h\n",                         "4: timeout: \"2h\": at most 1h"                               },
        {"registers:\n- {name: a, connect: tcp://h, location: {town: x}}\n",                   "2: unknown key \"town\""                                      },
        {"push: {agent_config: f, rate: 0}\n",                                                 "1: rate: \"0\": expected a whole number from 1 to 10000000"   },
        {"registers:\n- {name: a, connect: tcp://h, serial: \"\\e[31mX\\nY\"}\n",
         "2: serial \"\\x1b[31mX\\nY\": expected 1 to 20 digits"                                                                                              },
        {"registers:\n- {name: a, connect: tcp://h, serial: \" 00106112345678\"}\n",
         "2: serial \" 00106112345678\": expected 1 to 20 digits"                                                                                             },
        {"registers:\n- {name: a, connect: tcp://h, serial: КЛМ}\n",                        "2: serial \"КЛМ\": expected 1 to 20 digits"                },
        {"registers:\n- {name: a, connect: tcp://h, serial: 001061123456780010611}\n",
         "2: serial \"001061123456780010611\": expected 1 to 20 digits"                                                                                       },
        {"registers:\n- {name: a, connect: tcp://0177.0.0.1}\n",
         "2: The address \"tcp://0177.0.0.1\" is wrong: expected an IP address as 10.0.0.15"                                                                  },
        {"registers:\n- {name: a, connect: 'serial:/dev/ttyS0?baud=9600&baud=19200'}\n",
         "2: The address \"serial:/dev/ttyS0?baud=9600&baud=19200\" is wrong: the setting is given twice"                                                     },
        {"registers: []\ninclude: shops/*/r.yaml\n",
         "2: include \"shops/*/r.yaml\": a * stands for names of files only: expected it behind the last /"                                                   },
        {"include: [a.d/*.yaml, '*.d/*.yaml']\n",                                              "1: include \"*.d/*.yaml\": a * stands for names of files only"},
        {"registers:\n- {name: a, connect: tcp://h, tags: {shop-a: 1, x: 2, shop_a: 3}}\n",
         "2: tags \"shop-a\" and \"shop_a\" have one macro in Zabbix, {#KKT.TAG.SHOP_A}: rename one"                                                          },
        {"defaults:\n  tags:\n    Region: 3\n    region: 4\n",
         "4: tags \"Region\" and \"region\" have one macro in Zabbix, {#KKT.TAG.REGION}"                                                                      },
        {"registers:\n- {name: '-', connect: tcp://h}\n",                                      "2: name \"-\": "                                              },
        {"registers:\n- {name: a, connect: tcp://h, title: \"a\\u202Eb\"}\n",                  "2: a control character in title"                              },
        {"registers:\n- {name: a, connect: tcp://h, shop: \"a\\u2028b\"}\n",                   "2: a control character in shop"                               },
        {"registers:\n- {name: \"a\\u2066b\", connect: tcp://h}\n",                            "2: a control character in a name"                             },
        {"registers:\n- {name: \"a\\x1b[31mb\", connect: tcp://h}\n",                          "2: a control character in a name"                             },
        {"push: {agent_config: f}\nregisters:\n- {name: Касса 1, connect: tcp://h}\n",
         "3: name \"Касса 1\": with `push` it is the host's name in Zabbix: only A-Z a-z 0-9, blank, . _ -"                                              },
        {"registers:\n- {name: kassa+1, connect: tcp://h}\npush: {agent_config: f}\n",
         "2: name \"kassa+1\": with `push`"                                                                                                                   },
        {"push:\n  agent_config: f\n  host: Сборщик\n",                                 "3: host \"Сборщик\": only A-Z a-z 0-9"                 },
        {"registers: []\ninclude: nope.yaml\n",                                                "2: include \"nope.yaml\": "                                   },
        {"state_dir:\nlanguage: ru\n",                                                         "1: state_dir: expected a value, found nothing"                },
        {"limits: {driver_polls: 1, polls: 0}\n",                                              "1: polls: \"0\": expected a whole number from 1 to 10000000"  },
        {"defaults:\n  timeout: 5h\nregisters:\n- {name: a, connect: tcp://h}\n",              "2: timeout: \"5h\": at most 1h"                               },
        {"prometheus:\n  file: page.txt\n",                                                    "2: file: \"page.txt\": expected a name that ends in .prom"    },
        {"registers:\n- [a]\n",                                                                "2: registers: expected keys with values"                      },
        {"registers: [a: @]\n",
         "1: not YAML: found character that cannot start any token; check indentation, quotation marks and colons"                                            },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct failure failure;
        char expected[400];
        struct config *c = load(rows[i].text, &failure);
        (void)snprintf(expected, sizeof expected, "%s/main.yaml:%s", folder, rows[i].error);
        if (c)
            fail_msg("taken: %s", rows[i].text);
        if (failure.code != ERR_CONFIG || strncmp(failure.detail, expected, strlen(expected)) != 0)
            fail_msg("expected %s\nfound    %s", expected, failure.detail);
    }
}

/* 255 characters, whatever their bytes, are a tag's value of Zabbix. */
static void all_tags_together_fit_into_one_of_zabbix(void **state)
{
    (void)state;
    static const char head[] = "registers:\n- {name: a, connect: tcp://h, tags: {";
    struct failure failure;
    char text[2048];
    for (int extra = 0; extra < 2; extra++) {
        int n = snprintf(text, sizeof text, "%sregion: north, город: ", head);
        for (int i = 0; i < 255 - (int)sizeof "region=north, город=" + 1 + 5 + extra; i++)
            n += snprintf(text + n, sizeof text - (size_t)n, "я");
        (void)snprintf(text + n, sizeof text - (size_t)n, "}}\n");
        struct config *c = load(text, &failure);
        assert_true((c != NULL) == (extra == 0));
        if (extra)
            assert_non_null(strstr(failure.detail, "main.yaml:2: tags: 256 characters in one line"));
        config_free(c);
    }
}

static void deep_nesting_is_refused_at_once(void **state)
{
    (void)state;
    static char text[600000];
    struct failure failure;
    int n = snprintf(text, sizeof text, "registers:\n  ");
    memset(text + n, '[', sizeof text - (size_t)n - 1);
    text[sizeof text - 1] = '\0';
    assert_null(load(text, &failure));
    assert_non_null(strstr(failure.detail, "main.yaml:2: lists and groups stand in each other deeper"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_limits_give_file_and_line),
        cmocka_unit_test(wrong_files_give_file_and_line),
        cmocka_unit_test(all_tags_together_fit_into_one_of_zabbix),
        cmocka_unit_test(deep_nesting_is_refused_at_once),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
