#include "cli/args.h"

#include "base/console.h"
#include "base/text.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum kind { KIND_FLAG, KIND_COUNT, KIND_TEXT, KIND_DURATION, KIND_CHOICE, KIND_LANG };

#define ANY       (~0U)
#define POLLS     (COMMAND_GET | COMMAND_SHOW | COMMAND_CHECK | COMMAND_CONTROL | COMMAND_DISCOVER)
#define NAMES     (POLLS | COMMAND_SERVE | COMMAND_SERVICE)
#define AT(field) offsetof(struct args, field)

/* clang-format off */
/* THE table of options. */
static const struct option {
    unsigned commands;
    const char *name;
    const char *letter; /* "" for none */
    enum kind kind;
    size_t at;
    const char *value; /* what stands behind it: a placeholder, or the choices */
    const char *help[2];
} options[] = {
    {COMMAND_GET, "--format", "", KIND_CHOICE, AT(format), "json|seed|prometheus",
     {"form of the output; json by default",
      "вид вывода; по умолчанию json"}},
    {COMMAND_METRICS, "--format", "", KIND_CHOICE, AT(format), "md|json",
     {"form of the output; md by default",
      "вид вывода; по умолчанию md"}},
    {COMMAND_GET | COMMAND_SHOW, "--groups", "", KIND_TEXT, AT(groups), "G,...",
     {"what to read: groups of metrics, quick, slow, extra, all; quick,slow by default",
      "что читать: группы метрик, quick, slow, extra, all; по умолчанию quick,slow"}},
    {POLLS, "--timeout", "", KIND_DURATION, AT(timeout_ms), "TIME",
     {"for the whole poll, as 500ms, 15s or 1m; 15s by default, 3s for each port of discover",
      "на весь опрос: 500ms, 15s или 1m; по умолчанию 15s, 3s на порт у discover"}},
    {COMMAND_GET | COMMAND_SHOW, "--max-age", "", KIND_DURATION, AT(max_age_ms), "TIME",
     {"answer from the snapshot of serve if it is not older",
      "ответить снимком serve, если он не старше"}},
    {COMMAND_GET | COMMAND_SHOW | COMMAND_CONTROL, "--timezone", "", KIND_TEXT, AT(zone), "ZONE",
     {"zone of the register's clock, as Europe/Moscow or +03:00; this computer's by default",
      "пояс часов ККТ: Europe/Moscow или +03:00; по умолчанию как у компьютера"}},
    {COMMAND_GET, "--output", "-o", KIND_TEXT, AT(output), "FILE",
     {"write to FILE, atomically, instead of stdout",
      "записать в FILE целиком вместо stdout"}},
    {NAMES, "--config", "-c", KIND_TEXT, AT(config), "FILE",
     {"the configuration file",
      "файл настроек"}},
    {COMMAND_SERVE, "--stop-on-eof", "", KIND_FLAG, AT(stop_on_eof), NULL,
     {"end when standard input ends, as a program that starts serve may want",
      "закончить, когда закончится стандартный ввод"}},
    {COMMAND_DISCOVER, "--lld", "", KIND_FLAG, AT(lld), NULL,
     {"JSON for Zabbix low-level discovery",
      "JSON для низкоуровневого обнаружения Zabbix"}},
    {COMMAND_DISCOVER, "--scan", "", KIND_FLAG, AT(scan), NULL,
     {"look at the USB and serial ports of this computer",
      "осмотреть USB- и последовательные порты компьютера"}},
    {COMMAND_CONTROL, "--allow-control", "", KIND_FLAG, AT(allow_control), NULL,
     {"allow control of a register for this once",
      "разрешить управление ККТ на этот раз"}},
    {COMMAND_CONTROL, "--yes", "", KIND_FLAG, AT(yes), NULL,
     {"do not ask for confirmation",
      "не спрашивать подтверждения"}},
    {ANY, "--lang", "", KIND_LANG, AT(lang), "en|ru",
     {"language of the texts; also by ZABBIX_ATOL_LANG",
      "язык текстов; также через ZABBIX_ATOL_LANG"}},
    {ANY, "--verbose", "-v", KIND_COUNT, AT(verbose), NULL,
     {"say more on stderr; -vv shows the bytes of the wire",
      "подробнее в stderr; -vv показывает байты обмена"}},
    {ANY, "--help", "-h", KIND_FLAG, AT(help), NULL,
     {"this help",
      "эта справка"}},
};
/* clang-format on */

#define OPTIONS (sizeof options / sizeof options[0])

bool args_duration(const char *text, uint32_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {
        {"ms", 1      },
        {"s",  1000   },
        {"m",  60000  },
        {"h",  3600000},
    };
    size_t digits = strspn(text, "0123456789");
    int64_t value;
    if (digits == 0 || !text_decimal(text, digits, &value) || value > 86400000)
        return false;
    for (unsigned i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(text + digits, units[i].unit) == 0 && value * units[i].ms <= 86400000) {
            *ms = (uint32_t)(value * units[i].ms);
            return true;
        }
    return false;
}

static bool choose(const struct option *o, const char *value, const char **out, struct failure *f)
{
    size_t length = strlen(value);
    for (const char *at = o->value; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (length > 0 && strncmp(at, value, length) == 0 && (at[length] == '|' || at[length] == '\0')) {
            *out = value;
            return true;
        }
    return failure_set(f, ERR_USAGE, "%s \"%.60s\": expected %s.", o->name, value, o->value);
}

bool args_lang(const char *value, enum lang *lang)
{
    *lang = strcmp(value, "ru") == 0 ? LANG_RU : LANG_EN;
    return strcmp(value, "ru") == 0 || strcmp(value, "en") == 0;
}

static bool set(struct args *args, const struct option *o, const char *value, struct failure *f)
{
    void *field = (char *)args + o->at;
    const char *word;
    switch (o->kind) {
    case KIND_FLAG:
        *(bool *)field = true;
        return true;
    case KIND_COUNT:
        ++*(unsigned *)field;
        return true;
    case KIND_TEXT:
        if (!*value)
            return failure_set(f, ERR_USAGE, "%s is empty: expected %s.", o->name, o->value);
        *(const char **)field = value;
        return true;
    case KIND_DURATION:
        if (!args_duration(value, field))
            return failure_set(f, ERR_USAGE, "%s \"%.60s\": expected a time as 500ms, 15s or 1m, at most 24h.", o->name,
                               value);
        return *(const uint32_t *)field > 0 || o->at != AT(timeout_ms) ||
               failure_set(f, ERR_USAGE, "%s \"%.60s\": expected more than nothing, as 15s.", o->name, value);
    case KIND_CHOICE:
        return choose(o, value, field, f);
    case KIND_LANG:
        break;
    }
    args->lang_set = true;
    return choose(o, value, &word, f) && args_lang(word, field);
}

static const struct option *find(enum command command, const char *name, size_t length)
{
    for (unsigned i = 0; i < OPTIONS; i++)
        if ((options[i].commands & (unsigned)command) &&
            ((strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0) ||
             (length == 2 && strncmp(options[i].letter, name, 2) == 0)))
            return &options[i];
    return NULL;
}

/* -v, -vv, --name, --name=value, -o value. Moves *at over the value when that is a word of its own. */
static bool parse_option(struct args *args, enum command command, int argc, char **argv, int *at, struct failure *f)
{
    const char *word = argv[*at];
    const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    if (strcmp(word, "-vv") == 0) {
        args->verbose += 2;
        return true;
    }
    const struct option *o = find(command, word, equals ? (size_t)(equals - word) : strlen(word));
    if (!o)
        return failure_set(f, ERR_USAGE, "Unknown option \"%.60s\" of %s. `zabbix-atol %s --help` lists the options.",
                           word, args->command, args->command);
    bool takes_value = o->value != NULL;
    if (!takes_value && equals)
        return failure_set(f, ERR_USAGE, "%s takes no value, found \"%.60s\".", o->name, equals + 1);
    if (!takes_value)
        return set(args, o, "", f);
    if (equals)
        return set(args, o, equals + 1, f);
    if (*at + 1 >= argc)
        return failure_set(f, ERR_USAGE, "%s needs a value: expected %s.", o->name, o->value);
    return set(args, o, argv[++*at], f);
}

/* Where `--` stands, argc without one. The program behind it is known before anything else can be wrong. */
static int find_program(struct args *args, int argc, char **argv, int first)
{
    for (int i = first; i < argc; i++)
        if (strcmp(argv[i], "--") == 0) {
            args->program = i + 1 < argc ? argv + i + 1 : NULL;
            return i;
        }
    return argc;
}

bool args_parse(struct args *args, enum command command, unsigned least, unsigned most, int argc, char **argv,
                int first, struct failure *failure)
{
    int end = find_program(args, argc, argv, first);
    if (end < argc && (command != COMMAND_GET || !args->program))
        return failure_set(failure, ERR_USAGE, "Behind `--` expected: get CONNECT -- PROGRAM ARG...");
    for (int i = first; i < end; i++) {
        if (argv[i][0] == '-' && argv[i][1]) {
            if (!parse_option(args, command, end, argv, &i, failure))
                return false;
            continue;
        }
        if (args->word_count == most)
            return failure_set(failure, ERR_USAGE, "\"%.60s\" is one word too many for %s.", argv[i], args->command);
        args->words[args->word_count++] = argv[i];
    }
    if (args->word_count >= least || args->help)
        return true;
    return failure_set(failure, ERR_USAGE, "%s needs %s.", args->command,
                       command == COMMAND_SERVICE
                           ? "to know what to do: install, uninstall, start, stop, reload or status"
                           : "the register: CONNECT (as tcp://10.0.0.15) or a NAME of the configuration");
}

void args_print_options(enum command command, enum lang lang)
{
    for (unsigned i = 0; i < OPTIONS; i++) {
        char left[64];
        const struct option *o = &options[i];
        if (!(o->commands & (unsigned)command))
            continue;
        (void)snprintf(left, sizeof left, "%s%s%s%s%s", o->letter, *o->letter ? ", " : "", o->name, o->value ? " " : "",
                       o->value ? o->value : "");
        console_print(stdout, "  %-30s %s\n", left, o->help[lang]);
    }
}
