/* Twice before an alarm: which values a poll asks once more. Only poll/ includes this. */
#ifndef POLL_SUSPECTS_H
#define POLL_SUSPECTS_H

#include "kkt/session.h"
#include "poll/ask.h"

/* A kkt_suspects; `user` is the poll's struct poll_ask. What would raise High or Disaster, or is implausible
 * (metric/derived/doubt.h), unless the last snapshot said the same; and an identity, or a fact that is read rarely,
 * that is another one than in the last snapshot. */
void suspects_of(struct snapshot *seen, struct metric_set *suspects, void *user);

/* The same as of that moment, by Unix time, for a program built at that one. */
void suspects_at(struct snapshot *seen, struct metric_set *suspects, const struct poll_ask *ask, int64_t unix_s,
                 int64_t built_s);

#endif
