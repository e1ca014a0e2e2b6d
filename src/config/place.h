/* What people call a register and where it stands: title, shop, tags, location. Only config/ includes this. */
#ifndef CONFIG_PLACE_H
#define CONFIG_PLACE_H

#include "config/tree.h"

/* Readers of these keys for the tables of read.c. */
bool place_read_title(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool place_read_shop(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool place_read_tags(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);
bool place_read_location(struct conf_file *file, yaml_node_t *value, void *to, void *context, struct failure *failure);

#endif
