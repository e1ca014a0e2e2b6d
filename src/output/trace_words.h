/* What the writer and the reader of a trace's text share. Only output/trace_*.c include this. */
#ifndef OUTPUT_TRACE_WORDS_H
#define OUTPUT_TRACE_WORDS_H

#include "kkt/transcript.h"
#include "poll/trace.h"

extern const char *const trace_words[TRACE_KINDS];

/* The requests and answers in an event's bytes; "" when there is none that is known. */
void trace_words_of(struct kkt_transcript *transcript, const struct trace *t, const struct trace_event *e,
                    char words[KKT_TRANSCRIPT_WORDS_MAX]);

#endif
