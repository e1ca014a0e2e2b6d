/* From the tree of a file to the configuration. Only config/ includes this. */
#ifndef CONFIG_READ_H
#define CONFIG_READ_H

#include "config/config.h"
#include "config/tree.h"

/* Where a register was written, for messages about double names. */
struct place {
    uint32_t file; /* index of read_state.files */
    uint32_t line;
};

/* While files are being read. */
struct read_state {
    struct config *config;
    struct config_kkt defaults;
    struct place *places; /* beside config->kkts */
    uint32_t capacity;    /* of both */
    const char **files;   /* their paths */
    uint32_t file_count;
    const struct hours *last_hours; /* that were kept last; NULL: none */
};

/* Reads one file (`main_file`: all keys; otherwise `registers` only), with what it includes. */
bool read_file(struct read_state *state, const char *path, bool main_file, struct failure *failure);

bool read_has_control_character(const char *text);

/* Keeps bytes for the configuration's life; NULL when memory ran out. */
const char *store_text(struct config *config, const char *text);
void *store_bytes(struct config *config, size_t count);

#endif
