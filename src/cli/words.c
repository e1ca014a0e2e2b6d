#include "cli/words.h"

#include "base/exit_status.h"
#include "base/log.h"
#include "base/process/console.h"
#include "base/text.h"
#include "cli/commands.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define LINE_CAP 4800

int words_columns(void)
{
    int64_t columns;
    const char *wanted = getenv("COLUMNS");
    bool usable = wanted && text_decimal(wanted, strlen(wanted), &columns) && columns >= 20 && columns <= 1000;
    return usable ? (int)columns : console_columns();
}

bool words_colours(void)
{
    const char *no_color = getenv("NO_COLOR");
    return console_colours() && !(no_color && *no_color);
}

void words_print(int from, int indent, const char *format, ...)
{
    char line[LINE_CAP], wrapped[2 * LINE_CAP];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n < 0)
        return;
    text_cut_utf8(line);
    int columns = uv_guess_handle(1) == UV_TTY ? words_columns() : INT_MAX;
    console_print(stdout, "%*s%s\n", from, "", text_wrap(wrapped, sizeof wrapped, line, columns, from, indent));
}

int command_fail(const struct failure *failure)
{
    char text[1024];
    failure_text(failure, log_language(), text, sizeof text);
    log_error("%s", "%s", text);
    enum poll_state state = failure_state(failure);
    return state == STATE_USAGE || state == STATE_OK ? EXIT_USAGE : EXIT_NOT_READ;
}
