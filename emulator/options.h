/* The emulator's command line. */
#ifndef EMULATOR_OPTIONS_H
#define EMULATOR_OPTIONS_H

#include "fault.h"

struct options {
    const char *tcp_host; /* NULL: no TCP */
    uint16_t tcp_port;    /* 0: any free one */
    const char *pty;      /* NULL: no pty; else the link to make */
    int protocol;         /* 3 or 5 */
    const char *state;    /* NULL: the default state */
    const char *log;      /* NULL: none */
    uint32_t registers;   /* 1, or a fleet */
    uint32_t latency_ms;
    uint32_t dead_percent;
    uint32_t slow_percent, slow_ms;
    bool many_clients;
    bool strict_buffer;
    bool dump_state;
    struct faults faults;
};

/* Reads the command line. Returns -1 to go on, else the exit status (help, version, a usage error already printed). */
int options_parse(struct options *options, int argc, char **argv);

#endif
