/* A recorded dialogue once more, without any I/O: a session of the same ask is fed with the recorded bytes at the
 * recorded times. */
#ifndef POLL_REPLAY_H
#define POLL_REPLAY_H

#include "poll/trace.h"

/* Brings the snapshot that the poll brought, but for masked values, which are absent. False with ERR_USAGE, which names
 * the line, when the record is not one of this program's: the session would send other bytes than it says. */
bool poll_replay(const struct trace *trace, struct snapshot *out, struct failure *failure);

#endif
