#include "serve/stall.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <time.h>
#endif

#define NS_PER_MS 1000000U
#define NS_PER_S  1000000000U

uint64_t stall_cpu_ns(void)
{
#ifdef _WIN32
    FILETIME begun, ended, kernel, user;
    if (!GetThreadTimes(GetCurrentThread(), &begun, &ended, &kernel, &user))
        return 0;
    uint64_t k = (uint64_t)kernel.dwHighDateTime << 32 | kernel.dwLowDateTime;
    uint64_t u = (uint64_t)user.dwHighDateTime << 32 | user.dwLowDateTime;
    return (k + u) * 100;
#else
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
#endif
}

/* Each turn of the loop ends here, before it waits again. */
static void on_turn(uv_prepare_t *prepare)
{
    struct stall *s = prepare->data;
    uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(prepare->loop), cpu = stall_cpu_ns();
    uint64_t span = now - s->at_ns, waited = idle - s->idle_ns;
    uint64_t busy = span > waited ? span - waited : 0;
    if (s->at_ns != 0 && busy > s->longest_ns)
        s->longest_ns = busy;
    if (s->at_ns != 0 && cpu - s->cpu_ns > s->longest_cpu_ns)
        s->longest_cpu_ns = cpu - s->cpu_ns;
    s->at_ns = now;
    s->idle_ns = idle;
    s->cpu_ns = cpu;
}

void stall_watch(struct stall *s, uv_loop_t *loop)
{
    *s = (struct stall){0};
    (void)uv_prepare_init(loop, &s->prepare);
    s->prepare.data = s;
    (void)uv_prepare_start(&s->prepare, on_turn);
    uv_unref((uv_handle_t *)&s->prepare);
}

void stall_end(struct stall *s)
{
    uv_close((uv_handle_t *)&s->prepare, NULL);
}

struct stall_times stall_longest(struct stall *s)
{
    struct stall_times times = {(uint32_t)((s->longest_ns + NS_PER_MS - 1) / NS_PER_MS),
                                (uint32_t)((s->longest_cpu_ns + NS_PER_MS - 1) / NS_PER_MS)};
    s->longest_ns = s->longest_cpu_ns = 0;
    return times;
}
