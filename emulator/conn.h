/* One connection to the emulated register, over TCP or a pty: its decoder, faults on the way out, the log. */
#ifndef EMULATOR_CONN_H
#define EMULATOR_CONN_H

#include "fault.h"
#include "kkt.h"
#include "kkt/atol3/frame.h"
#include "kkt/atol5/frame.h"

#include <uv.h>

#define TASKS_MAX 8

/* What a protocol 3 register keeps until it is acknowledged (protocol-3.md §2). */
struct task {
    bool used;
    bool error; /* the answer is an error: A4, not A3 */
    uint8_t tid;
    uint64_t ready_at; /* ms of the loop's clock: until then the task is in progress */
    struct answer answer;
};

/* What a platform 5 register keeps of each channel, over a reconnect as well (protocol-5.md §4). */
struct last_answer {
    bool used;
    uint8_t tid;
    struct answer answer;
};

/* The register as a whole. In a fleet one lives as long as its connection. */
struct device {
    struct kkt kkt;
    struct task tasks[TASKS_MAX];
    bool stopped;               /* protocol 3, strict buffer: a failed task has stopped it */
    struct last_answer last[3]; /* control, fiscal, system */
    uint8_t frame_id;           /* 18..1F */
};

struct options;

struct conn;

struct conn_handlers {
    void (*send)(struct conn *conn, const uint8_t *bytes, size_t count);
    void (*close)(struct conn *conn);
};

struct conn {
    uv_loop_t *loop;
    const struct conn_handlers *handlers;
    void *user; /* the transport's */
    struct device *device;
    struct faults *faults;
    FILE *log;
    unsigned number; /* of the connection, for the log */
    int protocol;
    bool dead;   /* never answers */
    bool strict; /* protocol 3: the task buffer of options.h */
    bool gone;   /* closed: what still comes is dropped */
    uint32_t latency_ms;
    struct pending_send *pending_sends; /* what will be sent */
    union {
        struct atol3_decoder atol3;
        struct atol5_decoder atol5;
    } decoder;
};

/* Prepares a connection whose fields above `pending_sends` are set; logs it. */
void conn_open(struct conn *conn);

/* The connection is gone: nothing more will be sent on it; logs it. */
void conn_gone(struct conn *conn);

/* Sends bytes after a delay (0: now), damaged as the fault says (NULL: not at all). `name` is for the log. */
void conn_send(struct conn *conn, uint32_t delay_ms, const uint8_t *bytes, size_t count, const struct fault *fault,
               const char *name);

void conn_log(const struct conn *conn, char direction, const char *name, const uint8_t *bytes, size_t count);

#endif
