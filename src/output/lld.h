/* The registers of a configuration for Zabbix's low-level discovery. */
#ifndef OUTPUT_LLD_H
#define OUTPUT_LLD_H

#include "config/config.h"

#include <jansson.h>

/* One row: {#KKT.NAME}, {#KKT.CONNECT}, {#KKT.MODEL}, {#KKT.SERIAL}; a text that is NULL or empty has no macro. NULL
 * when there is no memory. */
json_t *lld_row(const char *name, const char *connect, const char *model, const char *serial);

/* One row of a configured register: the above, and what the configuration says about {#KKT.TITLE}, {#KKT.SHOP},
 * {#KKT.CITY},
 * {#KKT.ADDRESS}, {#KKT.LAT}, {#KKT.LON}, {#KKT.TAGS} ("name=value, name=value") and {#KKT.TAG.NAME} for each tag whose
 * name is made of Latin letters, digits, _ . and -. The template's rule fills in what a host must have. */
json_t *lld_of_kkt(const struct config_kkt *kkt);

#endif
