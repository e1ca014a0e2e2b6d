#include "config/unique.h"

#include "address/connect.h"
#include "base/text.h"
#include "config/names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define ADDRESS_MAX 1200

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

/* Where a device's name leads in the end; the name itself when there is no such device now. */
static void print_device(const char *device, char *buf, size_t cap)
{
    uv_fs_t request;
    int status = uv_fs_realpath(NULL, &request, device, NULL);
    (void)snprintf(buf, cap, "serial %s", status == 0 ? (const char *)request.ptr : device);
    uv_fs_req_cleanup(&request);
}

static void print_host(const char *host, unsigned port, char *buf, size_t cap)
{
    (void)snprintf(buf, cap, "tcp %s %u", host, port);
    for (; *buf; buf++)
        *buf = (char)tolower((unsigned char)*buf);
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
            return failure_set(failure, ERR_NO_MEMORY, "the registers of the configuration");
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
        return failure_set(failure, ERR_NO_MEMORY, "the registers of the configuration");
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
