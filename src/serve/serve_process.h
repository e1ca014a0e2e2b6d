/* What the process of serve needs from the system. */
#ifndef SERVE_SERVE_PROCESS_H
#define SERVE_SERVE_PROCESS_H

#include <stdint.h>

/* Before the loop is used: descriptors for all polls (each needs one), and threads enough that names that no server
 * knows do not keep the others waiting. */
void serve_process_prepare(void);

/* How many descriptors the process may have; UINT32_MAX: no limit is known. */
uint32_t serve_process_descriptors(void);

/* Gives memory back that was large for a moment, as the tree of the configuration. */
void serve_process_trim(void);

#endif
