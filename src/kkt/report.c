#include "kkt/report.h"

#include <stdio.h>
#include <string.h>

/* Room that is kept for "; …" and the NUL. */
#define MARK_ROOM 6

static void append(struct kkt_report *r, enum lang lang, const char *item)
{
    const char *joint = r->used[lang] ? "; " : "";
    size_t room = sizeof r->text[lang] - r->used[lang];
    r->used[lang] += (unsigned)snprintf(r->text[lang] + r->used[lang], room, "%s%s", joint, item);
}

void kkt_report_add(struct kkt_report *r, const char *english, const char *russian)
{
    if (r->cut)
        return;
    const size_t cap = sizeof r->text[LANG_EN] - MARK_ROOM - 2;
    r->cut = r->used[LANG_EN] + strlen(english) > cap || r->used[LANG_RU] + strlen(russian) > cap;
    append(r, LANG_EN, r->cut ? "…" : english);
    append(r, LANG_RU, r->cut ? "…" : russian);
}

bool kkt_report_any(const struct kkt_report *r)
{
    return r->used[LANG_EN] > 0;
}

void kkt_report_fail(const struct kkt_report *r, struct failure *f, enum error_code code)
{
    failure_explain(f, code, "%s%.0s", "%.0s%s", r->text[LANG_EN], r->text[LANG_RU]);
}
