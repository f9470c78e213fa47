/*
 * Notification: a word that others send straight to one task, without an object between (FreeRTOS's
 * task notifications: one or more of these lie in the task).
 *
 * - It is pending from when it is sent until the task has waited for it, or cleared it.
 * - Only its task waits, so what is sent is its own.
 */
#ifndef HEAPSIM_NOTIFY_H
#define HEAPSIM_NOTIFY_H

#include "../task/wait.h"

enum notify_action {
    NOTIFY_ONLY,
    NOTIFY_SET_BITS,
    NOTIFY_INCREMENT,
    NOTIFY_OVERWRITE,
    NOTIFY_WRITE /* fails if one is pending */
};

struct notification {
    uint32_t value;
    bool pending;
    struct wait_queue queue;
};

void notification_init(struct notification *n, const char *name);

/* Any context. *before (may be NULL): the value until then. */
bool notify(struct notification *n, enum notify_action action, uint32_t value, uint32_t *before);

/*
 * Waits up to `ticks` until one is pending, and takes it; *found is its value. clear_first: bits to
 * clear if none is pending yet; clear_then: bits to clear when it was taken.
 */
enum take_result notify_wait(struct notification *n, uint32_t clear_first, uint32_t clear_then,
                             uint32_t ticks, uint32_t *found);

/* The value as a count: waits until it is not 0, then takes one or all; returns it as it was. */
uint32_t notify_take(struct notification *n, bool all, uint32_t ticks);

/* True if one was pending. */
bool notify_cancel(struct notification *n);

/* Clears bits; the value as it was. */
uint32_t notify_clear(struct notification *n, uint32_t bits);

#endif
