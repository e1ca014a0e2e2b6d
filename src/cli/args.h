/* The command line: one table of options (options.def), one struct that they fill, read by getopt_long. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "base/error.h"

#include <stdint.h>

/* The commands, as bits: an option names those that have it. */
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
    COMMAND_HELP = 1 << 9,
    COMMAND_STATUS = 1 << 10,
    COMMAND_SETUP = 1 << 11,
    COMMAND_REPLAY = 1 << 12,
};

#define ARGS_WORDS_MAX 64 /* addresses of `setup` */

struct args {
    const char *command;               /* "get" */
    const char *words[ARGS_WORDS_MAX]; /* what is not an option */
    unsigned word_count;
    char **program;   /* behind `--`, NULL-terminated; NULL: none */
    enum lang lang;   /* of the command line; once a configuration was read, log_language() counts */
    bool lang_set;    /* by the option; else the configuration may choose */
    unsigned verbose; /* -v: 1, -vv: 2 */
    bool help, version;
    bool refused;                 /* the command line is wrong: no file is written and nothing is contacted */
    const char *register_word;    /* get: --register; never read as an option, whatever stands in it; NULL: not given */
    bool configured;              /* get: names of the configuration only, no addresses */
    const char *format;           /* one of the command's choices; NULL: not given */
    bool json;                    /* facts as JSON instead of text */
    bool watch;                   /* show, status: again and again, until a signal */
    const char *groups;           /* comma-separated; NULL: not given */
    const char *output;           /* -o; NULL: stdout */
    const char *trace;            /* get: the file of --trace; NULL: none */
    bool trace_private;           /* get: personal data stay in it */
    const char *config;           /* -c; NULL: the usual place */
    const char *zone;             /* --timezone; NULL: not given */
    uint32_t timeout_ms;          /* 0: not given */
    uint32_t max_age_ms;          /* 0: poll now */
    bool allow_control, yes;      /* control */
    const char *agent, *user;     /* check: the agent's file; whose rights count. NULL: not given */
    bool stop_on_eof;             /* serve: ends when standard input ends */
    bool check_only;              /* serve: reads the configuration and ends */
    bool lld, scan, serial, yaml; /* discover */
    bool dry_run, remove;         /* setup */
    bool installer;               /* setup: as the installer of Windows runs it */
    const char *name;             /* setup --installer: the register's; NULL: not given */
    const char *network;          /* setup, discover: "10.0.12.0/24"; NULL: not given */
};

/* The language before anything else can be said: ZABBIX_ATOL_LANG, else the system's. False with ERR_USAGE when the
 * variable holds something else; the language is the system's then. */
bool args_environment(struct args *args, struct failure *failure);

/* Finds the command, the first word that is no option and no option's value, and moves it to argv[1], so that
 * argv + 1 can be handed to args_parse. Options may stand before it. NULL when there is none: then `args` holds --help,
 * --version and --lang, and the failure an option that does not exist. */
const char *args_command(struct args *args, int argc, char **argv, struct failure *failure);

/* Reads argv[1…] for a command; argv[0] is not looked at. `least` and `most`: how many words it takes. False with
 * ERR_USAGE: what, where, what is expected; all that can be read is read all the same, first of all `program`. */
bool args_parse(struct args *args, enum command command, unsigned least, unsigned most, int argc, char **argv,
                struct failure *failure);

/* "250ms", "15s", "2m"; false for anything else and above 24 hours. */
bool args_duration(const char *text, uint32_t *ms);

/* "en" or "ru"; false for anything else. */
bool args_lang(const char *value, enum lang *lang);

/* Writes the options of a command for --help, in the language; no line is wider than 80 columns. */
void args_print_options(enum command command, enum lang lang);

/* The name nearest to a mistyped one: at most two letters wrong, missing or too many (one in a name of three). `names`
 * is `count` pointers to names. NULL: none is near. */
const char *args_nearest(const char *typed, const char *const *names, unsigned count);

#endif
