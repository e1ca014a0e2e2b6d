/* The text of a trace: a line an event, for a person and for `replay`. docs/traces.md describes it. */
#ifndef OUTPUT_TRACE_TEXT_H
#define OUTPUT_TRACE_TEXT_H

#include "poll/trace.h"

#define TRACE_FORMAT   1
#define TRACE_TEXT_MAX (4U * 1024 * 1024)

/* The text of a trace that is over and masked, in memory that the caller frees; NULL when there is none. */
char *trace_text(const struct trace *trace);

/* Reads it back; the text is not trusted. NULL with ERR_USAGE that names the line and what was expected there. */
struct trace *trace_parse(const char *text, size_t length, struct failure *failure);

/* What went to and fro, a line a request or an answer, for a person; the caller frees it. */
char *trace_story(const struct trace *trace);

#endif
