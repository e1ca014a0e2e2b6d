/* No name and no address stands twice. Only config/ includes this. */
#ifndef CONFIG_UNIQUE_H
#define CONFIG_UNIQUE_H

#include "config/read.h"

/* Sorts the registers by name. False with ERR_CONFIG "file:line: …" when two share a name, or lead to the same device:
 * links are followed, a port that is not given is the usual one, and the native way and the driver are no difference.
 */
bool unique_registers(struct read_state *state, struct failure *failure);

#endif
