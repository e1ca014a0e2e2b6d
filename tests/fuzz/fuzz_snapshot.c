/* The JSON document read back, as `get --max-age`, `status` and `serve` read snapshots that others may have written.
 * What was taken prints in every format, and prints the same document again. */
#include "fuzz.h"

#include "base/text.h"
#include "metric/form.h"
#include "output/document.h"

#define NOW 1795350896

static struct snapshot first, second, unpacked;
static struct document read, again;

static void require_forms(const struct snapshot *s)
{
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        enum metric m = (enum metric)i;
        if (!snapshot_has(s, m))
            continue;
        enum metric_type type = metric_row(m)->type;
        if (type == METRIC_TEXT)
            REQUIRE(form_text(m, snapshot_text(s, m), strlen(snapshot_text(s, m))));
        else if (type == METRIC_BOOL || type == METRIC_INT)
            REQUIRE(form_number(m, snapshot_int(s, m)));
    }
}

static void print_all(const struct document *d)
{
    static char *(*const printers[])(const struct document *) = {document_seed, document_prometheus};
    for (unsigned i = 0; i < sizeof printers / sizeof printers[0]; i++) {
        char *text = printers[i](d);
        REQUIRE(text != NULL && text_is_utf8(text, strlen(text)));
        free(text);
    }
    for (int lang = LANG_EN; lang <= LANG_RU; lang++) {
        char *text = document_table(d, (enum lang)lang, false, lang == LANG_EN ? 80 : 40);
        REQUIRE(text != NULL && text_is_utf8(text, strlen(text)));
        for (const char *at = text; *at; at++)
            REQUIRE(*at == '\n' || ((unsigned char)*at >= 0x20 && *at != 0x7F));
        free(text);
    }
}

/* As serve keeps many in memory. */
static void pack_and_unpack(const struct snapshot *s)
{
    size_t size = snapshot_packed_size(s);
    void *packed = malloc(size);
    REQUIRE(packed != NULL);
    snapshot_pack(s, packed);
    REQUIRE(snapshot_unpack(&unpacked, packed, size) && !snapshot_unpack(&unpacked, packed, size - 1));
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct failure failure = {0};
    char *text = input_text((struct input){data, size});
    bool good = document_read(text, size, NOW, &first, &read, &failure);
    free(text);
    if (!good) {
        REQUIRE(failure.code == ERR_SNAPSHOT_OLD && failure.detail[0] != '\0');
        return 0;
    }
    require_forms(&first);
    document_set_health(&read, NULL, LANG_RU);
    print_all(&read);
    pack_and_unpack(&first);
    char *json = document_json(&read, true);
    REQUIRE(json != NULL);
    REQUIRE(document_read(json, strlen(json), NOW, &second, &again, &failure));
    document_set_health(&again, NULL, LANG_RU);
    char *json_again = document_json(&again, true);
    REQUIRE(json_again != NULL && strcmp(json, json_again) == 0);
    free(json);
    free(json_again);
    return 0;
}
