#include "serve/stall.h"

#define NS_PER_MS 1000000U

/* Each turn of the loop ends here, before it waits again. */
static void on_turn(uv_prepare_t *prepare)
{
    struct stall *s = prepare->data;
    uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(prepare->loop);
    uint64_t span = now - s->at_ns, waited = idle - s->idle_ns;
    uint64_t busy = span > waited ? span - waited : 0;
    if (s->at_ns != 0 && busy > s->longest_ns)
        s->longest_ns = busy;
    s->at_ns = now;
    s->idle_ns = idle;
}

void stall_watch(struct stall *s, uv_loop_t *loop)
{
    *s = (struct stall){0};
    (void)uv_prepare_init(loop, &s->prepare);
    s->prepare.data = s;
    (void)uv_prepare_start(&s->prepare, on_turn);
    uv_unref((uv_handle_t *)&s->prepare);
}

uint32_t stall_longest_ms(struct stall *s)
{
    uint32_t ms = (uint32_t)((s->longest_ns + NS_PER_MS - 1) / NS_PER_MS);
    s->longest_ns = 0;
    return ms;
}
