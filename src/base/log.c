#include "base/log.h"

#include "base/process/console.h"
#include "base/text.h"
#include "base/time/clock.h"
#include "base/time/zone.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 2048

static enum log_level shown = LOG_LEVEL_WARN;
static enum { FORM_COMMAND, FORM_SERVICE, FORM_JOURNAL, FORM_TIMED } form = FORM_COMMAND;

/* Words and the priorities of syslog. */
static const struct {
    const char *name[2]; /* the first is also a field of a service's line, for programs */
    int priority;
} levels[] = {
    {{"error", "ошибка"},                   3},
    {{"warning", "предупреждение"}, 4},
    {{"info", "сообщение"},              6},
    {{"debug", "debug"},                          7},
    {{"wire", "wire"},                            7},
};

static enum lang language = LANG_EN;

void log_set_language(enum lang lang)
{
    language = lang;
}

enum lang log_language(void)
{
    return language;
}

void log_set_level(enum log_level level)
{
    shown = level;
}

enum log_level log_get_level(void)
{
    return shown;
}

void log_begin_service(void)
{
    enum log_sink sink = log_sink();
    form = sink == LOG_SINK_JOURNAL ? FORM_JOURNAL : sink == LOG_SINK_TIMED ? FORM_TIMED : FORM_SERVICE;
}

/* "…/src/serve/fleet/fleet.c": "serve", its length in *length. */
static const char *subsystem_of(const char *file, int *length)
{
    const char *begin = file;
    for (const char *at = file; (at = strstr(at, "src")) != NULL; at += 3)
        if (at[3] == '/' || at[3] == '\\')
            begin = at + 4;
    *length = (int)strcspn(begin, "/\\");
    return begin;
}

static void print_time(char *buf, size_t cap)
{
    const struct zone host = {.host = true};
    struct civil c;
    char text[CIVIL_TEXT_MAX] = "";
    int64_t now = clock_unix_ms();
    if (zone_from_unix(&host, now / 1000, &c)) {
        civil_print_time(&c, text);
        text[10] = ' ';
    }
    (void)snprintf(buf, cap, "%s.%03d", text, (int)(now % 1000));
}

static void print_line(enum log_level level, const char *file, const char *message)
{
    char safe[MESSAGE_MAX + 100], now[CIVIL_TEXT_MAX + 8];
    int length;
    const char *subsystem = subsystem_of(file, &length);
    (void)text_escape(safe, sizeof safe, message);
    switch (form) {
    case FORM_COMMAND:
        console_print(stderr, "zabbix-atol: %s: %s\n", levels[level].name[language], safe);
        break;
    case FORM_SERVICE:
        print_time(now, sizeof now);
        console_print(stderr, "%s %s %.*s: %s\n", now, levels[level].name[LANG_EN], length, subsystem, safe);
        break;
    case FORM_TIMED:
        console_print(stderr, "%s %.*s: %s\n", levels[level].name[LANG_EN], length, subsystem, safe);
        break;
    case FORM_JOURNAL:
        console_print(stderr, "<%d>%.*s: %s\n", levels[level].priority, length, subsystem, safe);
        break;
    }
}

static atomic_uint lost;

/* A service does not wait for whoever reads its log: what finds no room is counted. */
static void emit(enum log_level level, const char *file, const char *message)
{
    char text[160];
    if (form != FORM_COMMAND && !log_has_room()) {
        lost++;
        return;
    }
    unsigned count = atomic_exchange(&lost, 0);
    if (count > 0) {
        (void)snprintf(text, sizeof text,
                       language == LANG_RU ? "строк журнала потеряно, их никто не читал: %u"
                                           : "lines of the log were lost, nobody read them: %u",
                       count);
        print_line(LOG_LEVEL_WARN, file, text);
    }
    if (count > 0 && !log_has_room())
        lost++;
    else
        print_line(level, file, message);
}

static void write_message(enum log_level level, const char *file, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void write_message(enum log_level level, const char *file, const char *format, va_list args)
{
    char message[MESSAGE_MAX];
    if (level > shown || vsnprintf(message, sizeof message, format, args) < 0)
        return;
    text_cut_utf8(message);
    emit(level, file, message);
}

void log_write(enum log_level level, const char *file, const char *english, const char *russian, ...)
{
    va_list args;
    va_start(args, russian);
    write_message(level, file, language == LANG_RU ? russian : english, args);
    va_end(args);
}

void log_write_debug(const char *file, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_message(LOG_LEVEL_DEBUG, file, format, args);
    va_end(args);
}

void log_wire(const char *who, char direction, const unsigned char *bytes, unsigned long count, unsigned long hidden)
{
    if (LOG_LEVEL_WIRE > shown)
        return;
    /* Longer frames go on in the next line. */
    for (unsigned long at = 0; at < count; at += 64) {
        char hex[64 * 3 + 1];
        unsigned long n = count - at < 64 ? count - at : 64;
        for (unsigned long i = 0; i < n; i++)
            if (at + i == hidden || at + i == hidden + 1)
                (void)snprintf(hex + 3 * i, 4, " **");
            else
                (void)snprintf(hex + 3 * i, 4, " %02x", bytes[at + i]);
        char message[sizeof hex + 128];
        (void)snprintf(message, sizeof message, "%s %c%s", TEXT_SHORT(who), direction, hex);
        emit(LOG_LEVEL_WIRE, "src/link/", message);
    }
}
