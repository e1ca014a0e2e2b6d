/* Raw FN commands of platform 5 (protocol-5.md §5). */
#include "answer5.h"

/* 4 + opcode + escaped arguments + `;` */
void raw_fn(struct kkt *kkt, const uint8_t *data, size_t count, struct answer *a)
{
    uint8_t args[64];
    size_t used = 0;
    struct answer fn = {0};
    for (size_t i = 2; i < count && data[i] != ';' && used < sizeof args; i++) {
        if (data[i] == '~' && i + 1 < count)
            i++;
        args[used++] = data[i];
    }
    if (!kkt_fn_present(kkt)) {
        answer5_refuse(a, ">a");
        return;
    }
    const struct state *s = kkt->state;
    switch (data[1]) {
    case 0x20:
        fn_exchange(kkt, &fn);
        break;
    case 0x30:
        fn_status(kkt, &fn);
        break;
    case 0x33:
        fn_version(kkt, &fn);
        break;
    case 0x3A:
        answer_byte(&fn, kkt_ffd_code(state_int(s, STATE_registration_ffd_version, 105)));
        answer_byte(&fn, kkt_ffd_code(state_int(s, STATE_fn_ffd_version_max, 105)));
        break;
    case 0x3B:
        if (s->has[STATE_fn_resource_days])
            answer_le(&fn, (uint64_t)s->number[STATE_fn_resource_days], 2);
        break;
    case 0x3D:
        if (s->has[STATE_fn_free_memory_30d]) {
            answer_le(&fn, (uint64_t)state_int(s, STATE_fn_free_documents_5y, 0), 4);
            answer_le(&fn, (uint64_t)s->number[STATE_fn_free_memory_30d], 4);
        }
        break;
    case 0x43:
        answer_bytes(&fn, (uint8_t[16]){0}, 16);
        break;
    case 0x44:
        if (used >= 3 && fn_tag(kkt, (unsigned)(args[1] | args[2] << 8), false, &fn))
            break;
        answer5_refuse(a, "84");
        return;
    default:
        break;
    }
    if (fn.count == 0)
        answer5_refuse(a, "14");
    else
        answer5_escaped(a, fn.bytes, fn.count);
}
