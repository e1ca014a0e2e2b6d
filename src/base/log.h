/* The program's log, on stderr. Only this file and the commands print. Thread-safe only in so far as stderr is.
 *
 * A line is, for a person who typed a command, "zabbix-atol: error: MESSAGE" («zabbix-atol: ошибка: …»); with time and
 * subsystem (serve, -v) "2026-11-27 12:00:03.250 warning serve: MESSAGE"; into the systemd journal, which has the time
 * itself and reads the priority, "<4>serve: MESSAGE". A message about one register begins with its name and a colon.
 * What would break a line or be obeyed by a terminal is escaped (text_escape). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/error.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_WIRE };

/* Shows messages up to this level. Default LOG_LEVEL_WARN. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* Lines with time and subsystem; under the journal (JOURNAL_STREAM names stderr) with its priorities. */
void log_begin_service(void);

/* The language of the messages; English at first. What a message takes over (a failure, an error of the system) must be
 * in that language too. */
void log_set_language(enum lang lang);
enum lang log_language(void);

/* `file` is __FILE__: its folder below src/ is the subsystem. Both formats take the same arguments in the same order.
 */
void log_write(enum log_level level, const char *file, const char *english, const char *russian, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

/* For developers, at LOG_LEVEL_DEBUG: in English only. */
void log_write_debug(const char *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Bytes of the wire in hex at LOG_LEVEL_WIRE: "WHO > fe 01 …"; `direction` is '>' to the register or '<' from it. The
 * two bytes from `hidden` on (a password) are written as "**"; `count`: none are. */
void log_wire(const char *who, char direction, const unsigned char *bytes, unsigned long count, unsigned long hidden);

/* (english, russian, arguments…) */
#define log_error(...) log_write(LOG_LEVEL_ERROR, __FILE__, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, __FILE__, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, __FILE__, __VA_ARGS__)
#define log_debug(...) log_write_debug(__FILE__, __VA_ARGS__)

/* ---- the system's part: log_posix.c, log_win32.c ---- */

/* Who takes stderr: anybody, the systemd journal, or the Windows service, which writes the time itself. */
enum log_sink { LOG_SINK_PLAIN, LOG_SINK_JOURNAL, LOG_SINK_TIMED };
enum log_sink log_sink(void);

/* Would a line that is written to stderr now not wait for its reader? */
bool log_has_room(void);

#endif
