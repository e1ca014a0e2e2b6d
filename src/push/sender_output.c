#include "push/sender_output.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* How a server's answer begins: of Zabbix 5.0 and later, and of 4.x. */
static const char *const answers[] = {"Response from \"", "info from server: "};

static void parse_response(struct sender_output *o, const char *line)
{
    unsigned failed = 0, total = 0;
    const char *counts = strstr(line, "failed: ");
    if (counts && sscanf(counts, "failed: %u; total: %u", &failed, &total) >= 1 && failed > o->refused)
        o->refused = failed;
    if (total > o->total)
        o->total = total;
    o->responses++;
}

static void end_line(struct sender_output *o)
{
    o->line[o->used] = '\0';
    o->used = 0;
    for (unsigned i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (strncmp(o->line, answers[i], strlen(answers[i])) == 0)
            parse_response(o, o->line);
    if (o->line[0]) {
        (void)snprintf(o->last, sizeof o->last, "%.159s", o->line);
        text_cut_utf8(o->last);
    }
}

void sender_output_parse(struct sender_output *o, const char *bytes, size_t count)
{
    if (count == 0 && o->used > 0)
        end_line(o);
    for (size_t i = 0; i < count; i++)
        if (bytes[i] == '\n')
            end_line(o);
        else if (o->used + 1 < sizeof o->line && bytes[i] != '\r')
            o->line[o->used++] = bytes[i];
}
