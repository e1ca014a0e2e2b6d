/* The emulator's state and faults: a file that is taken makes a register that answers every request that a poll can
 * send, whatever stands in it. */
#include "fuzz.h"

#include "emulator/fault.h"
#include "emulator/kkt.h"
#include "kkt/language.h"

static void answer_all(const struct state *state, enum kkt_protocol protocol)
{
    static struct answer a;
    static const unsigned channels[] = {0xC3, 0xC5};
    struct kkt kkt = {.state = state, .number = 7};
    struct kkt_request_info info;
    char name[24];
    for (unsigned i = 0; kkt_request_list(protocol, i, &info); i++) {
        uint8_t *task = malloc(info.count);
        REQUIRE(task != NULL);
        memcpy(task, info.bytes, info.count);
        for (unsigned c = 0; c < (protocol == KKT_PROTOCOL_3 ? 1U : 2U); c++) {
            if (protocol == KKT_PROTOCOL_3) {
                requests3_answer(&kkt, task, info.count, &a);
                requests3_name(task, info.count, name, sizeof name);
            } else {
                requests5_answer(&kkt, channels[c], task, info.count, &a);
                requests5_name(channels[c], task, info.count, name, sizeof name);
            }
            REQUIRE(a.count <= sizeof a.bytes && memchr(name, '\0', sizeof name));
        }
        free(task);
    }
}

static void fault(const char *spec)
{
    struct faults faults = {0};
    char problem[200] = "";
    if (fault_add(&faults, spec, problem, sizeof problem)) {
        REQUIRE(faults.count == 1 && problem[0] == '\0');
        (void)fault_check(&faults, 3, problem, sizeof problem);
        (void)fault_check(&faults, 5, problem, sizeof problem);
        (void)fault_match(&faults, faults.rows[0].request);
    } else {
        REQUIRE(faults.count == 0 && problem[0] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct state state;
    char problem[200] = "";
    char *text = input_text((struct input){data, size});
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    if (!root)
        fault(text);
    free(text);
    if (!root)
        return 0;
    if (state_from_json(&state, root, problem, sizeof problem)) {
        answer_all(&state, KKT_PROTOCOL_3);
        answer_all(&state, KKT_PROTOCOL_5);
        state_free(&state);
    } else {
        REQUIRE(problem[0] != '\0');
    }
    return 0;
}
