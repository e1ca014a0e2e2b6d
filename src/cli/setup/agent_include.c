#include "cli/setup/agent_include.h"

#include "base/files/file.h"
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1U << 20)

static const char mark[] = "\xEF\xBB\xBF";

/* What is written: the old lines that stay, then perhaps one more. */
struct edit {
    char *text;
    size_t used;
};

static size_t line_length(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void trim(const char **at, size_t *length)
{
    while (*length > 0 && is_blank(**at)) {
        ++*at;
        --*length;
    }
    while (*length > 0 && is_blank((*at)[*length - 1]))
        --*length;
}

/* Is the line `Include = FILE`? Blanks where the agent allows them. */
static bool includes(const char *line, size_t length, const char *file)
{
    static const char key[] = "Include";
    trim(&line, &length);
    if (length < sizeof key || strncmp(line, key, sizeof key - 1) != 0)
        return false;
    line += sizeof key - 1;
    length -= sizeof key - 1;
    trim(&line, &length);
    if (length == 0 || *line != '=')
        return false;
    line++;
    length--;
    trim(&line, &length);
    return length == strlen(file) && strncmp(line, file, length) == 0;
}

static void put(struct edit *edit, const char *bytes, size_t count)
{
    memcpy(edit->text + edit->used, bytes, count);
    edit->used += count;
}

static bool is_utf16(const char *bytes, size_t count)
{
    return count >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0);
}

/* Copies the lines; drops ours when it is not wanted, or stands there twice. Gives how often it stays. */
static unsigned copy_lines(const char *at, const char *end, const char *file, bool wanted, struct edit *edit,
                           struct agent_include *out)
{
    unsigned stays = 0;
    for (unsigned number = 1; at < end; number++) {
        size_t length = line_length(at, end);
        bool ours = includes(at, length, file);
        if (out->unreadable_at == 0 && !text_is_utf8(at, length))
            out->unreadable_at = number;
        if (!ours || (wanted && stays == 0)) {
            put(edit, at, length);
            stays += ours;
        }
        at += length;
    }
    return stays;
}

static void append(struct edit *edit, const char *file, const char *newline)
{
    if (edit->used > 0 && edit->text[edit->used - 1] != '\n')
        put(edit, newline, strlen(newline));
    put(edit, "Include=", 8);
    put(edit, file, strlen(file));
    put(edit, newline, strlen(newline));
}

static bool change(const char *path, const char *old, size_t count, const char *file, bool wanted,
                   struct agent_include *out, struct failure *failure)
{
    bool marked = count >= sizeof mark - 1 && memcmp(old, mark, sizeof mark - 1) == 0;
    const char *newline = memchr(old, '\r', count) ? "\r\n" : "\n";
    struct edit edit = {.text = malloc(count + strlen(file) + 16)};
    if (!edit.text)
        return failure_set(failure, ERR_NO_MEMORY, "%s", TEXT_PATH(path));
    unsigned stays = copy_lines(old + (marked ? sizeof mark - 1 : 0), old + count, file, wanted, &edit, out);
    if (wanted && stays == 0)
        append(&edit, file, newline);
    out->mark_removed = marked;
    out->changed = edit.used != count || memcmp(edit.text, old, count) != 0;
    bool good = !out->changed || file_write_atomic(path, edit.text, edit.used, true, failure);
    free(edit.text);
    return good;
}

bool agent_include_set(const char *path, const char *file, bool wanted, struct agent_include *out,
                       struct failure *failure)
{
    size_t count;
    *out = (struct agent_include){.changed = false};
    char *old = file_read(path, FILE_MAX, &count, NULL, failure);
    if (!old)
        return false;
    bool good = is_utf16(old, count) ? failure_set(failure, ERR_AGENT_FILE, "%s", TEXT_PATH(path))
                                     : change(path, old, count, file, wanted, out, failure);
    free(old);
    return good;
}

bool agent_include_find(const char *path, const char *file, bool *there, struct failure *failure)
{
    size_t count;
    *there = false;
    char *text = file_read(path, FILE_MAX, &count, NULL, failure);
    if (!text)
        return false;
    for (const char *at = text, *end = text + count; at < end && !*there; at += line_length(at, end))
        *there = includes(at, line_length(at, end), file);
    free(text);
    return true;
}
