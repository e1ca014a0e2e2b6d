#include "state.h"

#include "paths.h"

#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum kind { KIND_BOOL, KIND_INT, KIND_TEXT, KIND_DATE, KIND_TIME };

static const struct {
    const char *group, *key;
    enum kind kind;
} keys[STATE_COUNT] = {
#define METRIC(group, key, type, ...) {#group, #key, KIND_##type},
#include "metric/catalogue.def"
#undef METRIC
};

static enum state_key find(const char *group, const char *key)
{
    unsigned i = 0;
    while (i < STATE_COUNT && (strcmp(keys[i].group, group) != 0 || strcmp(keys[i].key, key) != 0))
        i++;
    return (enum state_key)i;
}

static const char *decode_value(struct state *state, enum state_key key, json_t *value)
{
    switch (keys[key].kind) {
    case KIND_BOOL:
        if (json_is_boolean(value))
            state->number[key] = json_is_true(value);
        else if (json_is_integer(value) && (json_integer_value(value) == 0 || json_integer_value(value) == 1))
            state->number[key] = json_integer_value(value);
        else
            return "expected 0 or 1";
        break;
    case KIND_INT:
        if (!json_is_integer(value))
            return "expected a whole number";
        state->number[key] = json_integer_value(value);
        break;
    case KIND_TEXT:
        if (!json_is_string(value))
            return "expected a string";
        state->text[key] = json_string_value(value);
        break;
    case KIND_DATE:
    case KIND_TIME:
        if (!json_is_string(value) || !clock_parse(json_string_value(value), &state->number[key]))
            return "expected a date, yyyy-mm-dd or yyyy-mm-ddThh:mm:ss";
        break;
    }
    state->has[key] = true;
    return NULL;
}

bool state_from_json(struct state *state, json_t *root, char *problem, size_t cap)
{
    struct state fresh = {.root = root};
    const char *group, *name;
    json_t *members, *value;
    if (!json_is_object(root)) {
        (void)snprintf(problem, cap, "expected an object of groups");
        json_decref(root);
        return false;
    }
    json_object_foreach(root, group, members)
    {
        if (!json_is_object(members)) {
            (void)snprintf(problem, cap, "%s: expected an object", group);
            json_decref(root);
            return false;
        }
        json_object_foreach(members, name, value)
        {
            enum state_key key = find(group, name);
            const char *wrong = key == STATE_COUNT ? "no such key" : NULL;
            if (!wrong && !json_is_null(value))
                wrong = decode_value(&fresh, key, value);
            if (wrong) {
                (void)snprintf(problem, cap, "%s.%s: %s", group, name, wrong);
                json_decref(root);
                return false;
            }
        }
    }
    state_free(state);
    *state = fresh;
    return true;
}

bool state_read(struct state *state, const char *file, char *problem, size_t cap)
{
    json_error_t error;
    FILE *f = paths_open(file, "rb");
    if (!f) {
        (void)snprintf(problem, cap, "%s: %s", file, strerror(errno));
        return false;
    }
    json_t *root = json_loadf(f, JSON_REJECT_DUPLICATES, &error);
    (void)fclose(f);
    if (!root) {
        (void)snprintf(problem, cap, "%s:%d: %s", file, error.line, error.text);
        return false;
    }
    char where[200];
    if (state_from_json(state, root, where, sizeof where))
        return true;
    (void)snprintf(problem, cap, "%s: %s", file, where);
    return false;
}

void state_free(struct state *state)
{
    json_decref(state->root);
    memset(state, 0, sizeof *state);
}

int64_t state_int(const struct state *state, enum state_key key, int64_t otherwise)
{
    return state->has[key] ? state->number[key] : otherwise;
}

bool state_bool(const struct state *state, enum state_key key)
{
    return state->has[key] && state->number[key] != 0;
}

const char *state_text(const struct state *state, enum state_key key, const char *otherwise)
{
    return state->has[key] ? state->text[key] : otherwise;
}

static uint8_t mask(const struct state *state, enum state_key whole, const enum state_key *bits, unsigned count)
{
    if (state->has[whole])
        return (uint8_t)state->number[whole];
    uint8_t value = 0;
    for (unsigned i = 0; i < count; i++)
        if (state_bool(state, bits[i]))
            value = (uint8_t)(value | 1u << i);
    return value;
}

uint8_t state_fn_flags(const struct state *state)
{
    static const enum state_key bits[] = {
        STATE_fn_need_replacement, STATE_fn_resource_exhausted, STATE_fn_memory_overflow, STATE_fn_ofd_timeout,
        STATE_fn_flc_refusal,      STATE_fn_needs_setup,        STATE_fn_ofd_annulled,    STATE_fn_critical_error};
    return mask(state, STATE_fn_flags, bits, 8);
}

uint8_t state_ofd_status(const struct state *state)
{
    static const enum state_key bits[] = {STATE_ofd_connected,   STATE_ofd_has_message,      STATE_ofd_waits_ticket,
                                          STATE_ofd_has_command, STATE_ofd_settings_changed, STATE_ofd_waits_answer};
    return mask(state, STATE_ofd_status, bits, 6);
}

int64_t state_clock(const struct state *state, int64_t adjust_s)
{
    if (state->has[STATE_device_time])
        return state->number[STATE_device_time] + adjust_s;
    return clock_now() + state_int(state, STATE_device_clock_drift_s, 0) + adjust_s;
}

int64_t state_shift_expires(const struct state *state, int64_t now)
{
    if (state->has[STATE_shift_expires])
        return state->number[STATE_shift_expires];
    return state_int(state, STATE_shift_state, 0) == 2 ? now - 3600 : now + 12 * 3600;
}
