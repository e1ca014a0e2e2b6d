#include "cli/check/check_report.h"

#include "base/console.h"

const char *check_in(const struct check_report *r, const char *en, const char *ru)
{
    return r->args->lang == LANG_RU ? ru : en;
}

void check_say(struct check_report *r, bool good, const char *what, const char *detail)
{
    console_print(stdout, "%s %s%s%s\n", good ? "[ok]" : "[!!]", what, *detail ? ": " : "", detail);
    r->wrong = r->wrong || !good;
}

void check_note(const char *what, const char *detail)
{
    console_print(stdout, "[--] %s%s%s\n", what, *detail ? ": " : "", detail);
}
