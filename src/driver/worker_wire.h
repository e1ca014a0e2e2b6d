/* What the program and its driver worker say to each other: raw structures, since both are the same executable. The
 * order comes on the worker's stdin; messages go out on descriptor 3, because the vendor's library may print on stdout.
 */
#ifndef DRIVER_WORKER_WIRE_H
#define DRIVER_WORKER_WIRE_H

#include "driver/fptr.h"

#define WORKER_FD    3
#define WORKER_MAGIC 0x7A616474u

enum worker_task { WORKER_READ, WORKER_CONTROL, WORKER_DESCRIBE };

struct worker_order {
    uint32_t magic; /* WORKER_MAGIC, */
    uint32_t size;  /* and the size of this structure: no other program's bytes are taken for an order */
    enum worker_task task;
    char connect[CONNECT_TEXT_MAX]; /* a DRIVER address */
    struct metric_set wanted;       /* of WORKER_READ, as in struct fptr_ask */
    uint8_t password[2];
    uint32_t budget_ms;
    enum kkt_control_action action; /* WORKER_CONTROL */
    struct civil clock;
    uint32_t lifetime_s; /* the worker ends itself then, should nobody be left to kill it */
};

/* One before each query, one before closing, a last one when all is done. A packed snapshot follows. */
struct worker_message {
    uint32_t magic;
    uint32_t size;             /* of the packed snapshot */
    uint32_t last;             /* 1: nothing follows */
    char next[40];             /* what the driver is called for now: "DT_STATUS", "close" */
    struct fptr_driver driver; /* WORKER_DESCRIBE, in the last one */
};

#endif
