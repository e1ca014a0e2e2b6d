/* The keys of the configuration, as tables. */
#include "config/read.h"

#include "address/connect.h"
#include "base/text.h"
#include "config/health_limits.h"
#include "config/include.h"
#include "config/names.h"
#include "config/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool keep(struct read_state *state, const char *text, const char **to, struct failure *failure)
{
    *to = store_text(state->config, text);
    return *to || failure_set(failure, ERR_NO_MEMORY, "the configuration");
}

static bool read_text(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    const char *text = conf_text(file, value, failure);
    return text && keep(context, text, to, failure);
}

bool read_has_control_character(const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)text[0], next = (unsigned char)text[1];
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0)) /* U+0080 to U+009F too */
            return true;
    }
    return false;
}

/* A name is a file name, a host of Zabbix and a word of the command line. */
static bool read_name(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    size_t length = strlen(text);
    if (read_has_control_character(text))
        return conf_fail(file, value, failure, "a control character in a name", "управляющий символ в имени");
    if (length > CONFIG_NAME_MAX || text[0] == '.' || text[0] == '_' || text[0] == ' ' || text[0] == '-' ||
        text[length - 1] == ' ' || strpbrk(text, "/\\:*?\"<>|"))
        return conf_fail(
            file, value, failure,
            "name \"%s\": at most 128 bytes, not / \\ : * ? \" < > |, not - . _ or a blank first, not a "
            "blank last",
            "имя «%s»: не больше 128 байт, без / \\ : * ? \" < > |, первым не - . _ и не пробел, последним "
            "не пробел",
            TEXT_SHORT(text));
    if (name_is_device(text))
        return conf_fail(file, value, failure, "name \"%s\": a device of Windows, where no file can have it",
                         "имя «%s»: устройство Windows, файла с таким именем быть не может", TEXT_SHORT(text));
    return keep(context, text, to, failure);
}

static bool read_host(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    if (!config_is_host_name(text))
        return conf_fail(file, value, failure, "host \"%s\": only A-Z a-z 0-9, blank, . _ - in a host's name of Zabbix",
                         "host «%s»: в имени узла Zabbix только A-Z a-z 0-9, пробел, . _ -", TEXT_SHORT(text));
    return keep(context, text, to, failure);
}

static bool read_connect(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    struct failure wrong = {0};
    const char *text = conf_text(file, value, failure);
    (void)context;
    if (!text)
        return false;
    const struct connect *connect = connect_parse(text, &wrong);
    if (!connect)
        return conf_fail_as(file, value, &wrong, failure);
    memcpy(to, &connect, sizeof connect);
    return true;
}

static bool read_serial(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    if (strlen(text) > 31)
        return conf_fail(file, value, failure, "serial \"%s\": at most 31 characters",
                         "serial «%s»: не больше 31 символа", TEXT_SHORT(text));
    return keep(context, text, to, failure);
}

static bool read_zone(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)context;
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    return zone_parse(text, to) ||
           conf_fail(file, value, failure, "timezone \"%s\": expected a name as Europe/Moscow, +03:00 or host",
                     "timezone «%s»: ожидалось имя, например Europe/Moscow, +03:00 или host", TEXT_SHORT(text));
}

/* Many registers have the same hours: those of the one before are kept once. */
static const struct hours *keep_hours(struct read_state *state, const struct hours *hours)
{
    if (state->last_hours && memcmp(state->last_hours, hours, sizeof *hours) == 0)
        return state->last_hours;
    struct hours *kept = store_bytes(state->config, sizeof *kept);
    if (kept)
        *kept = *hours;
    state->last_hours = kept;
    return kept;
}

static bool hours_wrong(struct conf_file *file, yaml_node_t *value, enum hours_verdict verdict, const char *text,
                        struct failure *failure)
{
    switch (verdict) {
    case HOURS_OVERLAP:
        return conf_fail(file, value, failure, "hours \"%s\": two times of one day overlap",
                         "hours «%s»: часы одного дня пересекаются", TEXT_SHORT(text));
    case HOURS_TOO_MANY:
        return conf_fail(file, value, failure, "hours \"%s\": more than 28 times in a week",
                         "hours «%s»: больше 28 промежутков в неделе", TEXT_SHORT(text));
    case HOURS_UNREADABLE:
    case HOURS_GOOD:
        break;
    }
    return conf_fail(file, value, failure,
                     "hours \"%s\": expected always, 09:00-21:00, or days as Mon-Fri 09:00-13:00, Sat 20:00-04:00",
                     "hours «%s»: ожидалось always, 09:00-21:00 или дни: Mon-Fri 09:00-13:00, Sat 20:00-04:00",
                     TEXT_SHORT(text));
}

static bool read_hours(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    struct hours hours;
    const struct hours *kept = NULL;
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    if (strcmp(text, "always") != 0) {
        enum hours_verdict verdict = hours_parse(text, &hours);
        if (verdict != HOURS_GOOD)
            return hours_wrong(file, value, verdict, text, failure);
        kept = keep_hours(context, &hours);
        if (!kept)
            return failure_set(failure, ERR_NO_MEMORY, "the configuration");
    }
    memcpy(to, &kept, sizeof kept);
    return true;
}

static bool read_password(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)context;
    uint8_t *bcd = to;
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    if (strlen(text) != 4 || strspn(text, "0123456789") != 4)
        return conf_fail(file, value, failure, "password: expected four digits, as \"0030\"",
                         "password: ожидались четыре цифры, например \"0030\"");
    for (int i = 0; i < 2; i++)
        bcd[i] = (uint8_t)((text[2 * i] - '0') << 4 | (text[2 * i + 1] - '0'));
    return true;
}

static bool read_network(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    struct read_state *state = context;
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    for (uint32_t i = 0; i < state->config->network_count; i++)
        if (strcmp(state->config->networks[i].name, text) == 0) {
            uint16_t index = (uint16_t)i;
            memcpy(to, &index, sizeof index);
            return true;
        }
    return conf_fail(file, value, failure, "network \"%s\" is not one of `networks`",
                     "network «%s»: такой сети нет в `networks`", TEXT_SHORT(text));
}

static bool read_language(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)to;
    struct read_state *state = context;
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    if (strcmp(text, "ru") != 0 && strcmp(text, "en") != 0)
        return conf_fail(file, value, failure, "language \"%s\": expected en or ru",
                         "language «%s»: ожидалось en или ru", TEXT_SHORT(text));
    state->config->language = strcmp(text, "ru") == 0 ? LANG_RU : LANG_EN;
    state->config->language_set = true;
    return true;
}

#define KKT(key) offsetof(struct config_kkt, key)
#define KKT_KEYS                                                                                                       \
    {"interval", conf_seconds, KKT(interval_s)}, {"identity_interval", conf_seconds, KKT(identity_interval_s)},        \
        {"timeout", conf_seconds, KKT(timeout_s)}, {"timezone", read_zone, KKT(zone)},                                 \
        {"hours", read_hours, KKT(hours)}, {"network", read_network, KKT(network)},                                    \
        {"password", read_password, KKT(password)}, {"control", conf_bool, KKT(control)},                              \
        {"shop", place_read_shop, KKT(shop)}, {"tags", place_read_tags, KKT(tags)},                                    \
        {"location", place_read_location, KKT(location)},

static const struct conf_key default_keys[] = {
    KKT_KEYS{NULL, NULL, 0}
};

static const struct conf_key kkt_keys[] = {
    {"name",    read_name,        KKT(name)   },
    {"connect", read_connect,     KKT(connect)},
    {"serial",  read_serial,      KKT(serial) },
    {"title",   place_read_title, KKT(title)  },
    KKT_KEYS{NULL,      NULL,             0           }
};

static bool grow(struct read_state *state)
{
    struct config *c = state->config;
    if (c->kkt_count < state->capacity)
        return true;
    uint32_t capacity = state->capacity ? state->capacity * 2 : 64;
    struct config_kkt *kkts = realloc(c->kkts, capacity * sizeof *kkts);
    if (kkts)
        c->kkts = kkts;
    struct place *places = realloc(state->places, capacity * sizeof *places);
    if (places)
        state->places = places;
    if (!kkts || !places)
        return false;
    state->capacity = capacity;
    return true;
}

static bool read_kkt_keys(struct conf_file *file, yaml_node_t *node, struct config_kkt *kkt, struct read_state *state,
                          struct failure *failure)
{
    if (!conf_mapping(file, node, kkt_keys, kkt, state, failure))
        return false;
    if (!kkt->name[0] || !kkt->connect)
        return conf_fail(file, node, failure, "a register needs `%s`", "у ККТ не указан `%s`",
                         kkt->name[0] ? "connect" : "name");
    if (kkt->timeout_s > 3600)
        return conf_fail(file, node, failure, "timeout: at most 1h", "timeout: не больше 1h");
    if (kkt->identity_interval_s < kkt->interval_s)
        kkt->identity_interval_s = kkt->interval_s;
    return grow(state) || failure_set(failure, ERR_NO_MEMORY, "the configuration");
}

static bool read_kkt(struct conf_file *file, yaml_node_t *node, void *context, struct failure *failure)
{
    struct read_state *state = context;
    struct config_kkt kkt = state->defaults;
    if (!read_kkt_keys(file, node, &kkt, state, failure)) {
        connect_release(kkt.connect);
        return false;
    }
    state->places[state->config->kkt_count] =
        (struct place){state->file_count - 1, (uint32_t)node->start_mark.line + 1};
    state->config->kkts[state->config->kkt_count++] = kkt;
    return true;
}

/* `registers:` with nothing behind it is an empty list. */
static bool read_kkts(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)to;
    if (value->type == YAML_SCALAR_NODE && value->data.scalar.length == 0)
        return true;
    return conf_sequence(file, value, read_kkt, context, failure);
}

static bool read_networks(struct conf_file *file, yaml_node_t *value, struct read_state *state, struct failure *failure)
{
    struct config *c = state->config;
    if (value->type != YAML_MAPPING_NODE)
        return conf_fail(file, value, failure, "networks: expected lines as \"shop-12: 2\" (name: polls at once)",
                         "networks: ожидались строки вида «shop-12: 2» (имя: сколько опросов сразу)");
    size_t count = (size_t)(value->data.mapping.pairs.top - value->data.mapping.pairs.start);
    if (count >= CONFIG_NO_NETWORK)
        return conf_fail(file, value, failure, "networks: at most %d", "networks: не больше %d", CONFIG_NO_NETWORK - 1);
    c->networks = calloc(count + 1, sizeof *c->networks);
    if (!c->networks)
        return failure_set(failure, ERR_NO_MEMORY, "the configuration");
    for (yaml_node_pair_t *pair = value->data.mapping.pairs.start; pair < value->data.mapping.pairs.top; pair++) {
        struct config_network *n = &c->networks[c->network_count];
        yaml_node_t *key = yaml_document_get_node(&file->tree, pair->key);
        const char *name = conf_text(file, key, failure);
        if (!name || !keep(state, name, &n->name, failure) ||
            !conf_count(file, yaml_document_get_node(&file->tree, pair->value), &n->polls, NULL, failure))
            return false;
        for (uint32_t i = 0; i < c->network_count; i++)
            if (strcmp(c->networks[i].name, name) == 0)
                return conf_fail(file, key, failure, "duplicate network \"%s\"", "сеть «%s» повторяется",
                                 TEXT_SHORT(name));
        c->network_count++;
    }
    return true;
}

#define PUSH(key) offsetof(struct config_push, key)
static const struct conf_key push_keys[] = {
    {"agent_config", read_text,    PUSH(agent_config)},
    {"sender",       read_text,    PUSH(sender)      },
    {"host",         read_host,    PUSH(host)        },
    {"spool",        read_text,    PUSH(spool)       },
    {"spool_max",    conf_count,   PUSH(spool_max)   },
    {"batch",        conf_count,   PUSH(batch)       },
    {"interval",     conf_seconds, PUSH(interval_s)  },
    {"rate",         conf_count,   PUSH(rate_per_s)  },
    {NULL,           NULL,         0                 },
};

static bool read_push(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    struct config_push *push = to;
    if (!conf_mapping(file, value, push_keys, to, context, failure))
        return false;
    if (push->batch > 250)
        return conf_fail(file, value, failure, "batch: at most 250, what one packet of zabbix_sender holds",
                         "batch: не больше 250, столько помещается в один пакет zabbix_sender");
    return push->agent_config || conf_fail(file, value, failure, "push needs `agent_config`: the Zabbix agent's file",
                                           "для push нужен `agent_config`: файл настроек агента Zabbix");
}

/* Read apart: `networks` and `defaults` before the rest, wherever they stand; the limits of `health` after it. */
static bool read_apart(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)file, (void)value, (void)to, (void)context, (void)failure;
    return true;
}

#define LIMIT(key) offsetof(struct config, key)
static const struct conf_key limit_keys[] = {
    {"polls",        conf_count, LIMIT(polls)       },
    {"driver_polls", conf_count, LIMIT(driver_polls)},
    {"fn_days",      read_apart, 0                  },
    {"fn_documents", read_apart, 0                  },
    {"ofd_age",      read_apart, 0                  },
    {"shift_left",   read_apart, 0                  },
    {"clock_drift",  read_apart, 0                  },
    {"battery",      read_apart, 0                  },
    {NULL,           NULL,       0                  },
};

static bool read_limits(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    struct config *config = to;
    const char *subject;
    if (!conf_mapping(file, value, limit_keys, to, context, failure))
        return false;
    for (unsigned i = 0; (subject = limits_subject(i)) != NULL; i++) {
        yaml_node_t *node = conf_child(file, value, subject);
        if (node && !limits_read(file, subject, node, &config->health, failure))
            return false;
    }
    return true;
}

static bool include_path(const char *path, void *context, struct failure *failure)
{
    return read_file(context, path, false, failure);
}

static bool include_one(struct conf_file *file, yaml_node_t *node, void *context, struct failure *failure)
{
    struct failure wrong = {0};
    const char *pattern = conf_text(file, node, failure);
    if (!pattern)
        return false;
    if (include_each(file->path, pattern, include_path, context, &wrong))
        return true;
    if (wrong.code == ERR_CONFIG || wrong.code == ERR_NO_MEMORY) {
        *failure = wrong;
        return false;
    }
    failure_prepend(&wrong, ERR_CONFIG, "include \"%s\": ", "include «%s»: ", TEXT_SHORT(pattern));
    return conf_fail_as(file, node, &wrong, failure);
}

static bool read_include(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)to;
    if (value->type == YAML_SEQUENCE_NODE)
        return conf_sequence(file, value, include_one, context, failure);
    return include_one(file, value, context, failure);
}

static const struct conf_key main_keys[] = {
    {"language",  read_language, 0               },
    {"state_dir", read_text,     LIMIT(state_dir)},
    {"limits",    read_limits,   0               },
    {"networks",  read_apart,    0               },
    {"defaults",  read_apart,    0               },
    {"push",      read_push,     LIMIT(push)     },
    {"registers", read_kkts,     0               },
    {"include",   read_include,  0               },
    {NULL,        NULL,          0               },
};

static const struct conf_key included_keys[] = {
    {"registers", read_kkts, 0},
    {NULL,        NULL,      0},
};

static bool read_tree(struct read_state *state, struct conf_file *file, bool main_file, struct failure *failure)
{
    yaml_node_t *root = yaml_document_get_root_node(&file->tree);
    if (!root) /* a file of comments configures nothing; one without anything is what a full disk leaves */
        return !main_file || file->has_comment ||
               failure_explain(failure, ERR_CONFIG, "%s:1: the file is empty", "%s:1: файл пуст", file->path);
    if (!main_file)
        return conf_mapping(file, root, included_keys, state->config, state, failure);
    yaml_node_t *networks = conf_child(file, root, "networks"), *defaults = conf_child(file, root, "defaults");
    if (networks && !read_networks(file, networks, state, failure))
        return false;
    if (defaults && !conf_mapping(file, defaults, default_keys, &state->defaults, state, failure))
        return false;
    return conf_mapping(file, root, main_keys, state->config, state, failure);
}

bool read_file(struct read_state *state, const char *path, bool main_file, struct failure *failure)
{
    struct conf_file file;
    const char **files = realloc(state->files, (state->file_count + 1) * sizeof *files);
    const char *kept = store_text(state->config, path);
    if (files)
        state->files = files;
    if (!files || !kept)
        return failure_set(failure, ERR_NO_MEMORY, "%s", path);
    state->files[state->file_count++] = kept;
    if (!conf_open(&file, path, failure))
        return false;
    bool good = read_tree(state, &file, main_file, failure);
    conf_close(&file);
    return good;
}
