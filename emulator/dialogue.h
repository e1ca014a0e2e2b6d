/* What is said on a connection, by its generation: bytes in, frames, answers by conn_send. */
#ifndef EMULATOR_DIALOGUE_H
#define EMULATOR_DIALOGUE_H

#include "conn.h"

/* Bytes from the client. */
void dialogue_input(struct conn *conn, const uint8_t *bytes, size_t count);

/* A whole frame of each generation has come. */
void dialogue3_frame(struct conn *conn, uint8_t id, const uint8_t *data, size_t count);
void dialogue5_frame(struct conn *conn, const struct atol5_header *header, const uint8_t *payload, size_t count);

#endif
