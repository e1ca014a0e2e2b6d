#include "cli/args.h"

#include "base/process/console.h"
#include "base/process/language.h"
#include "base/text.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* WORD may be empty or look like an option; TEXT may not be empty. */
enum kind { KIND_FLAG, KIND_COUNT, KIND_TEXT, KIND_WORD, KIND_DURATION, KIND_CHOICE, KIND_LANG };

#define ANY   (~0U)
#define POLLS (COMMAND_GET | COMMAND_SHOW | COMMAND_CHECK | COMMAND_CONTROL | COMMAND_DISCOVER | COMMAND_STATUS)
#define NAMES (POLLS | COMMAND_SERVE | COMMAND_SERVICE)

static const struct row {
    unsigned commands;
    const char *name;
    char letter;
    enum kind kind;
    size_t at; /* in struct args */
    const char *value;
    const char *help[2];
} rows[] = {
/* clang-format off */
#define OPTION(commands, name, letter, kind, field, value, en, ru) \
    {commands, name, letter, KIND_##kind, offsetof(struct args, field), value, {en, ru}},
#include "cli/options.def"
#undef OPTION
    /* clang-format on */
};

#define ROWS (sizeof rows / sizeof rows[0])

/* What getopt_long gives for row i is FIRST_ROW + i, and for a word that is no option WORD. */
enum { FIRST_ROW = 256, WORD = 1 };

/* getopt_long's form of the table for some commands. */
struct table {
    struct option options[ROWS + 1];
    char letters[2 * ROWS + 3];
};

/* Is it named by a row before it? Commands may have options of one name; they agree in whether there is a value. */
static bool is_named_before(const struct row *r, unsigned commands)
{
    for (const struct row *before = rows; before < r; before++)
        if ((before->commands & commands) && strcmp(before->name, r->name) == 0)
            return true;
    return false;
}

static void make_table(struct table *t, unsigned commands)
{
    size_t count = 0, used = 0;
    *t = (struct table){0};
    t->letters[used++] = '-'; /* words are returned in their places, and all of them, whatever POSIXLY_CORRECT says */
    t->letters[used++] = ':'; /* a missing value has a code of its own; nothing is printed */
    for (unsigned i = 0; i < ROWS; i++) {
        const struct row *r = &rows[i];
        if (!(r->commands & commands) || is_named_before(r, commands))
            continue;
        t->options[count++] =
            (struct option){r->name, r->value ? required_argument : no_argument, NULL, FIRST_ROW + (int)i};
        if (!r->letter)
            continue;
        t->letters[used++] = r->letter;
        if (r->value)
            t->letters[used++] = ':';
    }
}

static const struct row *row_of(int got, unsigned commands)
{
    if (got >= FIRST_ROW && got < FIRST_ROW + (int)ROWS)
        return &rows[got - FIRST_ROW];
    for (unsigned i = 0; i < ROWS; i++)
        if (got && rows[i].letter == got && (rows[i].commands & commands))
            return &rows[i];
    return NULL;
}

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

bool args_lang(const char *value, enum lang *lang)
{
    *lang = strcmp(value, "ru") == 0 ? LANG_RU : LANG_EN;
    return strcmp(value, "ru") == 0 || strcmp(value, "en") == 0;
}

bool args_environment(struct args *args, struct failure *failure)
{
    const char *lang = getenv("ZABBIX_ATOL_LANG");
    args->lang = language_of_system();
    if (!lang || !*lang)
        return true;
    enum lang wanted;
    if (!args_lang(lang, &wanted))
        return failure_explain(failure, ERR_USAGE, "ZABBIX_ATOL_LANG is \"%s\": expected en or ru.",
                               "ZABBIX_ATOL_LANG=\"%s\": ожидалось en или ru.", TEXT_SHORT(lang));
    args->lang = wanted;
    return true;
}

/* What may be given where --help says TIME, FILE and the like; for choices the row says it itself. */
static const struct {
    const char *value, *words[2];
} expected[] = {
    {"G,...", {"groups, for example printer,fn", "группы, например printer,fn"}                     },
    {"TIME",  {"a duration, for example 500ms, 15s or 5m", "время, например 500ms, 15s или 5m"}   },
    {"ZONE",  {"a name such as Europe/Moscow, or +03:00", "имя, например Europe/Moscow, или +03:00"}},
    {"CIDR",  {"a network, for example 10.0.12.0/24", "сеть, например 10.0.12.0/24"}                  },
    {"FILE",  {"the name of a file", "имя файла"}                                                         },
    {"USER",  {"the name of a user", "имя пользователя"}                                           },
    {"NAME",  {"a name, for example kassa-1", "имя, например kassa-1"}                                 },
    {"WORD",  {"a register, for example kassa-1", "ККТ, например kassa-1"}                             },
};

/* Ends a sentence with it; false. */
static bool add_expected(const struct row *r, struct failure *f)
{
    const char *en = r->value, *ru = r->value;
    for (unsigned i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (strcmp(r->value, expected[i].value) == 0)
            en = expected[i].words[LANG_EN], ru = expected[i].words[LANG_RU];
    failure_append(f, en, ru);
    failure_append(f, ".", ".");
    return false;
}

static bool choose(const struct row *r, const char *value, const char **out, struct failure *f)
{
    size_t length = strlen(value);
    for (const char *at = r->value; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (length > 0 && strncmp(at, value, length) == 0 && (at[length] == '|' || at[length] == '\0')) {
            *out = value;
            return true;
        }
    return failure_explain(f, ERR_USAGE, "--%s \"%s\": expected %s.", "--%s «%s»: ожидалось %s.", r->name,
                           TEXT_SHORT(value), r->value);
}

static bool set_duration(const struct row *r, const char *value, uint32_t *ms, struct failure *f)
{
    if (!args_duration(value, ms))
        return failure_explain(
            f, ERR_USAGE, "--%s \"%s\": expected a duration, for example 500ms, 15s or 1m, at most 24h.",
            "--%s «%s»: ожидалось время, например 500ms, 15s или 1m, не больше 24h.", r->name, TEXT_SHORT(value));
    return *ms > 0 || r->at != offsetof(struct args, timeout_ms) ||
           failure_explain(f, ERR_USAGE, "--%s \"%s\": expected more than zero, for example 15s.",
                           "--%s «%s»: ожидалось больше нуля, например 15s.", r->name, TEXT_SHORT(value));
}

static bool set(struct args *args, const struct row *r, const char *value, struct failure *f)
{
    void *field = (char *)args + r->at;
    enum lang lang;
    switch (r->kind) {
    case KIND_FLAG:
        *(bool *)field = true;
        return true;
    case KIND_COUNT:
        ++*(unsigned *)field;
        return true;
    case KIND_TEXT:
        if (!*value) {
            failure_explain(f, ERR_USAGE, "--%s is empty: expected ", "--%s пуст: ожидалось: ", r->name);
            return add_expected(r, f);
        }
        *(const char **)field = value;
        return true;
    case KIND_WORD:
        *(const char **)field = value;
        return true;
    case KIND_DURATION:
        return set_duration(r, value, field, f);
    case KIND_CHOICE:
        return choose(r, value, field, f);
    case KIND_LANG:
        break;
    }
    if (!args_lang(value, &lang))
        return failure_explain(f, ERR_USAGE, "--%s \"%s\": expected en or ru.", "--%s «%s»: ожидалось en или ru.",
                               r->name, TEXT_SHORT(value));
    args->lang = lang;
    args->lang_set = true;
    return true;
}

/* Where `--` stands, argc without one. The program behind it is known before anything else can be wrong. */
static int find_program(struct args *args, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--") == 0) {
            args->program = i + 1 < argc ? argv + i + 1 : NULL;
            return i;
        }
    return argc;
}

/* Has any command an option of that name? */
static bool any_command_has(const char *name, size_t length)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (strlen(rows[i].name) == length && strncmp(rows[i].name, name, length) == 0)
            return true;
    return false;
}

/* "--timeout, --timezone": the names that begin as `typed`, when there are several: getopt_long takes one as meant. */
static bool several_begin(const char *typed, const char *const *names, unsigned count, char *list, size_t cap)
{
    unsigned several = 0;
    size_t used = 0;
    list[0] = '\0';
    for (unsigned i = 0; i < count && *typed; i++) {
        if (strncmp(names[i], typed, strlen(typed)) != 0)
            continue;
        int n = snprintf(list + used, cap - used, "%s--%s", several++ > 0 ? ", " : "", names[i]);
        if (n < 0 || (size_t)n >= cap - used)
            break;
        used += (size_t)n;
    }
    return several > 1;
}

static bool unknown(const struct args *args, unsigned commands, const char *word, struct failure *f)
{
    const char *names[ROWS];
    char typed[32], list[160];
    unsigned count = 0;
    size_t length = strcspn(word + 2, "=");
    for (unsigned i = 0; i < ROWS; i++)
        if ((rows[i].commands & commands) && !is_named_before(&rows[i], commands))
            names[count++] = rows[i].name;
    (void)snprintf(typed, sizeof typed, "%.*s", (int)(length < 31 ? length : 31), word + 2);
    const char *nearest = word[1] == '-' ? args_nearest(typed, names, count) : NULL;
    const char *of = args->command ? args->command : "", *gap = args->command ? " " : "";
    if (word[1] == '-' && several_begin(typed, names, count, list, sizeof list))
        return failure_explain(f, ERR_USAGE, "\"%s\" is short for several options: %s.",
                               "«%s» — сокращение сразу нескольких параметров: %s.", TEXT_SHORT(word), list);
    if (nearest)
        return failure_explain(f, ERR_USAGE, "Unknown option \"%s\". Did you mean --%s?",
                               "Неизвестный параметр «%s». Возможно, имелось в виду --%s?", TEXT_SHORT(word), nearest);
    if (args->command && word[1] == '-' && any_command_has(word + 2, length))
        return failure_explain(f, ERR_USAGE, "`%s` has no option \"%s\". `zabbix-atol %s --help` lists its options.",
                               "У `%s` нет параметра «%s». Список параметров: zabbix-atol %s --help.", of,
                               TEXT_SHORT(word), of);
    return failure_explain(f, ERR_USAGE, "Unknown option \"%s\". `zabbix-atol%s%s --help` lists the options.",
                           "Неизвестный параметр «%s». Список параметров: zabbix-atol%s%s --help.", TEXT_SHORT(word),
                           gap, of);
}

/* Does "--time", short for several options, have a value in the next word, whichever of them is meant? */
static bool takes_next(const char *word, unsigned commands)
{
    bool any = false;
    if (strncmp(word, "--", 2) != 0 || strchr(word, '='))
        return false;
    for (unsigned i = 0; i < ROWS; i++) {
        if (!(rows[i].commands & commands) || strncmp(rows[i].name, word + 2, strlen(word + 2)) != 0)
            continue;
        if (!rows[i].value)
            return false;
        any = true;
    }
    return any;
}

/* What getopt_long would not have. `word` is where it stood: "--name=value", or letters as in "-vo". */
static bool explain_bad_option(const struct args *args, unsigned commands, int got, const char *word, struct failure *f)
{
    const struct row *r = row_of(optopt, commands);
    char letter[] = {'-', (char)optopt, '\0'};
    /* Windows' getopt_long says ':' of a value that is one too many as well. */
    if (got == ':' && r && r->value) {
        failure_explain(f, ERR_USAGE, "--%s needs a value: expected ", "--%s требует значения: ожидалось: ", r->name);
        return add_expected(r, f);
    }
    if (r && strncmp(word, "--", 2) == 0)
        return failure_explain(f, ERR_USAGE, "--%s takes no value, found \"%s\".",
                               "--%s не принимает значения, найдено «%s».", r->name,
                               TEXT_SHORT(strchr(word, '=') ? strchr(word, '=') + 1 : ""));
    return unknown(args, commands, strncmp(word, "--", 2) == 0 || !optopt ? word : letter, f);
}

const char *args_command(struct args *args, int argc, char **argv, struct failure *failure)
{
    struct table table;
    int got, end = find_program(args, argc, argv);
    struct failure wrong = {0}, *first = failure;
    make_table(&table, ANY);
    optind = 0; /* from the beginning, also for a second call */
    opterr = 0;
    while ((got = getopt_long(end, argv, table.letters, table.options, NULL)) != -1) {
        const struct row *r = row_of(got, ANY);
        if (got == WORD) {
            char *command = argv[optind - 1];
            memmove(argv + 2, argv + 1, (size_t)(optind - 2) * sizeof *argv);
            argv[1] = command;
            failure_clear(failure);
            *args = (struct args){.program = args->program, .lang = args->lang, .lang_set = args->lang_set};
            return command;
        }
        if (r ? !set(args, r, optarg ? optarg : "", first)
              : !explain_bad_option(args, ANY, got, argv[optind - 1], first))
            first = &wrong;
        if (!r && got == '?' && optind < end && takes_next(argv[optind - 1], ANY))
            optind++;
    }
    return NULL;
}

static bool add_word(struct args *args, unsigned most, const char *word, struct failure *f)
{
    if (args->word_count == most && most > 1)
        return failure_explain(f, ERR_USAGE, "%s takes at most %u addresses at a time, \"%s\" is one too many.",
                               "%s принимает не больше %u адресов за раз, «%s» — лишний.", args->command, most,
                               TEXT_SHORT(word));
    if (args->word_count == most)
        return failure_explain(f, ERR_USAGE, "Unexpected argument \"%s\" of %s.", "Лишний аргумент «%s» у %s.",
                               TEXT_SHORT(word), args->command);
    args->words[args->word_count++] = word;
    return true;
}

static bool forms_agree(const struct args *args, struct failure *f)
{
    if (args->lld + args->yaml + args->json > 1)
        return failure_explain(f, ERR_USAGE, "--lld, --yaml and --json contradict each other%s.",
                               "--lld, --yaml и --json противоречат друг другу%s.", "");
    return !args->json || !args->format || strcmp(args->format, "json") == 0 ||
           failure_explain(f, ERR_USAGE, "--json and --format %s contradict each other.",
                           "--json и --format %s противоречат друг другу.", args->format);
}

/* --register stands for the word. */
static bool check_word_count(struct args *args, enum command command, unsigned least, struct failure *f)
{
    if (args->register_word && args->word_count > 0)
        return failure_explain(f, ERR_USAGE, "Unexpected argument \"%s\" beside --register.",
                               "Лишний аргумент «%s» рядом с --register.", TEXT_SHORT(args->words[0]));
    if (args->register_word)
        args->words[args->word_count++] = args->register_word;
    if (args->word_count >= least || args->help || args->version)
        return true;
    if (command == COMMAND_SERVICE)
        return failure_explain(f, ERR_USAGE, "%s needs an action: install, uninstall, start, stop, reload or status.",
                               "%s: укажите действие: install, uninstall, start, stop, reload или status.",
                               args->command);
    if (command == COMMAND_REPLAY)
        return failure_explain(f, ERR_USAGE, "%s needs a FILE written by `get --trace`.",
                               "%s: укажите файл, записанный `get --trace`.", args->command);
    return failure_explain(f, ERR_USAGE,
                           "%s needs a register: CONNECT (for example tcp://10.0.0.15) or a NAME of the configuration.",
                           "%s: укажите ККТ: адрес (например tcp://10.0.0.15) или имя из настроек.", args->command);
}

bool args_parse(struct args *args, enum command command, unsigned least, unsigned most, int argc, char **argv,
                struct failure *failure)
{
    struct table table;
    struct failure wrong, *first = failure; /* only the first is reported */
    int got, end = find_program(args, argc, argv);
    bool good = end == argc || (command == COMMAND_GET && args->program) ||
                failure_explain(failure, ERR_USAGE, "Expected after `--`: get CONNECT -- PROGRAM ARG...",
                                "После `--` ожидалось: get CONNECT -- ПРОГРАММА АРГУМЕНТ...");
    make_table(&table, (unsigned)command);
    optind = 0;
    opterr = 0;
    while ((got = getopt_long(end, argv, table.letters, table.options, NULL)) != -1) {
        const struct row *r = got == WORD ? NULL : row_of(got, (unsigned)command);
        first = good ? failure : &wrong;
        if (got == WORD)
            good = add_word(args, most, optarg, first) && good;
        else if (r)
            good = set(args, r, optarg ? optarg : "", first) && good;
        else
            good = explain_bad_option(args, (unsigned)command, got, argv[optind - 1], first);
        if (got == '?' && optind < end && takes_next(argv[optind - 1], (unsigned)command))
            optind++;
    }
    good = check_word_count(args, command, least, good ? failure : &wrong) && good;
    good = forms_agree(args, good ? failure : &wrong) && good;
    args->refused = !good;
    return good;
}

/* A description goes on in the next line before the 80th column. */
static void print_wrapped(const char *text, int indent)
{
    int column = indent;
    for (const char *at = text; *at;) {
        int bytes = (int)strcspn(at, " "), width = text_width(at, (size_t)bytes);
        if (column > indent && column + 1 + width > 79) {
            console_print(stdout, "\n%*s", indent, "");
            column = indent;
        }
        console_print(stdout, "%s%.*s", column > indent ? " " : "", bytes, at);
        column += width + (column > indent ? 1 : 0);
        at += bytes;
        at += strspn(at, " ");
    }
    console_print(stdout, "\n");
}

void args_print_options(enum command command, enum lang lang)
{
    for (unsigned i = 0; i < ROWS; i++) {
        char left[64];
        const struct row *r = &rows[i];
        char letter[] = {'-', r->letter, ',', ' ', '\0'};
        if (!(r->commands & (unsigned)command))
            continue;
        (void)snprintf(left, sizeof left, "%s--%s%s%s", r->letter ? letter : "", r->name, r->value ? " " : "",
                       r->value ? r->value : "");
        console_print(stdout, "  %-30s ", left);
        print_wrapped(r->help[lang], 33);
    }
}
