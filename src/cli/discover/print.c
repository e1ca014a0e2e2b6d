#include "cli/discover/print.h"

#include "base/log.h"
#include "base/process/console.h"
#include "base/text.h"
#include "cli/setup/setup_text.h"
#include "cli/words.h"
#include "link/ports/holder.h"
#include "link/ports/usb.h"
#include "output/lld.h"
#include "poll/poll.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DETAIL 4 /* blanks before what belongs to an address */

static const char *in(enum lang lang, const char *en, const char *ru)
{
    return lang == LANG_RU ? ru : en;
}

static const char *const kinds[][3] = {
    [SCAN_EXCHANGE] = {"exchange port of an ATOL register", "порт обмена ККТ АТОЛ",            "exchange"},
    [SCAN_ATOL] = {"another port of an ATOL register",  "другой порт ККТ АТОЛ",            "other"   },
    [SCAN_USB] = {"USB port of another device",        "USB-порт другого устройства", "usb"     },
    [SCAN_SERIAL] = {"serial port",                       "последовательный порт",        "serial"  },
};

/* What came when it was asked, as "unreachable: Nothing answers …". */
static const char *failure_line(const struct found *f, enum lang lang, char *text, size_t cap)
{
    char sentence[1024];
    failure_text(&f->failure, lang, sentence, sizeof sentence);
    (void)snprintf(text, cap, "%s: %s", poll_state_name(failure_state(&f->failure)), sentence);
    return text;
}

static void print_one(const struct found *f, enum lang lang)
{
    char text[1200];
    console_print(stdout, "%s\n", f->connect);
    if (!f->is_host)
        words_print(DETAIL, DETAIL, "%s: %s%s", f->port.device, kinds[f->port.kind][lang],
                    f->asked ? "" : in(lang, ", not asked", ", не опрашивался"));
    if (found_was_read(f))
        words_print(DETAIL, DETAIL, "%s, %s, %s %d", f->model[0] ? f->model : "?", f->serial[0] ? f->serial : "?",
                    in(lang, "protocol", "протокол"), f->protocol);
    else if (f->asked)
        words_print(DETAIL, DETAIL, "%s", failure_line(f, lang, text, sizeof text));
    if (f->name[0])
        words_print(DETAIL, DETAIL, "%s: %s%s%s", in(lang, "in the configuration", "в настройках"), f->name,
                    f->known_at[0] ? in(lang, ", with another address: ", ", с другим адресом: ") : "", f->known_at);
    if (f->port.kind != SCAN_EXCHANGE || f->is_host)
        return;
    if (f->port.by_path[0] && f->port.by_id[0])
        words_print(DETAIL, DETAIL, "%s: serial:%s", in(lang, "by its socket", "по разъёму"), f->port.by_path);
    if (f->port.usb_path[0])
        words_print(DETAIL, DETAIL, "%s: driver:usb/%s", in(lang, "through the driver", "через драйвер"),
                    f->port.usb_path);
}

/* Registers whose exchange port the kernel does not have: a session of the vendor's driver has it. */
static void print_held(enum lang lang)
{
    struct usb_register list[USB_REGISTERS_MAX];
    unsigned count = usb_registers(list, USB_REGISTERS_MAX);
    for (unsigned i = 0; i < count; i++) {
        char holder[HOLDER_TEXT_MAX];
        if (list[i].exchange[0])
            continue;
        bool held = usb_holder(&list[i], holder, sizeof holder);
        console_print(stdout, "driver:usb/%s\n", list[i].path);
        words_print(DETAIL, DETAIL, "%s%s%s",
                    held ? in(lang, "used by another program", "занята другой программой")
                         : in(lang, "its exchange port has no kernel driver", "порт обмена без драйвера ядра"),
                    holder[0] ? ": " : "", holder);
    }
}

static unsigned hosts_of(const struct found_list *list)
{
    unsigned hosts = 0;
    for (unsigned i = 0; i < list->count; i++)
        hosts += list->items[i].is_host;
    return hosts;
}

void print_found(const struct found_list *list, const struct args *args)
{
    bool ports = args->scan || args->serial;
    for (unsigned i = 0; i < list->count; i++)
        print_one(&list->items[i], log_language());
    if (ports)
        print_held(log_language());
    if (ports && list->count == hosts_of(list))
        words_print(0, 0, "%s",
                    in(log_language(), "This computer has no serial or USB port.",
                       "На этом компьютере нет последовательных и USB-портов."));
    if (args->network)
        words_print(0, 0, "%s: %s: %u; %s: %u", args->network,
                    in(log_language(), "addresses that were tried", "проверено адресов"), (unsigned)list->hosts_tried,
                    in(log_language(), "with port 5555 open", "с открытым портом 5555"), hosts_of(list));
}

/* Behind a `#`: no character in it ends the line, by YAML's rules neither. */
static void print_comment(const char *before, const char *text, const char *middle, const char *more)
{
    char line[1500], safe[1500];
    (void)snprintf(line, sizeof line, "%s%s%s%s", before, text, middle, more);
    console_print(stdout, "  # %s\n", text_escape(safe, sizeof safe, line));
}

/* Is it a register that is missing in the configuration? */
static bool is_new(const struct found *f)
{
    return found_was_read(f) && !f->name[0];
}

static void print_row(struct found_list *named, const struct found *f, const struct config *config, enum lang lang)
{
    char row[700];
    const char **names = malloc((named->count + 1) * sizeof *names);
    struct found *mine = &named->items[named->count];
    for (unsigned i = 0; names && i < named->count; i++)
        names[i] = named->items[i].name;
    if (names)
        setup_name(config, names, named->count, mine->name, sizeof mine->name);
    free(names);
    if (!names || !setup_row(mine->name, f->connect, f->serial, row, sizeof row)) {
        print_comment(f->connect, in(lang, ": cannot stand in a file", ": нельзя записать в файл"), "", "");
        return;
    }
    named->count++;
    print_comment(f->model[0] ? f->model : "?", "", ", ", f->serial[0] ? f->serial : "?");
    if (!f->is_host && f->port.usb_path[0])
        print_comment(in(lang, "through the driver: driver:usb/", "через драйвер: driver:usb/"), f->port.usb_path, "",
                      "");
    console_print(stdout, "%s", row);
}

/* What is no new register, and why. */
static void print_left_out(const struct found *f, enum lang lang)
{
    char text[1200];
    if (f->name[0]) {
        (void)snprintf(text, sizeof text, "%s%s%s", f->name,
                       f->known_at[0] ? in(lang, ", with another address: ", ", с другим адресом: ") : "", f->known_at);
        print_comment(f->connect, in(lang, ": in the configuration as ", ": в настройках как "), text, "");
    }
    if (!f->name[0] && f->asked)
        print_comment(f->connect, ": ", failure_line(f, lang, text, sizeof text), "");
}

void print_yaml(const struct found_list *list, const struct config *config, const char *path, enum lang lang)
{
    struct found_list named = {.items = calloc(list->count + 1, sizeof *named.items)};
    unsigned fresh = 0;
    for (unsigned i = 0; i < list->count; i++)
        fresh += is_new(&list->items[i]);
    bool append = config && config->kkt_count > 0;
    if (fresh == 0)
        console_print(stdout, "%s\n", in(lang, "# No new register answered.", "# Ни одна новая ККТ не ответила."));
    else
        console_print(stdout, "# %s %s\n",
                      append ? in(lang, "Append to `registers:` of", "Добавьте в `registers:` файла")
                             : in(lang, "Write into", "Запишите в"),
                      TEXT_PATH(path));
    if (fresh > 0 && !append)
        console_print(stdout, "registers:\n");
    for (unsigned i = 0; i < list->count; i++)
        if (is_new(&list->items[i]) && named.items)
            print_row(&named, &list->items[i], config, lang);
        else
            print_left_out(&list->items[i], lang);
    free(named.items);
}

static char *dump(json_t *list, bool failed, size_t flags)
{
    char *text = failed ? NULL : json_dumps(list, flags);
    json_decref(list);
    return text;
}

char *found_lld(const struct found_list *list)
{
    json_t *array = json_array();
    int failed = array ? 0 : -1;
    for (unsigned i = 0; i < list->count && !failed; i++) {
        const struct found *f = &list->items[i];
        if (found_was_read(f))
            failed = json_array_append_new(
                array, lld_row(f->serial[0] ? f->serial : f->connect, f->connect, f->model, f->serial));
    }
    return dump(array, failed != 0, JSON_COMPACT);
}

static int put(json_t *object, const char *key, const char *text)
{
    return *text ? json_object_set_new(object, key, json_string(text)) : 0;
}

/* What is not known has no key. */
static json_t *json_of(const struct found *f, enum lang lang)
{
    char text[1200];
    json_t *object = json_pack("{s:s}", "connect", f->connect);
    int failed = object ? put(object, "kind", f->is_host ? "host" : kinds[f->port.kind][2]) : -1;
    failed |= put(object, "device", f->port.device) | put(object, "by_id", f->port.by_id) |
              put(object, "by_path", f->port.by_path) | put(object, "name", f->name) | put(object, "model", f->model) |
              put(object, "serial", f->serial) | put(object, "configured_connect", f->known_at);
    if (!f->is_host && f->port.kind == SCAN_EXCHANGE && f->port.usb_path[0]) {
        (void)snprintf(text, sizeof text, "driver:usb/%s", f->port.usb_path);
        failed |= put(object, "driver", text);
    }
    if (f->protocol)
        failed |= json_object_set_new(object, "protocol", json_sprintf("%d", f->protocol));
    if (f->asked) {
        failure_text(&f->failure, lang, text, sizeof text);
        failed |= put(object, "state", poll_state_name(failure_state(&f->failure))) |
                  json_object_set_new(object, "error", json_string(text));
    }
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

char *found_json(const struct found_list *list, enum lang lang)
{
    json_t *array = json_array();
    int failed = array ? 0 : -1;
    for (unsigned i = 0; i < list->count && !failed; i++)
        failed = json_array_append_new(array, json_of(&list->items[i], lang));
    return dump(array, failed != 0, JSON_INDENT(2));
}
