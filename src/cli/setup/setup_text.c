#include "cli/setup/setup_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_used(const struct config *config, const char *const *names, unsigned count, const char *name)
{
    if (config && config_find(config, name))
        return true;
    for (unsigned i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

void setup_name(const struct config *config, const char *const *names, unsigned count, char *name, size_t cap)
{
    for (unsigned i = 1;; i++) {
        (void)snprintf(name, cap, "kassa-%u", i);
        if (!is_used(config, names, count, name))
            return;
    }
}

static bool is_plain(const char *text, const char *more)
{
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr(more, *text))
            return false;
    return true;
}

bool setup_row(const char *name, const char *connect, const char *serial, char *row, size_t cap)
{
    /* Between single quotes YAML takes a backslash as it is: driver:usb?lib=C:\fptr10.dll. */
    const char *quote = strchr(connect, '\\') ? "'" : "\"", *around = is_plain(name, "-_.") ? "" : "\"";
    for (const char *at = connect; *at; at++)
        if ((unsigned char)*at < ' ' || *at == '"' || *at == *quote || *at == 0x7f)
            return false;
    bool known = *serial && is_plain(serial, "");
    int n = snprintf(row, cap, "  - name: %s%s%s\n    connect: %s%s%s\n%s%s%s", around, name, around, quote, connect,
                     quote, known ? "    serial: \"" : "", known ? serial : "", known ? "\"\n" : "");
    return n > 0 && (size_t)n < cap;
}

char *setup_move_row(const char *text, const char *name, const char *old_connect, const char *connect)
{
    char from[CONFIG_NAME_MAX + CONNECT_TEXT_MAX + 64], to[sizeof from];
    if (!setup_row(name, old_connect, "", from, sizeof from) || !setup_row(name, connect, "", to, sizeof to) ||
        !strstr(text, from))
        return NULL;
    return setup_replace(text, from, to);
}

unsigned setup_line_of(const char *text, const char *connect)
{
    size_t wanted = strlen(connect);
    unsigned line = 1;
    for (const char *at = text; *at; line++) {
        size_t length = strcspn(at, "\n");
        const char *key = strstr(at, "connect:"), *value = key && key < at + length ? strstr(key, connect) : NULL;
        /* Not the beginning of a longer one: tcp://10.0.0.1 stands in tcp://10.0.0.15. */
        if (wanted > 0 && value && value + wanted <= at + length && !isalnum((unsigned char)value[wanted]) &&
            !strchr(".:/?&-_%", value[wanted] ? value[wanted] : ' '))
            return line;
        at += length + (at[length] == '\n');
    }
    return 0;
}

bool setup_includes(const char *text)
{
    static const char key[] = "include:";
    for (const char *at = text; (at = strstr(at, key)) != NULL; at++)
        if (at == text || at[-1] == '\n')
            return true;
    return false;
}

bool setup_drop_include(char *text)
{
    char *at = strstr(text, SETUP_INCLUDE);
    if (!at)
        return false;
    const char *rest = at + strlen(SETUP_INCLUDE);
    if (at > text + 1 && at[-1] == '\n' && at[-2] == '\n') /* the blank line that was put before it */
        at--;
    memmove(at, rest, strlen(rest) + 1);
    return true;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

bool setup_agent_include(const char *line, const char *beside, char *folder, size_t cap)
{
    static const char key[] = "Include";
    const char *at = skip_blanks(line);
    if (strncmp(at, key, strlen(key)) != 0)
        return false;
    at = skip_blanks(at + strlen(key));
    if (*at++ != '=')
        return false;
    at = skip_blanks(at);
    size_t length = strcspn(at, "\r\n");
    while (length > 0 && (at[length - 1] == ' ' || at[length - 1] == '\t'))
        length--;
    char path[512];
    bool absolute = at[0] == '/' || at[0] == '\\' || (at[0] && at[1] == ':');
    if (strncmp(at, "./", 2) == 0)
        at += 2, length -= 2;
    int n = snprintf(path, sizeof path, "%s%.*s", absolute ? "" : beside, (int)length, at);
    if (length == 0 || n < 0 || (size_t)n >= sizeof path || strstr(path, "plugins.d"))
        return false;
    char *last = strrchr(path, '/') ? strrchr(path, '/') : strrchr(path, '\\');
    if (last && strcmp(last + 1, "*.conf") == 0)
        *last = '\0';
    else if (last && strchr(last + 1, '.') && last[1] && !strstr(last + 1, ".d"))
        return false; /* one file */
    length = strlen(path);
    if (length > 1 && (path[length - 1] == '/' || path[length - 1] == '\\'))
        path[length - 1] = '\0';
    return !strchr(path, '*') && (size_t)snprintf(folder, cap, "%s", path) < cap;
}

bool setup_answer(const char *out, char *value, size_t cap)
{
    const char *at = strstr(out, " [");
    const char *end = at ? strrchr(at, ']') : NULL;
    if (!at || !end || end - at < 4 || at[3] != '|' || at[2] == 'm')
        return false;
    int n = snprintf(value, cap, "%.*s", (int)(end - at - 4), at + 4);
    return n >= 0 && (size_t)n < cap;
}

char *setup_replace(const char *text, const char *from, const char *to)
{
    size_t length = strlen(from), count = 0, used = 0;
    for (const char *at = text; (at = strstr(at, from)) != NULL; at += length)
        count++;
    char *result = malloc(strlen(text) + count * strlen(to) + 1);
    if (!result)
        return NULL;
    for (const char *at; (at = strstr(text, from)) != NULL; text = at + length) {
        memcpy(result + used, text, (size_t)(at - text));
        used += (size_t)(at - text);
        memcpy(result + used, to, strlen(to));
        used += strlen(to);
    }
    memcpy(result + used, text, strlen(text) + 1);
    return result;
}

bool setup_same_path(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char x = *a == '/' ? '\\' : (char)tolower((unsigned char)*a),
             y = *b == '/' ? '\\' : (char)tolower((unsigned char)*b);
        if (x != y)
            return false;
    }
    return *a == *b;
}
