#include "config/read.h"

#include "base/text.h"
#include "config/names.h"
#include "config/paths.h"
#include "metric/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MAX_S 3600
#define BATCH_MAX     250 /* values of one packet of zabbix_sender */

bool read_keep(struct read_state *state, const char *text, const char **to, struct failure *failure)
{
    *to = config_store_text(state->config, text);
    return *to || failure_explain(failure, ERR_NO_MEMORY, "the configuration", "настройки");
}

bool read_has_control_character(const char *text)
{
    return !text_is_plain(text, strlen(text));
}

bool config_name_check(const char *text, struct failure *failure)
{
    size_t length = strlen(text);
    if (read_has_control_character(text))
        return failure_explain(failure, ERR_USAGE, "a control character in a name%s", "управляющий символ в имени%s",
                               "");
    if (length == 0 || length > CONFIG_NAME_MAX || text[0] == '.' || text[0] == '_' || text[0] == ' ' ||
        text[0] == '-' || text[length - 1] == ' ' || strpbrk(text, "/\\:*?\"<>|"))
        return failure_explain(failure, ERR_USAGE,
                               "name \"%s\": at most 128 bytes, not / \\ : * ? \" < > |, not - . _ or a blank first, "
                               "not a blank last",
                               "имя «%s»: не больше 128 байт, без / \\ : * ? \" < > |, первым не - . _ и не пробел, "
                               "последним не пробел",
                               TEXT_SHORT(text));
    if (name_is_device(text))
        return failure_explain(failure, ERR_USAGE, "name \"%s\": a device of Windows, where no file can have it",
                               "имя «%s»: устройство Windows, файла с таким именем быть не может", TEXT_SHORT(text));
    return true;
}

/* A name is a file name, a host of Zabbix and a word of the command line. */
bool read_name(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    struct failure wrong = {0};
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    if (!config_name_check(text, &wrong))
        return conf_fail_as(file, value, &wrong, failure);
    return read_keep(context, text, to, failure);
}

bool read_host(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    if (!config_is_host_name(text))
        return conf_fail(file, value, failure, "host \"%s\": only A-Z a-z 0-9, blank, . _ - in a host's name of Zabbix",
                         "host «%s»: в имени узла Zabbix только A-Z a-z 0-9, пробел, . _ -", TEXT_SHORT(text));
    return read_keep(context, text, to, failure);
}

bool read_connect(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
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

bool read_serial(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    const struct metric_row *row = metric_row(METRIC_device_serial);
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    if (!form_text(METRIC_device_serial, text, strlen(text)))
        return conf_fail(file, value, failure, "serial \"%s\": expected %u to %u digits, as the register tells it",
                         "serial «%s»: ожидалось от %u до %u цифр, как сообщает ККТ", TEXT_SHORT(text),
                         (unsigned)row->min, (unsigned)row->max);
    return read_keep(context, text, to, failure);
}

bool read_zone(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    (void)context;
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    return zone_parse(text, to) ||
           conf_fail(file, value, failure, "timezone \"%s\": expected a name such as Europe/Moscow, +03:00 or host",
                     "timezone «%s»: ожидалось имя, например Europe/Moscow, +03:00 или host", TEXT_SHORT(text));
}

/* Many registers have the same hours: those of the one before are kept once. */
static const struct hours *keep_hours(struct read_state *state, const struct hours *hours)
{
    if (state->last_hours && memcmp(state->last_hours, hours, sizeof *hours) == 0)
        return state->last_hours;
    struct hours *kept = config_store_bytes(state->config, sizeof *kept);
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

bool read_hours(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
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
            return failure_explain(failure, ERR_NO_MEMORY, "the configuration", "настройки");
    }
    memcpy(to, &kept, sizeof kept);
    return true;
}

bool read_password(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
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

static int by_name(const void *a, const void *b)
{
    const struct network_name *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static int name_of(const void *name, const void *network)
{
    return strcmp(name, ((const struct network_name *)network)->name);
}

/* By name: a hundred thousand registers look for theirs among tens of thousands. */
static bool sort_networks(struct conf_file *file, struct read_state *state, struct failure *failure)
{
    uint32_t count = state->config->network_count;
    if (count > 1)
        qsort(state->networks, count, sizeof *state->networks, by_name);
    for (uint32_t i = 1; i < count; i++)
        if (strcmp(state->networks[i - 1].name, state->networks[i].name) == 0)
            return conf_fail(file, state->networks[i].key, failure, "duplicate network \"%s\"", "сеть «%s» повторяется",
                             TEXT_SHORT(state->networks[i].name));
    return true;
}

bool read_networks(struct conf_file *file, yaml_node_t *value, struct read_state *state, struct failure *failure)
{
    struct config *c = state->config;
    if (value->type != YAML_MAPPING_NODE)
        return conf_fail(file, value, failure, "networks: expected lines such as \"shop-12: 2\" (name: polls at once)",
                         "networks: ожидались строки вида «shop-12: 2» (имя: сколько опросов сразу)");
    size_t count = (size_t)(value->data.mapping.pairs.top - value->data.mapping.pairs.start);
    if (count >= CONFIG_NO_NETWORK)
        return conf_fail(file, value, failure, "networks: at most %d", "networks: не больше %d", CONFIG_NO_NETWORK - 1);
    c->networks = calloc(count + 1, sizeof *c->networks);
    state->networks = calloc(count + 1, sizeof *state->networks);
    if (!c->networks || !state->networks)
        return failure_explain(failure, ERR_NO_MEMORY, "the configuration", "настройки");
    for (yaml_node_pair_t *pair = value->data.mapping.pairs.start; pair < value->data.mapping.pairs.top; pair++) {
        struct config_network *n = &c->networks[c->network_count];
        yaml_node_t *key = yaml_document_get_node(&file->tree, pair->key);
        const char *name = conf_text(file, key, failure);
        file->key = name;
        if (!name || !read_keep(state, name, &n->name, failure) ||
            !conf_count(file, yaml_document_get_node(&file->tree, pair->value), &n->polls, NULL, failure))
            return false;
        state->networks[c->network_count] = (struct network_name){n->name, c->network_count, key};
        c->network_count++;
        file->key = NULL;
    }
    return sort_networks(file, state, failure);
}

bool read_network(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    struct read_state *state = context;
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    const struct network_name *found =
        state->config->network_count == 0
            ? NULL
            : bsearch(text, state->networks, state->config->network_count, sizeof *state->networks, name_of);
    if (!found)
        return conf_fail(file, value, failure, "network \"%s\" is not one of `networks`",
                         "network «%s»: такой сети нет в `networks`", TEXT_SHORT(text));
    uint16_t index = (uint16_t)found->index;
    memcpy(to, &index, sizeof index);
    return true;
}

bool read_language(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
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

bool read_timeout(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    uint32_t seconds;
    if (!conf_seconds(file, value, &seconds, context, failure))
        return false;
    if (seconds > TIMEOUT_MAX_S)
        return conf_fail_value(file, value, failure, "\"%s\": at most 1h", "«%s»: не больше 1h",
                               TEXT_SHORT((const char *)value->data.scalar.value));
    memcpy(to, &seconds, sizeof seconds);
    return true;
}

bool read_batch(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    uint32_t batch;
    if (!conf_count(file, value, &batch, context, failure))
        return false;
    if (batch > BATCH_MAX)
        return conf_fail_value(file, value, failure, "\"%u\": at most %d, the size of one packet of zabbix_sender",
                               "«%u»: не больше %d, столько помещается в один пакет zabbix_sender", batch, BATCH_MAX);
    memcpy(to, &batch, sizeof batch);
    return true;
}

bool read_path(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    char whole[1024];
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    if (!path_beside(file->path, text, whole, sizeof whole))
        return conf_fail_value(file, value, failure, "the path \"%s\" is too long", "слишком длинный путь «%s»",
                               TEXT_SHORT(text));
    return read_keep(context, whole, to, failure);
}

bool read_program(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    return path_folder_length(text) == 0 && !path_is_absolute(text) ? read_keep(context, text, to, failure)
                                                                    : read_path(file, value, to, context, failure);
}

bool read_prom_file(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure)
{
    static const char end[] = ".prom";
    const char *text = conf_text(file, value, failure);
    if (!text)
        return false;
    size_t length = strlen(text), tail = strlen(end);
    if (length <= tail || strcmp(text + length - tail, end) != 0)
        return conf_fail_value(
            file, value, failure, "\"%s\": expected a name that ends in .prom, a textfile collector reads no other",
            "«%s»: ожидалось имя с окончанием .prom, другие textfile collector не читает", TEXT_SHORT(text));
    return read_path(file, value, to, context, failure);
}
