#include "output/document.h"

#include "base/text.h"

#include <string.h>

bool document_was_read(const struct document *d)
{
    return poll_state_was_read(d->state);
}

void document_of(struct document *d, const char *name, const char *connect, const struct snapshot *s,
                 const struct zone *zone, const struct health_limits *limits, enum lang lang)
{
    memset(d, 0, sizeof *d);
    char sentence[DOCUMENT_ERROR_MAX];
    (void)text_escape(d->name, sizeof d->name, name);
    (void)text_escape(d->connect, sizeof d->connect, connect);
    d->state = failure_state(&s->failure);
    /* To Zabbix a mistake in the configuration is one more thing that the poll needs and has not got. */
    if (d->state == STATE_USAGE)
        d->state = STATE_PREREQUISITE;
    failure_text(&s->failure, lang, sentence, sizeof sentence);
    (void)text_escape(d->error, sizeof d->error, sentence);
    d->zone = *zone;
    d->snapshot = s;
    document_set_health(d, limits, lang);
}

void document_set_health(struct document *d, const struct health_limits *limits, enum lang lang)
{
    d->limits = limits;
    health_of(d->snapshot, d->state, d->error, limits, lang, &d->health);
}
