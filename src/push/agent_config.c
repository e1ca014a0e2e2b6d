#include "push/agent_config.h"

#include "base/files/file.h"
#include "base/text.h"
#include "config/include.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX (1U << 20)
#define DEPTH_MAX 10

struct reading {
    struct agent_config *config;
    unsigned depth;
};

static const char *const keys[AGENT_FILES] = {"TLSPSKFile", "TLSCAFile", "TLSCertFile", "TLSKeyFile"};

const char *agent_file_key(enum agent_file file)
{
    return keys[file];
}

static bool read_path(const char *path, void *context, struct failure *failure);

/* Include=FILE, FOLDER or FOLDER/PATTERN */
static bool include(struct reading *r, const char *from, const char *value, struct failure *failure)
{
    char pattern[AGENT_PATH_MAX + 4];
    int n = snprintf(pattern, sizeof pattern, "%s%s", value, file_is_folder(value) == 1 ? "/*" : "");
    if (n < 0 || (size_t)n >= sizeof pattern)
        return failure_explain(failure, ERR_SYSTEM, "the path is too long: %s", "слишком длинный путь: %s",
                               TEXT_PATH(value));
    return include_each(from, pattern, read_path, r, failure);
}

static unsigned servers_of(const char *value)
{
    unsigned count = *value ? 1 : 0;
    for (; *value; value++)
        count += *value == ',';
    return count;
}

static bool apply(struct reading *r, const char *from, const char *key, const char *value, struct failure *failure)
{
    if (strcmp(key, "Include") == 0)
        return include(r, from, value, failure);
    if (strcmp(key, "ServerActive") == 0) {
        r->config->servers = servers_of(value);
        (void)snprintf(r->config->server, sizeof r->config->server, "%.*s", (int)strcspn(value, ",; \t"), value);
    }
    if (strcmp(key, "Timeout") == 0)
        r->config->timeout_s = (unsigned)strtoul(value, NULL, 10);
    if (strcmp(key, "User") == 0)
        (void)text_escape(r->config->user, sizeof r->config->user, value);
    if (strcmp(key, "UserParameter") == 0 && strncmp(value, "kkt.get[", 8) == 0 && strchr(value, ','))
        (void)text_escape(r->config->kkt_get, sizeof r->config->kkt_get, strchr(value, ',') + 1);
    for (unsigned i = 0; i < AGENT_FILES; i++)
        if (strcmp(key, keys[i]) == 0)
            (void)snprintf(r->config->files[i], sizeof r->config->files[i], "%s", value);
    return true;
}

/* Cuts the blanks on both sides. */
static char *trimmed(char *text)
{
    text += strspn(text, " \t\r\n");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        text[--length] = '\0';
    return text;
}

static bool read_line(struct reading *r, const char *from, char *line, struct failure *failure)
{
    line = trimmed(line);
    char *equals = strchr(line, '=');
    if (line[0] == '#' || !equals)
        return true;
    *equals = '\0';
    return apply(r, from, trimmed(line), trimmed(equals + 1), failure);
}

static bool read_path(const char *path, void *context, struct failure *failure)
{
    struct reading *r = context;
    size_t count;
    if (r->depth >= DEPTH_MAX || file_is_folder(path) == 1)
        return true;
    char *text = file_read(path, BYTES_MAX, &count, NULL, failure);
    if (!text)
        return false;
    r->depth++;
    bool good = true;
    for (char *line = text, *end; good && line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        good = read_line(r, path, line, failure);
    }
    r->depth--;
    free(text);
    return good;
}

bool agent_config_read(const char *path, struct agent_config *config, struct failure *failure)
{
    struct reading r = {.config = config};
    *config = (struct agent_config){.timeout_s = 3, .user = "zabbix"};
    if (file_is_folder(path) == 1)
        return failure_explain(failure, ERR_FILE, "%s is a folder", "%s — это папка", TEXT_PATH(path));
    return read_path(path, &r, failure);
}
