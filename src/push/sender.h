/* Hands the spool to Zabbix: one zabbix_sender at a time, with the agent's own server and TLS settings, in order. With
 * several servers in ServerActive a batch is done when each of them has it. */
#ifndef PUSH_SENDER_H
#define PUSH_SENDER_H

#include "push/spool.h"

#include <uv.h>

struct sender;

struct sender_settings {
    const char *program;      /* "zabbix_sender" */
    const char *agent_config; /* the agent's file */
    uint32_t interval_s;      /* between two runs, when no full batch waits */
    uint32_t rate_per_s;      /* values that are sent in a second, at most */
    uint32_t batch;           /* values in one run, at most */
};

/* The settings are copied; the spool must outlive the sender. NULL when there is no memory. */
struct sender *sender_start(uv_loop_t *loop, const struct sender_settings *settings, struct spool *spool);

/* Other settings from the next run on. */
void sender_set(struct sender *sender, const struct sender_settings *settings);

/* Begins no more runs; `stopped` is called from the loop once the last one has ended and the sender is freed. */
void sender_stop(struct sender *sender, void (*stopped)(void *user), void *user);

/* Ends the running zabbix_sender with all its processes: its batch is sent again by the next run. Not after `stopped`.
 */
void sender_kill(struct sender *sender);

#endif
