/* Lines of the spool: what an earlier life, a cut disk or somebody else left there; and lines that are built from a
 * host, a key and a value (split by NUL). */
#include "fuzz.h"

#include "base/text.h"
#include "push/line.h"

/* A line end becomes a blank. */
static bool same_text(const char *read, const char *written)
{
    while (*read && (*read == *written || (*read == ' ' && (*written == '\n' || *written == '\r'))))
        read++, written++;
    return *read == '\0' && *written == '\0';
}

static void built(struct input in)
{
    int64_t ms = input_two(&in) * INT64_C(65536000) + input_two(&in);
    char *text = input_text(in);
    size_t length;
    const char *host = text, *key = memchr(host, '\0', in.left), *value = NULL;
    key = key ? key + 1 : "key";
    value = key >= text && key < text + in.left ? memchr(key, '\0', (size_t)(text + in.left - key)) : NULL;
    value = value ? value + 1 : "";
    char *line = line_build(host, key, ms, value, &length);
    if (line) {
        struct line_name name;
        REQUIRE(length > 0 && line[length - 1] == '\n' && memchr(line, '\n', length) == line + length - 1);
        REQUIRE(line_check(line, length - 1, &name));
        REQUIRE(same_text(name.host, host) && same_text(name.key, key));
    }
    free(line);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct line_name name;
    char *text = input_text((struct input){data, size});
    memset(&name, 0xAA, sizeof name);
    if (line_check(text, size, &name)) {
        REQUIRE(memchr(name.host, '\0', sizeof name.host) && memchr(name.key, '\0', sizeof name.key));
        REQUIRE(name.host[0] && name.key[0] && !memchr(text, '\n', size));
        REQUIRE(text_is_utf8(text, size));
        REQUIRE(size < 3 || !line_check(text, size - 1, NULL));
    }
    free(text);
    built((struct input){data, size});
    return 0;
}
