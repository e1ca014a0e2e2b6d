#include "answer5.h"

#include "charset.h"

#include <stdio.h>
#include <string.h>

void answer5_escaped(struct answer *a, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == ';' || bytes[i] == '~')
            answer_byte(a, '~');
        answer_byte(a, bytes[i]);
    }
    answer_byte(a, ';');
}

void answer5_text(struct answer *a, const char *utf8)
{
    uint8_t bytes[1024];
    answer5_escaped(a, bytes, charset_encode(utf8, 0, bytes, sizeof bytes));
}

void answer5_number(struct answer *a, int64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)number);
    answer5_text(a, text);
}

void answer5_date(struct answer *a, const struct tm *tm, unsigned digits)
{
    char text[40] = "000000000000";
    if (tm)
        (void)snprintf(text, sizeof text, "%02d%02d%02d%02d%02d%02d", tm->tm_mday, tm->tm_mon + 1, tm->tm_year % 100,
                       tm->tm_hour, tm->tm_min, tm->tm_sec);
    text[digits] = '\0';
    answer5_text(a, text);
}

void answer5_refuse(struct answer *a, const char *code)
{
    a->count = 0;
    answer_bytes(a, code, 2);
}
