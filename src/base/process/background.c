#include "base/process/background.h"

#include "base/process/background_internal.h"

#include <stdbool.h>
#include <stdlib.h>

struct background {
    uv_async_t async;
    uv_thread_t thread;
    uv_mutex_t mutex; /* over the flags and the use of `async` by the thread */
    bool over;        /* the work is done */
    bool abandoned;   /* the loop does not wait any more */
    bool closed;      /* `async` is closed */
    background_call *work, *done, *late;
    void *data;
};

static void destroy(struct background *b)
{
    uv_mutex_destroy(&b->mutex);
    free(b);
}

/* The thread is past its last use of `b` when it has released the mutex with `over` set. */
static void on_closed(uv_handle_t *handle)
{
    struct background *b = handle->data;
    uv_mutex_lock(&b->mutex);
    b->closed = true;
    bool last = b->over;
    uv_mutex_unlock(&b->mutex);
    if (last)
        destroy(b);
}

static void on_async(uv_async_t *async)
{
    struct background *b = async->data;
    if (uv_is_closing((uv_handle_t *)async))
        return;
    (void)uv_thread_join(&b->thread);
    uv_close((uv_handle_t *)async, on_closed);
    b->done(b->data);
}

static void run(void *argument)
{
    struct background *b = argument;
    background_system_begin();
    b->work(b->data);
    uv_mutex_lock(&b->mutex);
    b->over = true;
    background_call *late = b->abandoned ? b->late : NULL;
    void *data = b->data;
    bool last = b->abandoned && b->closed;
    if (!b->abandoned)
        (void)uv_async_send(&b->async);
    uv_mutex_unlock(&b->mutex);
    if (last)
        destroy(b);
    if (late)
        late(data);
}

struct background *background_start(uv_loop_t *loop, background_call *work, background_call *done, void *data)
{
    struct background *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    *b = (struct background){.work = work, .done = done, .data = data};
    if (uv_mutex_init(&b->mutex) != 0) {
        free(b);
        return NULL;
    }
    if (uv_async_init(loop, &b->async, on_async) != 0) {
        destroy(b);
        return NULL;
    }
    b->async.data = b;
    if (uv_thread_create(&b->thread, run, b) == 0)
        return b;
    b->over = true; /* nothing runs: the closing of the handle frees it */
    uv_close((uv_handle_t *)&b->async, on_closed);
    return NULL;
}

void background_interrupt(struct background *b)
{
    uv_mutex_lock(&b->mutex);
    if (!b->over)
        background_system_interrupt(b->thread);
    uv_mutex_unlock(&b->mutex);
}
void background_abandon(struct background *b, background_call *late)
{
    uv_mutex_lock(&b->mutex);
    bool over = b->over;
    b->abandoned = !over;
    b->late = late;
    uv_mutex_unlock(&b->mutex);
    if (over) {
        (void)uv_thread_join(&b->thread);
        late(b->data);
    } else {
        background_system_detach(b->thread);
    }
    uv_close((uv_handle_t *)&b->async, on_closed);
}
