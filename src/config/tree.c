#include "config/tree.h"

#include "base/files/file.h"
#include "base/text.h"
#include "config/paths.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX    (64U << 20) /* a million registers */
#define DEPTH_MAX   16
#define SECONDS_MAX (366U * 86400U)

bool conf_fail_as(const struct conf_file *file, const yaml_node_t *node, const struct failure *what,
                  struct failure *failure)
{
    struct failure whole = *what;
    failure_prepend(&whole, ERR_CONFIG, "%s:%lu: ", "%s:%lu: ", file->path, (unsigned long)node->start_mark.line + 1);
    if (failure)
        *failure = whole;
    return false;
}

bool conf_fail(const struct conf_file *file, const yaml_node_t *node, struct failure *failure, const char *english,
               const char *russian, ...)
{
    struct failure what;
    va_list args;
    va_start(args, russian);
    failure_explain_v(&what, ERR_CONFIG, english, russian, args);
    va_end(args);
    return conf_fail_as(file, node, &what, failure);
}

bool conf_fail_value(const struct conf_file *file, const yaml_node_t *node, struct failure *failure,
                     const char *english, const char *russian, ...)
{
    struct failure what;
    va_list args;
    va_start(args, russian);
    failure_explain_v(&what, ERR_CONFIG, english, russian, args);
    va_end(args);
    if (file->key)
        failure_prepend(&what, ERR_CONFIG, "%s: ", "%s: ", TEXT_SHORT(file->key));
    return conf_fail_as(file, node, &what, failure);
}

static unsigned long line_at(const char *text, size_t count, size_t offset)
{
    unsigned long line = 1;
    for (size_t i = 0; i < offset && i < count; i++)
        line += text[i] == '\n';
    return line;
}

/* libyaml gives the position of bytes that are no text as an offset in the file, everything else by its line. */
static bool not_yaml(const yaml_parser_t *parser, const char *path, const char *text, size_t count,
                     struct failure *failure)
{
    const char *problem = parser->problem ? parser->problem : "it cannot be read";
    if (parser->error == YAML_READER_ERROR)
        return failure_explain(failure, ERR_CONFIG, "%s:%lu: not UTF-8 text: save the file as UTF-8",
                               "%s:%lu: текст не в UTF-8: сохраните файл в UTF-8", path,
                               line_at(text, count, parser->problem_offset));
    return failure_explain(failure, ERR_CONFIG, "%s:%lu: not YAML: %s; check indentation, quotation marks and colons",
                           "%s:%lu: не YAML; проверьте отступы, кавычки и двоеточия (libyaml: «%s»)", path,
                           (unsigned long)parser->problem_mark.line + 1, problem);
}

/* What stands behind the end of the first document would be read by nobody. */
static bool is_single_document(yaml_parser_t *parser, const char *path, const char *text, size_t count,
                               struct failure *failure)
{
    yaml_document_t second;
    if (!yaml_parser_load(parser, &second))
        return not_yaml(parser, path, text, count, failure);
    bool nothing = yaml_document_get_root_node(&second) == NULL;
    if (!nothing)
        failure_explain(failure, ERR_CONFIG,
                        "%s:%lu: a second document begins here, which nobody reads: remove the --- or ...",
                        "%s:%lu: здесь начинается второй документ, он не читается: уберите --- или ...", path,
                        (unsigned long)second.start_mark.line + 1);
    yaml_document_delete(&second);
    return nothing;
}

/* libyaml takes minutes and all the memory for a hundred thousand brackets; nothing here is deeper than a few. */
static bool is_shallow(const char *path, const char *text, size_t count, struct failure *failure)
{
    yaml_parser_t parser;
    yaml_event_t event;
    unsigned depth = 0;
    bool more = true;
    if (!yaml_parser_initialize(&parser))
        return failure_set(failure, ERR_NO_MEMORY, "%s", path);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, count);
    unsigned long line = 0;
    while (more && depth <= DEPTH_MAX && yaml_parser_parse(&parser, &event)) {
        depth += event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT;
        depth -= event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
        more = event.type != YAML_STREAM_END_EVENT;
        line = (unsigned long)event.start_mark.line + 1;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return depth <= DEPTH_MAX || failure_explain(failure, ERR_CONFIG,
                                                 "%s:%lu: lists and groups stand in each other deeper "
                                                 "than anything that is read here",
                                                 "%s:%lu: слишком глубокая вложенность списков и групп", path, line);
}

bool conf_open(struct conf_file *file, const char *path, struct failure *failure)
{
    yaml_parser_t parser;
    size_t count = 0;
    int status;
    int n = snprintf(file->path, sizeof file->path, "%s", path);
    if (n < 0 || (size_t)n >= sizeof file->path)
        return failure_explain(failure, ERR_FILE, "the path is too long: %s", "слишком длинный путь: %s",
                               TEXT_PATH(path));
    char *text = file_content(path, FILE_MAX, &count, &status);
    if (!text)
        return config_unread(path, status, failure);
    file->key = NULL;
    file->has_comment = strchr(text, '#') != NULL;
    if (!is_shallow(path, text, count, failure)) {
        free(text);
        return false;
    }
    if (!yaml_parser_initialize(&parser)) {
        free(text);
        return failure_set(failure, ERR_NO_MEMORY, "%s", path);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, count);
    bool loaded = yaml_parser_load(&parser, &file->tree);
    bool good = loaded ? yaml_document_get_root_node(&file->tree) == NULL ||
                             is_single_document(&parser, path, text, count, failure)
                       : not_yaml(&parser, path, text, count, failure);
    if (loaded && !good)
        yaml_document_delete(&file->tree);
    yaml_parser_delete(&parser);
    free(text);
    return good;
}

void conf_close(struct conf_file *file)
{
    yaml_document_delete(&file->tree);
}

bool conf_is_nothing(const yaml_node_t *node)
{
    static const char *const words[] = {"~", "null", "Null", "NULL"};
    if (node->type != YAML_SCALAR_NODE)
        return false;
    const char *text = (const char *)node->data.scalar.value;
    bool nothing = node->data.scalar.length == 0;
    for (unsigned i = 0; node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && i < sizeof words / sizeof words[0]; i++)
        nothing = nothing || strcmp(text, words[i]) == 0;
    return nothing;
}

const char *conf_text(const struct conf_file *file, const yaml_node_t *node, struct failure *failure)
{
    if (node->type != YAML_SCALAR_NODE || conf_is_nothing(node)) {
        if (node->type == YAML_SCALAR_NODE)
            conf_fail_value(file, node, failure, "expected a value, found nothing", "ожидалось значение, но его нет");
        else if (node->type == YAML_SEQUENCE_NODE)
            conf_fail_value(file, node, failure, "expected a value, found a list", "ожидалось значение, найден список");
        else
            conf_fail_value(file, node, failure, "expected a value, found a group of keys",
                            "ожидалось значение, найдена группа ключей");
        return NULL;
    }
    if (strlen((const char *)node->data.scalar.value) != node->data.scalar.length) {
        conf_fail_value(file, node, failure, "a NUL character in a value", "нулевой символ в значении");
        return NULL;
    }
    return (const char *)node->data.scalar.value;
}

static const struct conf_key *find_key(const struct conf_key *keys, const char *name)
{
    for (; keys->name; keys++)
        if (strcmp(keys->name, name) == 0)
            return keys;
    return NULL;
}

static bool unknown_key(const struct conf_file *file, const yaml_node_t *node, const struct conf_key *keys,
                        const char *name, struct failure *failure)
{
    char known[160];
    size_t used = 0;
    known[0] = '\0';
    for (; keys->name; keys++) {
        int n = snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", keys->name);
        if (n < 0 || (size_t)n >= sizeof known - used)
            break;
        used += (size_t)n;
    }
    return conf_fail(file, node, failure, "unknown key \"%s\"; expected: %s", "неизвестный ключ «%s»; ожидалось: %s",
                     TEXT_SHORT(name), known);
}

bool conf_mapping(struct conf_file *file, yaml_node_t *node, const struct conf_key *keys, void *base, void *context,
                  struct failure *failure)
{
    const char *outer = file->key;
    uint64_t seen = 0;
    if (node->type != YAML_MAPPING_NODE)
        return conf_fail_value(file, node, failure, "expected keys with values", "ожидались ключи со значениями");
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key_node = yaml_document_get_node(&file->tree, pair->key);
        yaml_node_t *value = yaml_document_get_node(&file->tree, pair->value);
        file->key = NULL;
        const char *name = conf_text(file, key_node, failure);
        if (!name)
            return false;
        const struct conf_key *key = find_key(keys, name);
        if (!key)
            return unknown_key(file, key_node, keys, name, failure);
        uint64_t bit = UINT64_C(1) << (key - keys);
        if (seen & bit)
            return conf_fail(file, key_node, failure, "duplicate key \"%s\"", "ключ «%s» повторяется", name);
        seen |= bit;
        file->key = key->name;
        if (!key->read(file, value, (char *)base + key->offset, context, failure))
            return false;
    }
    file->key = outer;
    return true;
}

yaml_node_t *conf_child(struct conf_file *file, yaml_node_t *node, const char *key)
{
    if (!node || node->type != YAML_MAPPING_NODE)
        return NULL;
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *name = yaml_document_get_node(&file->tree, pair->key);
        if (name->type == YAML_SCALAR_NODE && strcmp((const char *)name->data.scalar.value, key) == 0)
            return yaml_document_get_node(&file->tree, pair->value);
    }
    return NULL;
}

bool conf_sequence(struct conf_file *file, yaml_node_t *node,
                   bool (*item)(struct conf_file *file, yaml_node_t *node, void *context, struct failure *failure),
                   void *context, struct failure *failure)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return conf_fail_value(file, node, failure, "expected a list (each item begins with \"- \")",
                               "ожидался список (каждый элемент начинается с «- »)");
    for (yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++)
        if (!item(file, yaml_document_get_node(&file->tree, *i), context, failure))
            return false;
    return true;
}

bool conf_bool(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)context;
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    bool yes = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;
    if (!yes && strcmp(text, "false") != 0 && strcmp(text, "no") != 0)
        return conf_fail_value(file, value, failure, "\"%s\": expected true or false", "«%s»: ожидалось true или false",
                               TEXT_SHORT(text));
    memcpy(to, &yes, sizeof yes);
    return true;
}

/* A whole number of at most `max` and what stands behind it. */
static bool whole_number(const char *text, uint32_t max, uint32_t *number, const char **rest)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    *number = (uint32_t)n;
    *rest = end;
    return errno == 0 && n <= max;
}

bool conf_seconds(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    static const struct {
        const char *unit;
        uint32_t seconds;
    } units[] = {
        {"",  1    },
        {"s", 1    },
        {"m", 60   },
        {"h", 3600 },
        {"d", 86400},
    };
    (void)context;
    uint32_t number;
    const char *text = conf_text(file, value, failure), *rest;
    if (!text)
        return false;
    if (whole_number(text, SECONDS_MAX, &number, &rest))
        for (unsigned i = 0; i < sizeof units / sizeof units[0]; i++)
            if (strcmp(rest, units[i].unit) == 0 && number > 0 && number <= SECONDS_MAX / units[i].seconds) {
                number *= units[i].seconds;
                memcpy(to, &number, sizeof number);
                return true;
            }
    return conf_fail_value(file, value, failure, "\"%s\": expected a duration from 1s to %ud, as 30s, 5m, 1h or 1d",
                           "«%s»: ожидалась длительность от 1s до %ud: 30s, 5m, 1h или 1d", TEXT_SHORT(text),
                           SECONDS_MAX / 86400U);
}

bool conf_count(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)context;
    uint32_t number;
    const char *text = conf_text(file, value, failure), *rest;
    if (!text)
        return false;
    if (!whole_number(text, 10000000, &number, &rest) || *rest || number == 0)
        return conf_fail_value(file, value, failure, "\"%s\": expected a whole number from 1 to 10000000",
                               "«%s»: ожидалось целое число от 1 до 10000000", TEXT_SHORT(text));
    memcpy(to, &number, sizeof number);
    return true;
}
