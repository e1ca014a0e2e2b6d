#include "base/log.h"

#include "base/console.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

static enum log_level shown = LOG_LEVEL_WARN;

void log_set_level(enum log_level level)
{
    shown = level;
}

enum log_level log_get_level(void)
{
    return shown;
}

static void emit(enum log_level level, const char *message)
{
    static const char *const names[] = {"error", "warning", "info", "debug", "wire"};
    console_print(stderr, "zabbix-atol: %s: %s\n", names[level], message);
}

void log_write(enum log_level level, const char *format, ...)
{
    if (level > shown)
        return;
    char message[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (n < 0)
        return;
    text_cut_utf8(message);
    emit(level, message);
}

void log_wire(const char *who, char direction, const unsigned char *bytes, unsigned long count)
{
    if (LOG_LEVEL_WIRE > shown)
        return;
    /* Longer frames go on in the next line. */
    for (unsigned long at = 0; at < count; at += 64) {
        char hex[64 * 3 + 1];
        unsigned long n = count - at < 64 ? count - at : 64;
        for (unsigned long i = 0; i < n; i++)
            (void)snprintf(hex + 3 * i, 4, " %02x", bytes[at + i]);
        char message[sizeof hex + 128];
        (void)snprintf(message, sizeof message, "%.100s %c%s", who, direction, hex);
        emit(LOG_LEVEL_WIRE, message);
    }
}
