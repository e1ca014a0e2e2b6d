/* A file of the spool that is being sent: its lines, and what became of each. Only push/ includes this. */
#ifndef PUSH_BATCH_H
#define PUSH_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum line_state {
    LINE_WAITS,
    LINE_ALONE, /* of a packet of which something was refused, or of a host that was: it is sent on its own */
    LINE_DONE,  /* Zabbix has it, or it was set aside */
};

struct batch_line {
    uint32_t offset, length; /* in the text, without its newline */
    enum line_state state;
};

/* Start with zeros. `packet` lines are on their way: those from `first` to before `end` that are not done. */
struct batch {
    char *text;
    struct batch_line *lines;
    uint32_t count, left;        /* lines in all, and those that are not done */
    uint32_t first, end, packet; /* packet 0: nothing is on its way */
};

/* Takes over a file's text (memory of malloc), which ends with a newline. False when there is no memory; the text is
 * freed then. */
bool batch_begin(struct batch *batch, char *text, size_t length);
void batch_end(struct batch *batch);

const char *batch_text(const struct batch *batch, uint32_t line);
void batch_line_done(struct batch *batch, uint32_t line);

/* Chooses the next packet, at most `max` lines; false when all are done. */
bool batch_choose(struct batch *batch, uint32_t max);

/* Is the packet the whole file, byte by byte? */
bool batch_is_whole(const struct batch *batch);

/* The lines of the packet, or all that are not done, as one text for the caller to free; NULL when there is no memory.
 */
char *batch_packet(const struct batch *batch, size_t *length);
char *batch_rest(const struct batch *batch, size_t *length);

#endif
