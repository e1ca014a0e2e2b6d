/* The command line: one table of options (args.c), one struct that they fill. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "base/error.h"

#include <stdint.h>

/* The commands, as bits: an option names those that take it. */
enum command {
    COMMAND_GET = 1 << 0,
    COMMAND_SHOW = 1 << 1,
    COMMAND_SERVE = 1 << 2,
    COMMAND_DISCOVER = 1 << 3,
    COMMAND_CONTROL = 1 << 4, /* reboot, beep, set-clock */
    COMMAND_CHECK = 1 << 5,
    COMMAND_METRICS = 1 << 6,
    COMMAND_WORKER = 1 << 7,
    COMMAND_SERVICE = 1 << 8,
};

#define ARGS_WORDS_MAX 4

struct args {
    const char *command;               /* "get" */
    const char *words[ARGS_WORDS_MAX]; /* what is not an option */
    unsigned word_count;
    char **program; /* behind `--`, NULL-terminated; NULL: none */
    enum lang lang;
    bool lang_set;    /* by the option or the environment; else the configuration may choose */
    unsigned verbose; /* -v: 1, -vv: 2 */
    bool help, version;
    const char *format;      /* one of the command's choices; NULL: not given */
    const char *groups;      /* comma-separated; NULL: not given */
    const char *output;      /* -o; NULL: stdout */
    const char *config;      /* -c; NULL: the usual place */
    const char *zone;        /* --timezone; NULL: not given */
    uint32_t timeout_ms;     /* 0: not given */
    uint32_t max_age_ms;     /* 0: poll now */
    bool allow_control, yes; /* control */
    bool stop_on_eof;        /* serve: ends when standard input ends */
    bool lld, scan;          /* discover */
};

/* Reads argv[first…] for a command. `words` is how many words it takes: least and most. False with ERR_USAGE: what,
 * where, what is expected; `program` is filled all the same. */
bool args_parse(struct args *args, enum command command, unsigned least, unsigned most, int argc, char **argv,
                int first, struct failure *failure);

/* "250ms", "15s", "2m"; false for anything else and above 24 hours. */
bool args_duration(const char *text, uint32_t *ms);

/* "en" or "ru"; false for anything else. */
bool args_lang(const char *value, enum lang *lang);

/* Writes the options of a command for --help: one line each, in the language. */
void args_print_options(enum command command, enum lang lang);

#endif
