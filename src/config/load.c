#include "config/load.h"

#include "base/files/datafolder.h"
#include "base/text.h"
#include "config/health_limits.h"
#include "config/include.h"
#include "config/paths.h"
#include "config/place.h"
#include "config/read.h"
#include "config/unique.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#ifdef _WIN32
#define STATE_INSIDE "\\state"
#define SPOOL_INSIDE "\\spool"
#else
#define STATE_INSIDE ""
#define SPOOL_INSIDE "/spool"
#endif

#define KKT(key) offsetof(struct config_kkt, key)
#define KKT_KEYS                                                                                                       \
    {"interval", conf_seconds, KKT(interval_s)}, {"identity_interval", conf_seconds, KKT(identity_interval_s)},        \
        {"timeout", read_timeout, KKT(timeout_s)}, {"timezone", read_zone, KKT(zone)},                                 \
        {"hours", read_hours, KKT(hours)}, {"network", read_network, KKT(network)},                                    \
        {"password", read_password, KKT(password)}, {"control", conf_bool, KKT(control)},                              \
        {"drawer_inverted", conf_bool, KKT(drawer_inverted)}, {"shop", place_read_shop, KKT(shop)},                    \
        {"tags", place_read_tags, KKT(tags)}, {"location", place_read_location, KKT(location)},

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
    if (kkt->identity_interval_s < kkt->interval_s)
        kkt->identity_interval_s = kkt->interval_s;
    return grow(state) || failure_explain(failure, ERR_NO_MEMORY, "the configuration", "настройки");
}

static bool read_kkt(struct conf_file *file, yaml_node_t *node, void *context, struct failure *failure)
{
    struct read_state *state = context;
    struct config_kkt kkt = state->defaults;
    if (!read_kkt_keys(file, node, &kkt, state, failure)) {
        connect_release(kkt.connect);
        return false;
    }
    state->places[state->config->kkt_count] = (struct place){state->file, (uint32_t)node->start_mark.line + 1};
    state->config->kkts[state->config->kkt_count++] = kkt;
    return true;
}

/* `registers:` with nothing behind it is an empty list. */
static bool read_kkts(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)to;
    if (conf_is_nothing(value))
        return true;
    return conf_sequence(file, value, read_kkt, context, failure);
}

#define PUSH(key) offsetof(struct config_push, key)
static const struct conf_key push_keys[] = {
    {"agent_config", read_path,    PUSH(agent_config)},
    {"sender",       read_program, PUSH(sender)      },
    {"host",         read_host,    PUSH(host)        },
    {"spool",        read_path,    PUSH(spool)       },
    {"spool_max",    conf_count,   PUSH(spool_max)   },
    {"batch",        read_batch,   PUSH(batch)       },
    {"interval",     conf_seconds, PUSH(interval_s)  },
    {"rate",         conf_count,   PUSH(rate_per_s)  },
    {NULL,           NULL,         0                 },
};

static bool read_push(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    struct config_push *push = to;
    if (!conf_mapping(file, value, push_keys, to, context, failure))
        return false;
    return push->agent_config || conf_fail(file, value, failure, "push needs `agent_config`: the Zabbix agent's file",
                                           "для push нужен `agent_config`: файл настроек агента Zabbix");
}

static const struct conf_key prometheus_keys[] = {
    {"file", read_prom_file, 0},
    {NULL,   NULL,           0},
};

static bool read_prometheus(struct conf_file *file, yaml_node_t *value, void *to, void *context,
                            struct failure *failure)
{
    const char *const *path = to;
    if (!conf_mapping(file, value, prometheus_keys, to, context, failure))
        return false;
    return *path || conf_fail(file, value, failure, "prometheus needs `file`", "для prometheus нужен `file`");
}

/* Read apart: `networks` and `defaults` before the rest, wherever they stand; the limits of `health` after it. */
static bool read_apart(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)file, (void)value, (void)to, (void)context, (void)failure;
    return true;
}

#define LIMIT(key) offsetof(struct config, key)
static const struct conf_key limit_keys[] = {
    {"polls",         conf_count, LIMIT(polls)       },
    {"driver_polls",  conf_count, LIMIT(driver_polls)},
    {"fn_days",       read_apart, 0                  },
    {"fn_documents",  read_apart, 0                  },
    {"ofd_age",       read_apart, 0                  },
    {"shift_left",    read_apart, 0                  },
    {"clock_drift",   read_apart, 0                  },
    {"open_document", read_apart, 0                  },
    {"battery",       read_apart, 0                  },
    {NULL,            NULL,       0                  },
};

static bool read_limits(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    struct config *config = to;
    if (!conf_mapping(file, value, limit_keys, to, context, failure))
        return false;
    for (const struct conf_key *key = limit_keys; key->name; key++) {
        yaml_node_t *node = key->read == read_apart ? conf_child(file, value, key->name) : NULL;
        if (node && !limits_read(file, key->name, node, &config->health, failure))
            return false;
    }
    return true;
}

static bool read_file(struct read_state *state, const char *path, bool main_file, struct failure *failure);

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
    const enum error_code code = wrong.code;
    if (code == ERR_FILE || code == ERR_CONFIG_UNREAD) {
        failure_prepend(&wrong, code, "include \"%s\": ", "include «%s»: ", TEXT_SHORT(pattern));
        conf_fail_as(file, node, &wrong, &wrong);
        wrong.code = code;
    }
    if (failure)
        *failure = wrong;
    return false;
}

static bool read_include(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)to;
    if (value->type == YAML_SEQUENCE_NODE)
        return conf_sequence(file, value, include_one, context, failure);
    return include_one(file, value, context, failure);
}

static const struct conf_key main_keys[] = {
    {"language",   read_language,   0                     },
    {"state_dir",  read_path,       LIMIT(state_dir)      },
    {"limits",     read_limits,     0                     },
    {"networks",   read_apart,      0                     },
    {"defaults",   read_apart,      0                     },
    {"push",       read_push,       LIMIT(push)           },
    {"prometheus", read_prometheus, LIMIT(prometheus_file)},
    {"registers",  read_kkts,       0                     },
    {"include",    read_include,    0                     },
    {NULL,         NULL,            0                     },
};

static const struct conf_key included_keys[] = {
    {"registers", read_kkts, 0},
    {NULL,        NULL,      0},
};

static bool read_tree(struct read_state *state, struct conf_file *file, bool main_file, struct failure *failure)
{
    yaml_node_t *root = yaml_document_get_root_node(&file->tree);
    if (!root) /* a file of comments configures nothing; one without anything is what a full disk leaves */
        return file->has_comment ||
               failure_explain(failure, ERR_CONFIG, "%s:1: the file is empty", "%s:1: файл пуст", file->path);
    if (!main_file)
        return conf_mapping(file, root, included_keys, state->config, state, failure);
    yaml_node_t *networks = conf_child(file, root, "networks"), *defaults = conf_child(file, root, "defaults");
    if (networks && !read_networks(file, networks, state, failure))
        return false;
    file->key = "defaults";
    if (defaults && !conf_mapping(file, defaults, default_keys, &state->defaults, state, failure))
        return false;
    file->key = NULL;
    return conf_mapping(file, root, main_keys, state->config, state, failure);
}

static bool read_file(struct read_state *state, const char *path, bool main_file, struct failure *failure)
{
    struct conf_file file;
    const char **files = realloc(state->files, (state->file_count + 1) * sizeof *files);
    const char *kept = config_store_text(state->config, path);
    if (files)
        state->files = files;
    if (!files || !kept)
        return failure_set(failure, ERR_NO_MEMORY, "%s", path);
    if (!conf_open(&file, path, failure))
        return false;
    uint32_t outer = state->file;
    state->file = state->file_count;
    state->files[state->file_count++] = kept;
    bool good = read_tree(state, &file, main_file, failure);
    state->file = outer;
    conf_close(&file);
    return good;
}

/* A folder inside the one of the program's data. */
static const char *data_path(struct config *c, const char *inside)
{
    char folder[1024], path[1100];
    if (!data_folder(folder, sizeof folder))
        return NULL;
    (void)snprintf(path, sizeof path, "%s%s", folder, inside);
    return config_store_text(c, path);
}

static bool set_defaults(struct read_state *state)
{
    struct config *c = state->config;
    c->polls = 1000;
    c->driver_polls = 4;
    c->state_dir = data_path(c, STATE_INSIDE);
    c->push.spool = data_path(c, SPOOL_INSIDE);
    c->push.sender = "zabbix_sender";
    c->push.host = "";
    c->push.spool_max = 100000;
    c->push.batch = 250;
    c->push.interval_s = 5;
    c->push.rate_per_s = 50;
    state->defaults = (struct config_kkt){
        .name = "",
        .serial = "",
        .title = "",
        .shop = "",
        .zone = {.host = true},
        .interval_s = 60,
        .identity_interval_s = 3600,
        .timeout_s = 15,
        .network = CONFIG_NO_NETWORK,
    };
    return c->state_dir && c->push.spool;
}

/* A value goes to the host of the register's name, so Zabbix must be able to have such a host. */
static bool check_names(const struct read_state *state, struct failure *failure)
{
    const struct config *c = state->config;
    for (uint32_t i = 0; c->push.agent_config && i < c->kkt_count; i++)
        if (!config_is_host_name(c->kkts[i].name))
            return failure_explain(
                failure, ERR_CONFIG,
                "%s:%u: name \"%s\": with `push` it is the host's name in Zabbix: only A-Z a-z 0-9, "
                "blank, . _ - (a name in other letters can be the host's visible name)",
                "%s:%u: имя «%s»: при `push` это имя узла в Zabbix: только A-Z a-z 0-9, пробел, . _ - "
                "(имя кириллицей можно дать узлу как видимое)",
                state->files[state->places[i].file], state->places[i].line, c->kkts[i].name);
    return true;
}

static void trim(struct config *c)
{
    struct config_kkt *tight = c->kkt_count > 0 ? realloc(c->kkts, c->kkt_count * sizeof *tight) : NULL;
    c->kkts = tight ? tight : c->kkts;
}

struct config *config_load(const char *path, bool *missing, struct failure *failure)
{
    char usual[1100];
    uv_fs_t request;
    struct read_state state = {.config = calloc(1, sizeof(struct config))};
    path = path ? path : config_default_path(usual, sizeof usual);
    if (missing) {
        *missing = uv_fs_stat(NULL, &request, path, NULL) == UV_ENOENT;
        uv_fs_req_cleanup(&request);
    }
    if (!state.config || !set_defaults(&state)) {
        failure_set(failure, ERR_NO_MEMORY, "%s", path);
        config_free(state.config);
        return NULL;
    }
    bool good =
        read_file(&state, path, true, failure) && check_names(&state, failure) && unique_registers(&state, failure);
    if (!good && failure && failure->code == ERR_FILE)
        failure->code = ERR_CONFIG;
    free(state.places);
    free(state.networks);
    free(state.files);
    if (good) {
        trim(state.config);
        return state.config;
    }
    config_free(state.config);
    return NULL;
}
