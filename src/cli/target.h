/* CONNECT|NAME of the command line: which register, and how it is to be polled. */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "cli/args.h"
#include "config/config.h"
#include "output/document.h"
#include "poll/poll.h"

#define TARGET_TIMEOUT_MS 15000 /* of a poll, where neither --timeout nor the configuration says another */

struct target {
    char name[DOCUMENT_NAME_MAX]; /* in the configuration; else the address */
    bool configured;              /* a NAME of the configuration */
    bool control_allowed;         /* `control: true` in the configuration */
    struct health_limits limits;  /* of `health`, by the configuration */
    char snapshot_file[512];      /* where serve keeps it; "" when it is not configured */
    struct poll_ask ask;          /* ready for poll_start */
};

/* Finds the register and fills the ask from the configuration and the options; false with ERR_USAGE or ERR_CONFIG. */
bool target_find(const struct args *args, const char *word, struct target *target, struct failure *failure);

/* Frees what target_find has filled in. */
void target_free(struct target *target);

/* The configuration of -c, or of the usual place; NULL with ERR_CONFIG, a missing file included, or with
 * ERR_CONFIG_UNREAD when it may be read the next time. */
struct config *target_config(const struct args *args, struct failure *failure);

/* False with ERR_CONFIG: there is no configuration at that path. */
bool target_no_config(const char *path, struct failure *failure);

/* From here on every sentence is in the language of this configuration (log_language), unless --lang names another:
 * for a command that has read one. */
void target_follow_language(const struct args *args, const struct config *config);

/* Calls job(data) in a thread, which reads the path, and waits for it as long as --timeout says. False with ERR_CONFIG:
 * what stands there does not answer; `data` is left to the thread. */
bool target_read_within(const struct args *args, const char *path, void (*job)(void *data), void *data,
                        struct failure *failure);

/* The configuration at that path, read within --timeout; NULL with ERR_CONFIG or ERR_CONFIG_UNREAD, or with
 * `missing` when there is none. */
struct config *target_config_at(const struct args *args, const char *path, bool *missing, struct failure *failure);

/* Reads --groups into a set: names of groups, quick, slow, extra, all. NULL means quick and slow. */
bool target_groups(const char *groups, struct metric_set *set, struct failure *failure);

/* One document of the register: the snapshot of serve when --max-age allows it, else a poll. `s` holds the values. */
void target_read(const struct args *args, const struct target *target, struct snapshot *s, struct document *d);

#endif
