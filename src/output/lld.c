#include "output/lld.h"

#include <stdio.h>

#define TAGS_TEXT (4 * CONFIG_TAGS_MAX + 1) /* bytes of UTF-8 */

/* A text that is not known has no macro: Zabbix then leaves the macro as it is, which is plain to see. */
static int put_text(json_t *object, const char *key, const char *text)
{
    return text && *text ? json_object_set_new(object, key, json_string(text)) : 0;
}

json_t *lld_row(const char *name, const char *connect, const char *model, const char *serial)
{
    json_t *object = json_object();
    int failed = object ? 0 : -1;
    failed |= put_text(object, "{#KKT.NAME}", name);
    failed |= put_text(object, "{#KKT.CONNECT}", connect);
    failed |= put_text(object, "{#KKT.MODEL}", model);
    failed |= put_text(object, "{#KKT.SERIAL}", serial);
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static int put_tags(json_t *object, const struct config_tags *tags)
{
    char all[TAGS_TEXT] = "", macro[CONFIG_MACRO_MAX];
    size_t used = 0;
    int failed = 0;
    for (uint32_t i = 0; tags && i < tags->count; i++) {
        const struct config_tag *tag = &tags->tags[i];
        int n = snprintf(all + used, sizeof all - used, "%s%s=%s", used ? ", " : "", tag->name, tag->value);
        if (n < 0 || (size_t)n >= sizeof all - used)
            return -1;
        used += (size_t)n;
        if (config_tag_macro(tag->name, macro))
            failed |= put_text(object, macro, tag->value);
    }
    return failed | put_text(object, "{#KKT.TAGS}", all);
}

static int put_location(json_t *object, const struct config_location *l)
{
    int failed = 0;
    if (!l)
        return 0;
    failed |= put_text(object, "{#KKT.CITY}", l->city);
    failed |= put_text(object, "{#KKT.ADDRESS}", l->address);
    failed |= put_text(object, "{#KKT.LAT}", l->lat);
    failed |= put_text(object, "{#KKT.LON}", l->lon);
    return failed;
}

json_t *lld_of_kkt(const struct config_kkt *kkt)
{
    json_t *object = lld_row(kkt->name, kkt->connect->text, "", kkt->serial);
    int failed = object ? 0 : -1;
    failed |= put_text(object, "{#KKT.TITLE}", kkt->title);
    failed |= put_text(object, "{#KKT.SHOP}", kkt->shop);
    failed |= put_location(object, kkt->location);
    failed |= put_tags(object, kkt->tags);
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}
