/* Values in an answer: binary fields, tags of the registration report, the texts of platform 5. Whatever comes, a value
 * that is set has the form of its row in the catalogue, and nothing outside the answer is read. */
#include "fuzz.h"

#include "kkt/atol5/values.h"
#include "kkt/fields/fn_spec.h"
#include "metric/form.h"

static struct snapshot out;
static struct atol5_values values;

static void require_form(enum metric m)
{
    switch (metric_row(m)->type) {
    case METRIC_BOOL:
    case METRIC_INT:
        REQUIRE(form_number(m, snapshot_int(&out, m)));
        break;
    case METRIC_TEXT: {
        REQUIRE(snapshot_int(&out, m) >= 0 && snapshot_int(&out, m) < (int64_t)out.text_used);
        const char *text = snapshot_text(&out, m);
        REQUIRE(form_text(m, text, strlen(text)));
        break;
    }
    case METRIC_DATE:
    case METRIC_TIME: {
        struct civil c = snapshot_civil(&out, m);
        REQUIRE(form_date(m, &c) == FORM_DATE_GOOD);
        break;
    }
    }
}

static void require_result(enum metric m, enum kkt_field_result result)
{
    REQUIRE((result == FIELD_SET) == snapshot_has(&out, m));
    if (result == FIELD_SET)
        require_form(m);
}

/* The kinds that a metric of the type may be written as. */
static bool fits(enum metric_type type, enum kkt_kind kind)
{
    switch (kind) {
    case KIND_ANSWERED:
    case KIND_BIT:
    case KIND_BIT_CLEAR:
    case KIND_NONZERO:
    case KIND_IS_ONE:
    case KIND_ANY_BIT:
    case KIND_BLOCKED:
        return type == METRIC_BOOL;
    case KIND_TIME_DMY:
    case KIND_TIME_YMD:
    case KIND_DATE_DMY:
    case KIND_TIME_FN:
        return type == METRIC_DATE || type == METRIC_TIME;
    case KIND_ASCII:
    case KIND_CP866:
    case KIND_PRINTER:
    case KIND_HEX:
    case KIND_MAC:
    case KIND_VERSION:
        return type == METRIC_TEXT;
    default:
        return type == METRIC_INT;
    }
}

/* Any field, whether there is such a row or not. */
static void any_field(struct input in)
{
    struct kkt_field field = {.metric = (enum metric)(input_two(&in) % METRIC_COUNT),
                              .kind = (enum kkt_kind)(input_byte(&in) % (KIND_FFD + 1))};
    field.at = input_byte(&in) % 32;
    field.size = input_byte(&in);
    if (field.kind == KIND_BIT || field.kind == KIND_BIT_CLEAR)
        field.size %= 8;
    else if (field.kind == KIND_BCD || field.kind == KIND_BCD_X10 || field.kind == KIND_BCD_SIGN)
        field.size = (uint8_t)(1 + field.size % 8);
    char text[80];
    kkt_field_describe(&field, 0, text, sizeof text);
    REQUIRE(text[0] != '\0');
    if (!fits(metric_row(field.metric)->type, field.kind))
        return;
    require_result(field.metric, kkt_field_decode(&field, input_byte(&in) % 16, in.at, in.left, &out));
}

static void all_fields(const struct kkt_fields *fields, const uint8_t *answer, size_t count)
{
    for (unsigned i = 0; i < fields->count; i++)
        require_result(fields->at[i].metric, kkt_field_decode(&fields->at[i], 0, answer, count, &out));
}

static void fn_answer(struct input in)
{
    static const struct kkt_fields *const specs[] = {&fn_spec_exchange, &fn_spec_state,    &fn_spec_version,
                                                     &fn_spec_formats,  &fn_spec_resource, &fn_spec_memory};
    all_fields(specs[input_byte(&in) % (sizeof specs / sizeof specs[0])], in.at, in.left);
}

/* One TLV: the first two bytes say which tag was asked for. */
static void tag(struct input in)
{
    uint16_t asked = input_two(&in);
    const uint8_t *value;
    size_t length;
    if (!fn_spec_tlv(asked, in.at, in.left, &value, &length))
        return;
    REQUIRE(value >= in.at && length <= in.left && value + length <= in.at + in.left);
    const struct kkt_tag *row = fn_spec_tag(asked);
    if (row)
        all_fields(&row->fields, value, length);
}

static bool value_fits(enum metric_type type, int kind)
{
    switch (kind) {
    case VALUE_BIT:
    case VALUE_BIT_CLEAR:
    case VALUE_NONZERO:
    case VALUE_IS_ONE:
        return type == METRIC_BOOL;
    case VALUE_TEXT:
    case VALUE_MAC:
        return type == METRIC_TEXT;
    case VALUE_TIME:
    case VALUE_TIME_PLUS_DAY:
    case VALUE_DATE:
        return type == METRIC_DATE || type == METRIC_TIME;
    default:
        return type == METRIC_INT;
    }
}

static void platform_5(struct input in)
{
    struct kkt_field field = {.metric = (enum metric)(input_two(&in) % METRIC_COUNT)};
    int kind = input_byte(&in) % (VALUE_FFD + 1);
    field.kind = (enum kkt_kind)kind;
    field.at = input_byte(&in) % (ATOL5_VALUES_MAX + 4);
    field.size = input_byte(&in) % 32;
    char text[80];
    atol5_value_describe(&field, text, sizeof text);
    REQUIRE(text[0] != '\0');
    atol5_values_split(&values, in.at, in.left);
    REQUIRE(values.count <= ATOL5_VALUES_MAX);
    for (unsigned i = 0; i < values.count; i++)
        REQUIRE(values.at[i] <= values.at[i + 1] && values.at[i + 1] <= in.left);
    if (value_fits(metric_row(field.metric)->type, kind))
        require_result(field.metric, atol5_value_decode(&field, &values, &out));
}

/* What is escaped is one value, and is read as it was. */
static void escaped(struct input in)
{
    uint8_t wire[600];
    struct input value = input_part(&in, (sizeof wire - 1) / 2);
    size_t used = atol5_escape(wire, 0, sizeof wire - 1, value.at, value.left);
    REQUIRE(used >= value.left && used < sizeof wire);
    wire[used++] = ';';
    atol5_values_split(&values, wire, used);
    REQUIRE(values.count == 1 && values.at[1] == value.left && memcmp(values.bytes, value.at, value.left) == 0);
    if (value.left > 0)
        REQUIRE(atol5_escape(wire, 0, value.left - 1, value.at, value.left) == value.left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const ways[])(struct input) = {any_field, fn_answer, tag, platform_5, escaped};
    struct input in = {data, size};
    snapshot_clear(&out);
    ways[input_byte(&in) % (sizeof ways / sizeof ways[0])](in);
    return 0;
}
