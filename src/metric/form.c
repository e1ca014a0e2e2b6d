#include "metric/form.h"

#include "base/text.h"

#include <string.h>

#define FIRST_FN_YEAR 2016
#define LAST_YEAR     2099 /* a register's year has two digits */

bool form_number(enum metric m, int64_t value)
{
    const struct metric_row *row = metric_row(m);
    if (row->type == METRIC_BOOL)
        return value == 0 || value == 1;
    if (row->form == FORM_WORDS)
        return metric_word(m, value, LANG_EN) != NULL;
    return (row->min == 0 && row->max == 0) || (value >= row->min && value <= row->max);
}

static bool all_digits(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

/* The check digit behind `count` digits; the weights end with those of the last digit. */
static bool check_digit(const char *text, size_t count)
{
    static const int weights[] = {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8};
    const int *first = weights + sizeof weights / sizeof weights[0] - count;
    int sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += first[i] * (text[i] - '0');
    return sum % 11 % 10 == text[count] - '0';
}

static bool all_zeros(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != '0')
            return false;
    return true;
}

bool form_is_no_text(enum metric m, const char *text, size_t length)
{
    return length == 0 || (metric_row(m)->form == FORM_INN && all_zeros(text, length));
}

bool form_is_inn(const char *text, size_t length)
{
    if (!all_digits(text, length))
        return false;
    if (all_zeros(text, length))
        return false;
    if (length == 10)
        return check_digit(text, 9);
    if (length != 12)
        return false;
    return (check_digit(text, 10) && check_digit(text, 11)) ||
           (text[0] == '0' && text[1] == '0' && check_digit(text + 2, 9));
}

static bool is_mac(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (i % 3 == 2 ? text[i] != ':' : !strchr("0123456789ABCDEF", text[i]))
            return false;
    return length == 17;
}

static size_t characters_of(const char *text, size_t length)
{
    size_t characters = 0;
    for (size_t i = 0; i < length; i++)
        characters += ((unsigned char)text[i] & 0xC0) != 0x80;
    return characters;
}

static bool is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

bool form_text(enum metric m, const char *text, size_t length)
{
    const struct metric_row *row = metric_row(m);
    /* Through the driver and from a file any text may come. */
    if (!text_is_plain(text, length))
        return false;
    size_t characters = characters_of(text, length);
    bool limited = row->min != 0 || row->max != 0;
    if (limited && ((int64_t)characters < row->min || (int64_t)characters > row->max))
        return false;
    switch (row->form) {
    case FORM_DIGITS:
        return all_digits(text, length);
    case FORM_ASCII:
        return is_ascii(text, length);
    case FORM_INN:
        return form_is_inn(text, length);
    case FORM_MAC:
        return is_mac(text, length);
    case FORM_USUAL:
    case FORM_WORDS:
    case FORM_CLOCK:
        break;
    }
    return true;
}

enum form_date form_date(enum metric m, const struct civil *c)
{
    bool clock = metric_row(m)->form == FORM_CLOCK;
    if (c->year == 0 && c->month == 0 && c->day == 0)
        return FORM_DATE_NONE;
    if (!civil_valid(c) || c->year > LAST_YEAR)
        return FORM_DATE_IMPOSSIBLE;
    if (c->year == 1970 || (c->year == 2070 && c->month == 1 && c->day <= (clock ? 1 : 2)))
        return FORM_DATE_NONE;
    return c->year < FIRST_FN_YEAR && !clock ? FORM_DATE_NONE : FORM_DATE_GOOD;
}
