/* The values of the configuration, each from its node of the tree. Only config/ includes this. */
#ifndef CONFIG_READ_H
#define CONFIG_READ_H

#include "config/config.h"
#include "config/tree.h"

/* Where a register was written, for messages about double names. */
struct place {
    uint32_t file; /* index of read_state.files */
    uint32_t line;
};

/* A network by its name. */
struct network_name {
    const char *name;
    uint32_t index; /* in config->networks */
    yaml_node_t *key;
};

/* While files are being read. */
struct read_state {
    struct config *config;
    struct config_kkt defaults;
    struct place *places; /* beside config->kkts */
    uint32_t capacity;    /* of both */
    const char **files;   /* their paths */
    uint32_t file_count;
    uint32_t file;                  /* index of the one that is being read: a file goes on behind its `include` */
    struct network_name *networks;  /* of config->networks, by name */
    const struct hours *last_hours; /* that were kept last; NULL: none */
};

/* The key `networks`: before the registers that name them. */
bool read_networks(struct conf_file *file, yaml_node_t *value, struct read_state *state, struct failure *failure);

/* Stores a text for the lifetime of the configuration; false with ERR_NO_MEMORY. */
bool read_keep(struct read_state *state, const char *text, const char **to, struct failure *failure);

/* Also a separator of lines, or a mark that turns the direction of writing. */
bool read_has_control_character(const char *text);

/* Readers of values, for tables of keys (config/tree.h); `context` is the struct read_state. */
bool read_name(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_host(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_connect(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_serial(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_zone(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_hours(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_password(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_network(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_timeout(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_batch(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
/* A relative path begins at the configuration's folder, as `include` does, wherever the program is started; a bare name
 * of a program is looked for in PATH. */
bool read_path(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_program(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_prom_file(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool read_language(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);

#endif
