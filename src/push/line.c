#include "push/line.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line end would end the value. */
static char *quote(char *to, const char *text)
{
    *to++ = '"';
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *to++ = '\\';
        *to++ = *text == '\n' || *text == '\r' ? ' ' : *text;
    }
    *to++ = '"';
    return to;
}

char *line_build(const char *host, const char *key, int64_t ms, const char *value, size_t *length)
{
    char *line = malloc(2 * (strlen(host) + strlen(key) + strlen(value)) + 64);
    if (!line)
        return NULL;
    char *at = quote(line, host);
    *at++ = ' ';
    at = quote(at, key);
    at += sprintf(at, " %lld %d ", (long long)(ms / 1000), (int)(ms % 1000) * 1000000);
    at = quote(at, value);
    *length = (size_t)(at - line) + 1;
    if (!line_check(line, *length - 1, NULL)) {
        free(line);
        return NULL;
    }
    *at = '\n';
    return line;
}

struct reader {
    const char *at, *end;
};

/* Control characters have no place in a line: JSON escapes them, hosts and keys have none. */
static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != 0x7f;
}

/* A text in quotation marks, with \" and \\ in it; its bytes into `out` (may be NULL) of `cap`. */
static bool read_quoted(struct reader *r, char *out, size_t cap, size_t least)
{
    size_t n = 0;
    if (r->at == r->end || *r->at++ != '"')
        return false;
    while (r->at < r->end && *r->at != '"') {
        if (*r->at == '\\' && (++r->at == r->end || (*r->at != '"' && *r->at != '\\')))
            return false;
        if (!is_plain(*r->at) || (out && n + 1 >= cap))
            return false;
        if (out)
            out[n] = *r->at;
        n++;
        r->at++;
    }
    if (out)
        out[n] = '\0';
    return r->at < r->end && *r->at++ == '"' && n >= least;
}

static bool read_blank(struct reader *r)
{
    return r->at < r->end && *r->at++ == ' ';
}

static bool read_number(struct reader *r, uint64_t least, uint64_t most)
{
    uint64_t number = 0;
    const char *begin = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9' && number <= most)
        number = number * 10 + (uint64_t)(*r->at++ - '0');
    return r->at > begin && number >= least && number <= most;
}

bool line_check(const char *line, size_t length, struct line_name *name)
{
    struct line_name own, *to = name ? name : &own;
    struct reader r = {line, line + length};
    return length < LINE_MAX_BYTES && text_is_utf8(line, length) && read_quoted(&r, to->host, sizeof to->host, 1) &&
           read_blank(&r) && read_quoted(&r, to->key, sizeof to->key, 1) && read_blank(&r) &&
           read_number(&r, 1, INT32_MAX) && read_blank(&r) && read_number(&r, 0, 999999999) && read_blank(&r) &&
           read_quoted(&r, NULL, 0, 0) && r.at == r.end;
}
