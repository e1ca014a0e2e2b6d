#include "config/place.h"

#include "base/text.h"
#include "config/read.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TITLE_MAX   128 /* characters of a visible name in Zabbix */
#define SHOP_MAX    100
#define TEXT_MAX    128
#define TAG_MAX     255
#define TAGS_MAX    32
#define DEGREES_MAX 16 /* characters of a coordinate in Zabbix's inventory */

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

/* A text for people, of so many characters. */
static const char *read_words(struct conf_file *file, yaml_node_t *node, size_t max, const char *key,
                              struct failure *failure)
{
    const char *text = conf_text(file, node, failure);
    if (!text)
        return NULL;
    if (read_has_control_character(text))
        conf_fail(file, node, failure, "a control character in %s", "управляющий символ в %s", key);
    else if (text[strspn(text, " ")] == '\0')
        conf_fail(file, node, failure, "%s: nothing but blanks", "%s: одни пробелы", key);
    else if (characters(text) > max)
        conf_fail(file, node, failure, "%s \"%s\": at most %u characters", "%s «%s»: не больше %u символов", key,
                  TEXT_SHORT(text), (unsigned)max);
    else
        return text;
    return NULL;
}

static bool keep(struct read_state *state, const char *text, const char **to, struct failure *failure)
{
    return text && read_keep(state, text, to, failure);
}

bool place_read_title(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    return keep(context, read_words(file, value, TITLE_MAX, "title", failure), to, failure);
}

/* It becomes a host group, whose name is a path. */
bool place_read_shop(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    const char *text = read_words(file, value, SHOP_MAX, "shop", failure);
    if (!text)
        return false;
    if (text[0] == '/' || text[strlen(text) - 1] == '/' || strstr(text, "//"))
        return conf_fail(
            file, value, failure,
            "shop: it becomes a host group of Zabbix, where no / may be first, last "
            "or beside another one",
            "shop: это группа узлов в Zabbix, где / не может быть первым, последним и стоять рядом с другим /");
    return keep(context, text, to, failure);
}

bool config_tag_macro(const char *tag, char *macro)
{
    static const char prefix[] = "{#KKT.TAG.";
    int n = snprintf(macro, CONFIG_MACRO_MAX, "%s%s}", prefix, tag);
    bool good = n > 0 && n < CONFIG_MACRO_MAX;
    for (char *c = macro + strlen(prefix); good && c[1]; c++) {
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
        good = (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_' || *c == '.';
    }
    if (!good)
        macro[0] = '\0';
    return good;
}

/* Two of one macro would be one in Zabbix, and which is a matter of luck. */
static bool is_new_tag(struct conf_file *file, yaml_node_t *key, const char *name, const struct config_tags *tags,
                       struct failure *failure)
{
    char macro[CONFIG_MACRO_MAX], other[CONFIG_MACRO_MAX];
    bool has_macro = config_tag_macro(name, macro);
    for (uint32_t i = 0; i < tags->count; i++) {
        if (strcmp(tags->tags[i].name, name) == 0)
            return conf_fail(file, key, failure, "duplicate tag \"%s\"", "тег «%s» повторяется", TEXT_SHORT(name));
        if (has_macro && config_tag_macro(tags->tags[i].name, other) && strcmp(macro, other) == 0)
            return conf_fail(file, key, failure, "tags \"%s\" and \"%s\" have one macro in Zabbix, %s: rename one",
                             "у тегов «%s» и «%s» в Zabbix один макрос %s: переименуйте один из них",
                             TEXT_SHORT(tags->tags[i].name), TEXT_SHORT(name), TEXT_SHORT(macro));
    }
    return true;
}

static bool read_tag(struct conf_file *file, yaml_node_pair_t *pair, struct read_state *state, struct config_tags *tags,
                     struct failure *failure)
{
    yaml_node_t *key = yaml_document_get_node(&file->tree, pair->key);
    const char *name = read_words(file, key, TAG_MAX, "the name of a tag", failure);
    if (!name)
        return false;
    if (!is_new_tag(file, key, name, tags, failure))
        return false;
    const char *value =
        read_words(file, yaml_document_get_node(&file->tree, pair->value), TAG_MAX, "the value of a tag", failure);
    struct config_tag *tag = &tags->tags[tags->count++];
    return keep(state, name, &tag->name, failure) && keep(state, value, &tag->value, failure);
}

/* The template of the collector gives a host all of them as one tag; Zabbix refuses a longer value. */
static bool tags_fit(struct conf_file *file, yaml_node_t *node, const struct config_tags *tags, struct failure *failure)
{
    size_t total = 0;
    for (uint32_t i = 0; i < tags->count; i++)
        total += characters(tags->tags[i].name) + 1 + characters(tags->tags[i].value) + (i > 0 ? 2 : 0);
    return total <= CONFIG_TAGS_MAX || conf_fail(file, node, failure,
                                                 "tags: %lu characters in one line (\"name=value, name=value\"), at "
                                                 "most %d: Zabbix takes no longer value",
                                                 "tags: %lu символов одной строкой («имя=значение, имя=значение»), не "
                                                 "больше %d: длиннее Zabbix не примет",
                                                 (unsigned long)total, CONFIG_TAGS_MAX);
}

bool place_read_tags(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    struct read_state *state = context;
    if (value->type != YAML_MAPPING_NODE)
        return conf_fail(file, value, failure, "tags: expected names with values, for example {region: north}",
                         "tags: ожидались имена со значениями, например {region: north}");
    size_t count = (size_t)(value->data.mapping.pairs.top - value->data.mapping.pairs.start);
    if (count > TAGS_MAX)
        return conf_fail(file, value, failure, "tags: at most %d", "tags: не больше %d", TAGS_MAX);
    struct config_tags *tags = config_store_bytes(state->config, sizeof *tags + count * sizeof tags->tags[0]);
    if (!tags)
        return failure_explain(failure, ERR_NO_MEMORY, "the configuration", "настройки");
    tags->count = 0;
    for (yaml_node_pair_t *pair = value->data.mapping.pairs.start; pair < value->data.mapping.pairs.top; pair++)
        if (!read_tag(file, pair, state, tags, failure))
            return false;
    if (!tags_fit(file, value, tags, failure))
        return false;
    memcpy(to, &tags, sizeof tags);
    return true;
}

static bool read_part(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    return keep(context, read_words(file, value, TEXT_MAX, "location", failure), to, failure);
}

/* Digits with a point, in ±`limit`. */
static bool is_degrees(const char *text, double limit)
{
    const char *digits = text + (*text == '-');
    char *end;
    if (*digits < '0' || *digits > '9' || strspn(digits, "0123456789.") != strlen(digits) || strlen(text) > DEGREES_MAX)
        return false;
    double value = strtod(text, &end);
    return *end == '\0' && value >= -limit && value <= limit;
}

static bool read_degrees(struct conf_file *file, yaml_node_t *value, const char **to, struct read_state *state,
                         double limit, struct failure *failure)
{
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    if (!is_degrees(text, limit))
        return conf_fail_value(file, value, failure, "\"%s\": expected degrees such as 55.7558, from -%.0f to %.0f",
                               "«%s»: ожидались градусы, например 55.7558, от -%.0f до %.0f", TEXT_SHORT(text), limit,
                               limit);
    return keep(state, text, to, failure);
}

static bool read_lat(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    return read_degrees(file, value, to, context, 90, failure);
}

static bool read_lon(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    return read_degrees(file, value, to, context, 180, failure);
}

#define LOCATION(key) offsetof(struct config_location, key)
static const struct conf_key location_keys[] = {
    {"city",    read_part, LOCATION(city)   },
    {"address", read_part, LOCATION(address)},
    {"lat",     read_lat,  LOCATION(lat)    },
    {"lon",     read_lon,  LOCATION(lon)    },
    {NULL,      NULL,      0                },
};

bool place_read_location(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    struct read_state *state = context;
    struct config_location *kept, location = {"", "", "", ""};
    if (!conf_mapping(file, value, location_keys, &location, state, failure))
        return false;
    if ((location.lat[0] != '\0') != (location.lon[0] != '\0'))
        return conf_fail(file, value, failure, "location: give both `lat` and `lon`",
                         "location: `lat` и `lon` задаются вместе");
    kept = config_store_bytes(state->config, sizeof *kept);
    if (!kept)
        return failure_explain(failure, ERR_NO_MEMORY, "the configuration", "настройки");
    *kept = location;
    memcpy(to, &kept, sizeof kept);
    return true;
}
