/* One YAML file as a tree, read by tables of keys; every error begins with file:line. Only config/ includes this. */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

struct conf_file {
    char path[512];
    bool has_comment; /* a `#` stands in it */
    const char *key;  /* whose value is being read, for messages; NULL: of none */
    yaml_document_t tree;
};

/* Reads the file, one YAML document. False with ERR_CONFIG; or when it cannot be read at all as config_unread says. */
bool conf_open(struct conf_file *file, const char *path, struct failure *failure);
void conf_close(struct conf_file *file);

/* ERR_CONFIG "path:line: …", the line of the node, in both languages (failure_explain); false. */
bool conf_fail(const struct conf_file *file, const yaml_node_t *node, struct failure *failure, const char *english,
               const char *russian, ...) __attribute__((format(printf, 4, 6), format(printf, 5, 6)));

/* The same with the key whose value is being read: "path:line: KEY: …". */
bool conf_fail_value(const struct conf_file *file, const yaml_node_t *node, struct failure *failure,
                     const char *english, const char *russian, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));

/* The same with the words of another failure. */
bool conf_fail_as(const struct conf_file *file, const yaml_node_t *node, const struct failure *what,
                  struct failure *failure);

/* One key of a mapping: `read` gets its value and `base + offset`. */
struct conf_key {
    const char *name;
    bool (*read)(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
    size_t offset;
};

/* Reads a mapping by a table that ends with a NULL name. Unknown and double keys are refused. */
bool conf_mapping(struct conf_file *file, yaml_node_t *node, const struct conf_key *keys, void *base, void *context,
                  struct failure *failure);

/* The value of a key in a mapping, NULL when there is none (or node is no mapping). */
yaml_node_t *conf_child(struct conf_file *file, yaml_node_t *node, const char *key);

/* Calls `item` for each item of a sequence; a node of another kind is refused. */
bool conf_sequence(struct conf_file *file, yaml_node_t *node,
                   bool (*item)(struct conf_file *file, yaml_node_t *node, void *context, struct failure *failure),
                   void *context, struct failure *failure);

/* Nothing stands there: `key:`, or YAML's words for it, `~` and `null`, without quotation marks. */
bool conf_is_nothing(const yaml_node_t *node);

/* A scalar's text, NULL with a failure for another kind of node or an empty one. */
const char *conf_text(const struct conf_file *file, const yaml_node_t *node, struct failure *failure);

/* Readers of values: `to` is bool, uint32_t (seconds; "90", "90s", "5m", "1h", "1d") and uint32_t (1 to 10,000,000). */
bool conf_bool(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool conf_seconds(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool conf_count(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);

#endif
