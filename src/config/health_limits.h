/* What `limits:` changes of the catalogue's limits: `fn_days: {warning: 45, information: none}`. Only config/ includes
 * this. */
#ifndef CONFIG_HEALTH_LIMITS_H
#define CONFIG_HEALTH_LIMITS_H

#include "config/tree.h"
#include "metric/derived/health.h"

/* Reads the limits of a subject of reasons.def: a mapping of severities to a number, a duration where the metric is
 * one, or `none`. The limits of a subject must stay in their order: what is worse comes later. */
bool limits_read(struct conf_file *file, const char *subject, yaml_node_t *value, struct health_limits *limits,
                 struct failure *failure);

#endif
