#include "push/sender_output.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a server's answer begins: of Zabbix 5.0 and later, and of 4.x. */
static const char *const answers[] = {"Response from \"", "info from server: "};

/* The number behind a word; false when there is none. What no batch can have counts as the most there is. */
static bool number_after(const char *line, const char *word, uint32_t *number)
{
    const char *at = strstr(line, word);
    if (!at)
        return false;
    at += strlen(word);
    size_t digits = strspn(at, "0123456789");
    if (digits == 0)
        return false;
    *number = UINT32_MAX;
    if (digits <= 9)
        *number = (uint32_t)strtoul(at, NULL, 10);
    return true;
}

/* An answer without counts says nothing of the values. */
static void parse_response(struct sender_output *o, const char *line)
{
    uint32_t failed, total;
    if (!number_after(line, "failed: ", &failed) || !number_after(line, "total: ", &total))
        return;
    if (failed > o->refused)
        o->refused = failed;
    if (total > o->total)
        o->total = total;
    o->responses++;
}

/* zabbix_sender [7]: ERROR: [line 3] 'Hostname' required */
static bool is_wrong_line(const char *line)
{
    return strncmp(line, "zabbix_sender [", strlen("zabbix_sender [")) == 0 && strstr(line, ": [line ");
}

static void end_line(struct sender_output *o)
{
    o->line[o->used] = '\0';
    o->used = 0;
    for (unsigned i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (strncmp(o->line, answers[i], strlen(answers[i])) == 0)
            parse_response(o, o->line);
    o->wrong_line = o->wrong_line || is_wrong_line(o->line);
    if (o->line[0])
        (void)text_escape(o->last, sizeof o->last, o->line);
}

void sender_output_parse(struct sender_output *o, const char *bytes, size_t count)
{
    if (count == 0 && o->used > 0)
        end_line(o);
    for (size_t i = 0; i < count; i++)
        if (bytes[i] == '\n')
            end_line(o);
        else if (o->used + 1 < sizeof o->line && bytes[i] != '\r' && bytes[i] != '\0')
            o->line[o->used++] = bytes[i];
}
