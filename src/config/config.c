#include "config/config.h"

#include "base/files/datafolder.h"
#include "base/text.h"
#include "config/paths.h"
#include "config/read.h"
#include "config/unique.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define CHUNK 65536

#ifdef _WIN32
#define STATE_INSIDE "\\state"
#define SPOOL_INSIDE "\\spool"
#else
#define STATE_INSIDE ""
#define SPOOL_INSIDE "/spool"
#endif

/* Texts one behind another in big pieces. */
struct config_store {
    struct config_store *before;
    size_t used, cap;
    max_align_t bytes[];
};

void *store_bytes(struct config *config, size_t count)
{
    size_t unit = sizeof(void *), need = (count + unit - 1) / unit * unit;
    struct config_store *s = config->store;
    if (!s || s->cap - s->used < need) {
        size_t cap = need > CHUNK ? need : CHUNK;
        s = malloc(sizeof *s + cap);
        if (!s)
            return NULL;
        s->before = config->store;
        s->used = 0;
        s->cap = cap;
        config->store = s;
    }
    void *bytes = (char *)s->bytes + s->used;
    s->used += need;
    return bytes;
}

const char *store_text(struct config *config, const char *text)
{
    size_t count = strlen(text) + 1;
    char *copy = store_bytes(config, count);
    return copy ? memcpy(copy, text, count) : NULL;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    while (config->store) {
        struct config_store *before = config->store->before;
        free(config->store);
        config->store = before;
    }
    free(config->networks);
    for (uint32_t i = 0; i < config->kkt_count; i++)
        connect_release(config->kkts[i].connect);
    free(config->kkts);
    free(config);
}

#ifdef _WIN32
static bool is_there(const char *path)
{
    uv_fs_t request;
    int status = uv_fs_stat(NULL, &request, path, NULL);
    uv_fs_req_cleanup(&request);
    return status == 0;
}

/* In the folder of the program's data; the file beside the program, where it stood at first, as long as there is no
 * other. */
const char *config_default_path(char *buf, size_t cap)
{
    char exe[1024], folder[1024] = "";
    size_t length = sizeof exe;
    if (uv_exepath(exe, &length) != 0)
        exe[0] = '\0';
    (void)data_folder(folder, sizeof folder);
    char *slash = strrchr(exe, '\\');
    int beside = slash ? (int)(slash + 1 - exe) : 0;
    (void)snprintf(buf, cap, "%s\\%s", folder, CONFIG_NAME);
    if (is_there(buf))
        return buf;
    (void)snprintf(buf, cap, "%.*s%s", beside, exe, CONFIG_NAME);
    if (!is_there(buf))
        (void)snprintf(buf, cap, "%s\\%s", folder, CONFIG_NAME);
    return buf;
}
#else
const char *config_default_path(char *buf, size_t cap)
{
    (void)snprintf(buf, cap, "%s", CONFIG_PATH);
    return buf;
}
#endif

/* A folder inside the one of the program's data. */
static const char *inside_data(struct config *c, const char *inside)
{
    char folder[1024], path[1100];
    if (!data_folder(folder, sizeof folder))
        return NULL;
    (void)snprintf(path, sizeof path, "%s%s", folder, inside);
    return store_text(c, path);
}

static bool set_defaults(struct read_state *state)
{
    struct config *c = state->config;
    c->polls = 1000;
    c->driver_polls = 4;
    c->state_dir = inside_data(c, STATE_INSIDE);
    c->push.spool = inside_data(c, SPOOL_INSIDE);
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

/* Relative paths begin at the configuration's folder, as `include` does, wherever the program is started. */
static bool resolve_paths(struct config *c, const char *from, struct failure *failure)
{
    const char **paths[] = {&c->state_dir, &c->push.spool, &c->push.agent_config, &c->push.sender};
    for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char whole[1024];
        const char *path = *paths[i];
        /* A bare name of a program is looked for in PATH. */
        if (!path || path_is_absolute(path) || (paths[i] == &c->push.sender && path_folder_length(path) == 0))
            continue;
        if (!path_beside(from, path, whole, sizeof whole))
            return failure_explain(failure, ERR_CONFIG, "%s:1: the path \"%s\" is too long",
                                   "%s:1: слишком длинный путь «%s»", from, TEXT_SHORT(path));
        *paths[i] = store_text(c, whole);
        if (!*paths[i])
            return failure_set(failure, ERR_NO_MEMORY, "the configuration");
    }
    return true;
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
    bool good = read_file(&state, path, true, failure) && resolve_paths(state.config, path, failure) &&
                check_names(&state, failure) && unique_registers(&state, failure);
    if (!good && failure && failure->code == ERR_SYSTEM)
        failure->code = ERR_CONFIG; /* the file itself cannot be read */
    free(state.places);
    free(state.files);
    if (good) {
        trim(state.config);
        return state.config;
    }
    config_free(state.config);
    return NULL;
}

static int name_order(const void *name, const void *kkt)
{
    return strcmp(name, ((const struct config_kkt *)kkt)->name);
}

bool config_is_host_name(const char *name)
{
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._-") == strlen(name);
}

const struct config_kkt *config_find(const struct config *config, const char *name)
{
    return config->kkt_count == 0 ? NULL
                                  : bsearch(name, config->kkts, config->kkt_count, sizeof *config->kkts, name_order);
}

static const char *network_name(const struct config *c, const struct config_kkt *k)
{
    return k->network == CONFIG_NO_NETWORK ? "" : c->networks[k->network].name;
}

static bool hours_equal(const struct hours *x, const struct hours *y)
{
    return x == y || (x && y && memcmp(x, y, sizeof *x) == 0);
}

enum config_change config_kkt_change(const struct config *a, const struct config_kkt *x, const struct config *b,
                                     const struct config_kkt *y)
{
    if (strcmp(x->connect->text, y->connect->text) != 0 || memcmp(x->password, y->password, sizeof x->password) != 0)
        return CONFIG_OTHER_ACCESS;
    if (strcmp(x->serial, y->serial) != 0 || x->zone.host != y->zone.host || x->zone.offset_s != y->zone.offset_s)
        return CONFIG_OTHER_ASK;
    bool same = hours_equal(x->hours, y->hours) && x->interval_s == y->interval_s &&
                x->identity_interval_s == y->identity_interval_s && x->timeout_s == y->timeout_s &&
                strcmp(network_name(a, x), network_name(b, y)) == 0 && x->control == y->control;
    return same ? CONFIG_SAME : CONFIG_OTHER_SETTINGS;
}

void config_ask(const struct config_kkt *kkt, struct poll_ask *ask)
{
    memset(ask, 0, sizeof *ask);
    ask->connect = kkt->connect;
    (void)text_escape(ask->name, sizeof ask->name, kkt->name);
    ask->timeout_ms = kkt->timeout_s * 1000;
    ask->zone = kkt->zone;
    memcpy(ask->password, kkt->password, sizeof ask->password);
    (void)snprintf(ask->expected_serial, sizeof ask->expected_serial, "%s", kkt->serial);
}

bool config_snapshot_path(const struct config *config, const char *name, char *buf, size_t cap)
{
    int n = snprintf(buf, cap, "%s/%s.json", config->state_dir, name);
    return n > 0 && (size_t)n < cap;
}
