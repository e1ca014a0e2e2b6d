/* Starting another program: the one way to do it, on every system. */
#ifndef BASE_PROCESS_CHILD_H
#define BASE_PROCESS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define CHILD_STREAMS  4
#define CHILD_ARGS_MAX 15

/* What stands behind a descriptor of the child. */
enum child_stream {
    CHILD_NOTHING,   /* the null device */
    CHILD_INHERITED, /* ours, of the same number */
    CHILD_READS,     /* it reads `input`, then the end */
    CHILD_WRITES,    /* what it writes comes to `output` */
};

struct child_options {
    const char *file;        /* found along PATH when it has no folder */
    const char *const *args; /* NULL-terminated, its name first; at most CHILD_ARGS_MAX */
    const char *folder;      /* where it runs; NULL: where we do */
    enum child_stream streams[CHILD_STREAMS];
    const void *input; /* alive until `ended` */
    size_t input_count;
    uint32_t timeout_ms; /* it is killed then; 0: never */
    bool group;          /* a process group of its own, killed whole */
};

struct child_end {
    int error; /* of libuv, when it did not start (E2BIG: too many arguments); else 0 */
    int64_t status;
    int signal_number;
    bool killed; /* by the time-out, or by child_kill */
};

struct child_handlers {
    /* May be NULL when nothing is written. From descriptors 1 and 2 whole lines come (a line longer than 4096 bytes in
     * pieces), so that those of one do not stand within those of the other. False: no more is wanted. */
    bool (*output)(const char *bytes, size_t count, void *user);
    /* Once, from the loop: the child is gone, its output at its end (or held by somebody whom it started), all handles
     * closed. */
    void (*ended)(const struct child_end *end, void *user);
};

struct child;

/* Starts it. The options are needed during the call only, but for `input`. NULL when there is no memory; a failure to
 * start is reported through `ended`. */
struct child *child_start(uv_loop_t *loop, const struct child_options *options, const struct child_handlers *handlers,
                          void *user);

/* Ends it; `ended` still comes. */
void child_kill(struct child *child);

/* Starts a program that nobody waits for, without our descriptors. 0, or libuv's error. */
int child_detach(const char *file, char **args);

#endif
