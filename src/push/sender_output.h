/* What zabbix_sender prints, as far as it matters: how many servers answered, how many values they refused, and its
 * last line. It repeats what a server said: nothing of it is believed beyond what can be. */
#ifndef PUSH_SENDER_OUTPUT_H
#define PUSH_SENDER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Start with zeros. */
struct sender_output {
    unsigned responses; /* one for each server that processed the batch */
    uint32_t refused;   /* values that one server refused, the most of all servers */
    uint32_t total;     /* values in the batch, as the servers say; the most of all servers */
    bool wrong_line;    /* it cannot read a line of its input */
    char last[160];     /* the last line that is no empty one: UTF-8, without control characters */
    char line[512];     /* the line that is not at its end yet */
    size_t used;
};

/* Parses the next bytes; at the end a count of 0 ends the last line. */
void sender_output_parse(struct sender_output *output, const char *bytes, size_t count);

#endif
