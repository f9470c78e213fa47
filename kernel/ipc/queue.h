/*
 * Queue of items of one size, copied in and out: message queues, and mailboxes, whose items are
 * words. The items lie in a ring of slots in memory of the caller's:
 *
 *      +--------+--------+--------+--------+
 *      |        | first  | second |        |     first = 1, count = 2
 *      +--------+--------+--------+--------+
 *               | header | item   |              header_bytes, item_bytes, up to slot_bytes
 *
 * - A slot's header is as long as that of the RTOS, which charges for it; of it the length of the
 * item (at 4) and its priority (at 8) are used.
 * - What a send stores is nobody's yet: the first receiver looks again, and waits on with the rest
 * of its time if another one came first. In the same way a receive lets the first sender look.
 */
#ifndef HEAPSIM_QUEUE_H
#define HEAPSIM_QUEUE_H

#include "../task/wait.h"

enum queue_place {
    QUEUE_BACK,
    QUEUE_FRONT,
    QUEUE_BY_PRIORITY, /* behind those of the same or a greater number; needs a header of 12 */
    QUEUE_OVERWRITE    /* at the back; in place of the last one if the queue is full */
};

struct queue_layout {
    void *storage; /* slots x slot_bytes; not used if there are none */
    uint32_t slots;
    uint32_t header_bytes; /* 0, or at least 8: then items have lengths of their own */
    uint32_t item_bytes;
    uint32_t slot_bytes;
};

struct queue {
    struct queue_layout layout;
    uint32_t first, count;
    struct wait_queue receivers, senders;
};

struct queue_item {
    void *data;
    uint32_t bytes; /* to send: at most item_bytes; to receive: the room, then what was received */
    int32_t priority;
    const struct heap_call *call; /* who accesses data and storage (port_touch), or NULL */
};

void queue_init(struct queue *q, const struct queue_layout *layout, enum wait_order order,
                const char *kind, const char *name);

/*
 * Both wait up to `ticks`; with 0 they do not wait (TAKE_EMPTY: it is full, or empty) and may be
 * called in an ISR. An item that is longer than the room is cut off.
 */
enum take_result queue_send(struct queue *q, const struct queue_item *item, enum queue_place place,
                            uint32_t ticks);
enum take_result queue_receive(struct queue *q, struct queue_item *item, uint32_t ticks);

/* As queue_receive(), but the item stays, and the next receiver looks too. */
enum take_result queue_peek(struct queue *q, struct queue_item *item, uint32_t ticks);

/* Empties it; all who wait leave with TAKE_DELETED, or with `senders_only` the senders look again.
 */
void queue_reset(struct queue *q, bool senders_only);

/* All who wait leave with TAKE_DELETED. */
void queue_delete(struct queue *q);

#endif
