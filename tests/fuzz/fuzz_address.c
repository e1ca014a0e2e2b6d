/* CONNECT as people, item keys and configurations write it: taken whole, or refused with a sentence in each language.
 */
#include "fuzz.h"

#include "address/connect.h"
#include "base/text.h"

static void require_sentence(const struct failure *failure, enum lang lang)
{
    char text[1000];
    failure_text(failure, lang, text, sizeof text);
    REQUIRE(text[0] != '\0' && text_is_utf8(text, strlen(text)));
    for (const char *at = text; *at; at++)
        REQUIRE((unsigned char)*at >= 0x20 && *at != 0x7F);
}

/* It goes into sentences, file names and other programs. */
static void require_plain(const char *text)
{
    REQUIRE(text_is_utf8(text, strlen(text)));
    for (; *text; text++)
        REQUIRE((unsigned char)*text >= 0x20 && *text != 0x7F);
}

static void require_whole(const struct connect *c, const char *text)
{
    const char *key, *value;
    bool network = c->way == CONNECT_TCP || (c->way == CONNECT_DRIVER && c->driver_port == CONNECT_DRIVER_TCP);
    REQUIRE(strcmp(c->text, text) == 0 && connect_is_address(text));
    require_plain(connect_host(c));
    require_plain(connect_device(c));
    require_plain(connect_lib(c));
    REQUIRE(!network || (connect_host(c)[0] != '\0' && c->port > 0));
    REQUIRE(c->way != CONNECT_SERIAL || (connect_device(c)[0] != '\0' && c->baud > 0));
    for (unsigned i = 0; i < c->setting_count; i++) {
        REQUIRE(connect_setting(c, i, &key, &value) && key[0] != '\0');
        require_plain(key);
        require_plain(value);
    }
    REQUIRE(!connect_setting(c, c->setting_count, &key, &value));
}

/* What is printed for a device is read as that device (\\.\COM5 as COM5). */
static void print_device(const char *device)
{
    char buf[300];
    if (!device[0] || !text_is_utf8(device, strlen(device)) || !connect_print_serial(device, buf, sizeof buf))
        return;
    const struct connect *c = connect_parse(buf, NULL);
    REQUIRE(!c || device[0] == '\\' || strcmp(connect_device(c), device) == 0);
    connect_release(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct failure failure = {0};
    char *text = input_text((struct input){data, size});
    const struct connect *connect = connect_parse(text, &failure);
    if (connect) {
        REQUIRE(failure.code == ERR_NONE);
        require_whole(connect, text);
    } else {
        REQUIRE(failure.code == ERR_USAGE);
        require_sentence(&failure, LANG_EN);
        require_sentence(&failure, LANG_RU);
    }
    connect_release(connect);
    print_device(text);
    free(text);
    return 0;
}
