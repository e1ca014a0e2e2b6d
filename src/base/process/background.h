/* Work that may block in the system (opening or closing a device), each in a thread of its own, so that no loop and no
 * other work waits for it. */
#ifndef BASE_PROCESS_BACKGROUND_H
#define BASE_PROCESS_BACKGROUND_H

#include <uv.h>

struct background;

/* `data` is the caller's; it belongs to the thread from start until done. */
typedef void background_call(void *data);

/* Begins: work(data) runs in the thread, then done(data) once in the loop; the handle is gone with it. NULL when there
 * is no thread to be had: nothing is called then. */
struct background *background_start(uv_loop_t *loop, background_call *work, background_call *done, void *data);

/* Makes the system call in which the work waits return early. It may come just before the call begins, so who needs it
 * to end calls again after a while. */
void background_interrupt(struct background *background);

/* `done` is no longer called; late(data) is, once the work is over, from the thread or from this call. The handle is
 * gone. */
void background_abandon(struct background *background, background_call *late);

#endif
