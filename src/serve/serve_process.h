/* What the process of serve needs from the system. */
#ifndef SERVE_SERVE_PROCESS_H
#define SERVE_SERVE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Before the loop is used: descriptors for all polls (each needs one), and threads enough that names that no server
 * knows do not keep the others waiting. */
void serve_process_prepare(void);

/* A SIGHUP that comes while it is held waits, and is delivered afterwards: before its handler stands it would end the
 * process. Windows has none. */
void serve_process_hold_reload(bool hold);

/* How many descriptors the process may have; UINT32_MAX: no limit is known. */
uint32_t serve_process_descriptors(void);

/* Gives memory back that was large for a moment, as the tree of the configuration. */
void serve_process_trim(void);

#endif
