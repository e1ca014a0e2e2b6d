/* The texts that `setup` writes and reads, without I/O: names, rows of the configuration, what a file includes. */
#ifndef CLI_SETUP_SETUP_TEXT_H
#define CLI_SETUP_SETUP_TEXT_H

#include "config/config.h"

#include <stddef.h>

/* The file of registers that setup owns, beside the main one, and its first line. */
#define SETUP_REGISTERS "registers.d/setup.yaml"
#define SETUP_HEADER    "## Written by `zabbix-atol setup`; `zabbix-atol setup --remove` takes it away.\n"
/* What setup adds to a main file that includes nothing. */
#define SETUP_INCLUDE "## Added by `zabbix-atol setup`: the registers that it found.\ninclude: registers.d/*.yaml\n"

/* The first of kassa-1, kassa-2 … that no register of the configuration (NULL: there is none) has, and that is none of
 * the `count` names. */
void setup_name(const struct config *config, const char *const *names, unsigned count, char *name, size_t cap);

/* One register as YAML, to be appended to SETUP_HEADER "registers:\n". `serial` "" or not of letters and digits: not
 * written. False when the address cannot stand in a file (control characters, quotes) or the row does not fit. */
bool setup_row(const char *name, const char *connect, const char *serial, char *row, size_t cap);

/* `text` with the address of a row that setup_row made, and nobody changed, made `connect`; the caller frees it. NULL:
 * no such row, an address that cannot stand in a file, or no memory. */
char *setup_move_row(const char *text, const char *name, const char *old_connect, const char *connect);

/* The line, from 1, on which an address stands after `connect:`; 0: none. */
unsigned setup_line_of(const char *text, const char *connect);

/* Does a main file say `include:` at its beginning of a line? */
bool setup_includes(const char *text);

/* The main file without SETUP_INCLUDE, in place; false when it does not hold it. */
bool setup_drop_include(char *text);

/* The folder that a line of an agent's main file includes, without a pattern for its files: "Include=/etc/zabbix/x.d"
 * and the same with a slash and "*.conf" behind it give "/etc/zabbix/x.d". A relative one begins at `beside` (the
 * agent's folder, with its slash). False for any other line, for single files and for folders of plugins. */
bool setup_agent_include(const char *line, const char *beside, char *folder, size_t cap);

/* The value in what an agent's -t prints, "kkt.get[kassa-1]     [t|VALUE]". False when there is none or it does not
 * fit;
 * "[m|ZBX_NOTSUPPORTED] [reason]" is none. */
bool setup_answer(const char *out, char *value, size_t cap);

/* Do two paths of Windows name one file? Their case does not matter. */
bool setup_same_path(const char *a, const char *b);

/* `text` with each `from` made `to`; the caller frees it. NULL: no memory. */
char *setup_replace(const char *text, const char *from, const char *to);

#endif
