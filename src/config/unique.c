#include "config/unique.h"

#include "address/connect.h"
#include "base/text.h"
#include "config/names.h"
#include "config/paths.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define ADDRESS_MAX 1200
#define LINKS_MAX   40 /* as Linux */

struct sorted {
    struct config_kkt kkt;
    struct place place;
    char *address; /* of the device, in one form */
};

static int by_place(const struct sorted *x, const struct sorted *y)
{
    if (x->place.file != y->place.file)
        return x->place.file < y->place.file ? -1 : 1;
    return x->place.line < y->place.line ? -1 : x->place.line > y->place.line;
}

static int by_name(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    int order = strcmp(x->kkt.name, y->kkt.name);
    return order != 0 ? order : by_place(x, y);
}

static int by_file(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    int order = name_file_order(x->kkt.name, y->kkt.name);
    return order != 0 ? order : by_place(x, y);
}

static int by_address(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    int order = strcmp(x->address, y->address);
    return order != 0 ? order : by_place(x, y);
}

static void fold(char *text)
{
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

#ifdef _WIN32
/* Windows knows COM5 in letters of any size. Nothing is asked about it: to look opens the port, for us alone. */
static void print_device(const char *device, char *buf, size_t cap)
{
    (void)snprintf(buf, cap, "serial %.1100s", device);
    fold(buf);
}
#else
/* Puts the result of a call on the path in its place; false when there is none. */
static bool replaced_by(int (*call)(uv_loop_t *, uv_fs_t *, const char *, uv_fs_cb), char *path, size_t cap)
{
    uv_fs_t request;
    char next[ADDRESS_MAX];
    bool good = call(NULL, &request, path, NULL) == 0;
    const char *target = good ? request.ptr : "";
    size_t folder = path_is_absolute(target) ? 0 : path_folder_length(path);
    int n = good ? snprintf(next, sizeof next, "%.*s%s", (int)folder, path, target) : -1;
    uv_fs_req_cleanup(&request);
    if (n < 0 || (size_t)n >= cap)
        return false;
    memcpy(path, next, (size_t)n + 1);
    return true;
}

/* The device is away now; links to it and its folder may be there. */
static void follow_links(char *path, size_t cap)
{
    char folder[ADDRESS_MAX], whole[2 * ADDRESS_MAX];
    for (int links = 0; links < LINKS_MAX && replaced_by(uv_fs_readlink, path, cap); links++)
        continue;
    size_t length = path_folder_length(path);
    (void)snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    if (length == 0 || !replaced_by(uv_fs_realpath, folder, sizeof folder))
        return;
    int n = snprintf(whole, sizeof whole, "%s/%s", folder, path + length);
    if (n > 0 && (size_t)n < cap)
        memcpy(path, whole, (size_t)n + 1);
}

/* Where a device's name leads in the end. */
static void print_device(const char *device, char *buf, size_t cap)
{
    char path[ADDRESS_MAX];
    (void)snprintf(path, sizeof path, "%s", device);
    if (!replaced_by(uv_fs_realpath, path, sizeof path))
        follow_links(path, sizeof path);
    (void)snprintf(buf, cap, "serial %.1100s", path);
}
#endif

/* A name has a full stop at its end or none, and letters of any size. (An IP address has one spelling already.) */
static void print_host(const char *host, unsigned port, char *buf, size_t cap)
{
    size_t length = strlen(host);
    if (length > 0 && host[length - 1] == '.')
        length--;
    (void)snprintf(buf, cap, "tcp %.*s %u", (int)length, host, port);
    fold(buf);
}

/* The device that an address leads to, whichever way it is written. */
static void print_address(const struct connect *c, char *buf, size_t cap)
{
    bool usb = c->way == CONNECT_DRIVER && c->driver_port == CONNECT_DRIVER_USB;
    if (connect_host(c)[0])
        print_host(connect_host(c), c->port, buf, cap);
    else if (usb)
        (void)snprintf(buf, cap, "usb %s", connect_device(c));
    else if (connect_device(c)[0])
        print_device(connect_device(c), buf, cap);
    else
        (void)snprintf(buf, cap, "auto");
}

static bool fill_address(struct sorted *s)
{
    char text[ADDRESS_MAX];
    print_address(s->kkt.connect, text, sizeof text);
    s->address = strdup(text);
    return s->address != NULL;
}

static bool taken(const struct read_state *state, const struct sorted *first, const struct sorted *second, bool address,
                  const char *text, struct failure *failure)
{
    const char *a = state->files[second->place.file], *b = state->files[first->place.file];
    if (address)
        return failure_explain(failure, ERR_CONFIG, "%s:%u: the address \"%s\" is taken already, at %s:%u (\"%s\")",
                               "%s:%u: адрес «%s» уже занят в %s:%u («%s»)", a, second->place.line, TEXT_SHORT(text), b,
                               first->place.line, TEXT_SHORT(first->kkt.name));
    return failure_explain(failure, ERR_CONFIG, "%s:%u: the name \"%s\" is taken already, at %s:%u (\"%s\")",
                           "%s:%u: имя «%s» уже занято в %s:%u («%s»)", a, second->place.line, TEXT_SHORT(text), b,
                           first->place.line, TEXT_SHORT(first->kkt.name));
}

/* Two registers must not share a snapshot's file. */
static bool names_differ(const struct read_state *state, struct sorted *all, uint32_t count, struct failure *failure)
{
    qsort(all, count, sizeof *all, by_file);
    for (uint32_t i = 1; i < count; i++)
        if (name_file_order(all[i].kkt.name, all[i - 1].kkt.name) == 0)
            return taken(state, &all[i - 1], &all[i], false, all[i].kkt.name, failure);
    return true;
}

/* Two that lead to one device would find it busy in turn, and report each other's register. */
static bool addresses_differ(const struct read_state *state, struct sorted *all, uint32_t count,
                             struct failure *failure)
{
    for (uint32_t i = 0; i < count; i++)
        if (!fill_address(&all[i]))
            return failure_explain(failure, ERR_NO_MEMORY, "the registers of the configuration", "кассы из настроек");
    qsort(all, count, sizeof *all, by_address);
    for (uint32_t i = 1; i < count; i++)
        if (strcmp(all[i].address, all[i - 1].address) == 0)
            return taken(state, &all[i - 1], &all[i], true, all[i].kkt.connect->text, failure);
    return true;
}

bool unique_registers(struct read_state *state, struct failure *failure)
{
    struct config *c = state->config;
    struct sorted *all = calloc(c->kkt_count + (size_t)1, sizeof *all);
    if (!all)
        return failure_explain(failure, ERR_NO_MEMORY, "the registers of the configuration", "кассы из настроек");
    for (uint32_t i = 0; i < c->kkt_count; i++)
        all[i] = (struct sorted){c->kkts[i], state->places[i], NULL};
    bool good = names_differ(state, all, c->kkt_count, failure) && addresses_differ(state, all, c->kkt_count, failure);
    qsort(all, c->kkt_count, sizeof *all, by_name);
    for (uint32_t i = 0; i < c->kkt_count; i++) {
        c->kkts[i] = all[i].kkt;
        free(all[i].address);
    }
    free(all);
    return good;
}
