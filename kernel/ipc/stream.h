/*
 * Stream: bytes, or messages of any length, in a ring; for one task or ISR that sends and one that
 * receives (more may: they queue).
 *
 *      +-----------------------------------+
 *      |....|  bytes that were sent  |.....|      messages: each behind its length, in 4 bytes
 *      +-----------------------------------+
 *           first      count
 *
 * - A receiver that finds nothing waits until `trigger` bytes are there, then takes all that has
 * room. When its time is over it takes what is there. Batches: it also waits if there are `trigger`
 * bytes or fewer.
 * - A sender waits until all fits, or as much as can ever fit; when its time is over it sends what
 * fits. A message is sent and received whole or not at all.
 */
#ifndef HEAPSIM_STREAM_H
#define HEAPSIM_STREAM_H

#include "../task/wait.h"

enum stream_kind { STREAM_BYTES, STREAM_BATCHES, STREAM_MESSAGES };

struct stream {
    enum stream_kind kind;
    uint8_t *storage;
    uint32_t size; /* of the storage, all of which can be used */
    uint32_t trigger;
    uint32_t first, count;
    struct wait_queue receivers, senders;
};

/* trigger: 1 to size; 0 counts as 1. */
void stream_init(struct stream *s, enum stream_kind kind, void *storage, uint32_t size,
                 uint32_t trigger, const char *name);

/* Bytes sent. ticks 0: any context. */
uint32_t stream_send(struct stream *s, const void *data, uint32_t bytes, uint32_t ticks);

/* Bytes received; 0 for a message that is longer than `room`: it stays. ticks 0: any context. */
uint32_t stream_receive(struct stream *s, void *data, uint32_t room, uint32_t ticks);

/* The length of the message that is received next, or 0. */
uint32_t stream_next_message(const struct stream *s);

/* False if it is more than the size. */
bool stream_set_trigger(struct stream *s, uint32_t trigger);

/* Empties it; false, and it is not, if somebody waits. */
bool stream_reset(struct stream *s);

/* All who wait leave with nothing. */
void stream_delete(struct stream *s);

#endif
