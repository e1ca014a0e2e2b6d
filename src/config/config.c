#include "config/config.h"

#include "base/files/datafolder.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define CHUNK 65536

/* Texts one behind another in big pieces. */
struct config_store {
    struct config_store *before;
    size_t used, cap;
    max_align_t bytes[];
};

void *config_store_bytes(struct config *config, size_t count)
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

const char *config_store_text(struct config *config, const char *text)
{
    size_t count = strlen(text) + 1;
    char *copy = config_store_bytes(config, count);
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
                strcmp(network_name(a, x), network_name(b, y)) == 0 && x->control == y->control &&
                x->drawer_inverted == y->drawer_inverted;
    return same ? CONFIG_SAME : CONFIG_OTHER_SETTINGS;
}

void config_ask(const struct config_kkt *kkt, struct poll_ask *ask)
{
    memset(ask, 0, sizeof *ask);
    ask->connect = kkt->connect;
    (void)text_escape(ask->name, sizeof ask->name, kkt->name);
    ask->timeout_ms = kkt->timeout_s * 1000;
    ask->zone = kkt->zone;
    ask->drawer_inverted = kkt->drawer_inverted;
    memcpy(ask->password, kkt->password, sizeof ask->password);
    (void)snprintf(ask->expected_serial, sizeof ask->expected_serial, "%s", kkt->serial);
}

bool config_snapshot_path(const struct config *config, const char *name, char *buf, size_t cap)
{
    int n = snprintf(buf, cap, "%s/%s.json", config->state_dir, name);
    return n > 0 && (size_t)n < cap;
}

bool config_shop_time(const struct config_kkt *kkt, int64_t unix_s, struct civil *now)
{
    return kkt->hours && zone_from_unix(&kkt->zone, unix_s, now);
}
