#include "kkt/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room that is kept for "; …" and the NUL. */
#define MARK_ROOM 6

void kkt_report_add(struct kkt_report *r, const char *format, ...)
{
    if (r->cut)
        return;
    char item[120];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(item, sizeof item, format, args);
    va_end(args);
    const char *joint = r->used ? "; " : "";
    if (n < 0 || (size_t)n >= sizeof item || r->used + strlen(joint) + (size_t)n + MARK_ROOM > sizeof r->text) {
        r->cut = true;
        r->used += (unsigned)snprintf(r->text + r->used, sizeof r->text - r->used, "%s…", joint);
        return;
    }
    r->used += (unsigned)snprintf(r->text + r->used, sizeof r->text - r->used, "%s%s", joint, item);
}

bool kkt_report_any(const struct kkt_report *r)
{
    return r->used > 0;
}
