#include "queue.h"

#include "../assert.h"
#include "../kernel.h"

enum { LENGTH_AT = 4, PRIORITY_AT = 8 };

void queue_init(struct queue *q, const struct queue_layout *layout, enum wait_order order,
                const char *kind, const char *name)
{
    KERNEL_ASSERT(layout->header_bytes == 0 || layout->header_bytes >= 8);
    KERNEL_ASSERT(layout->header_bytes + layout->item_bytes <= layout->slot_bytes);
    *q = (struct queue){.layout = *layout};
    wait_queue_init(&q->receivers, order, kind, name);
    q->senders = q->receivers; /* one object: one id */
    list_init(&q->senders.waiters);
    list_init(&q->senders.woken);
}

/* --- the ring --- */

static uint8_t *slot(const struct queue *q, uint32_t index)
{
    const uint32_t place = (uint32_t)(((uint64_t)q->first + index) % q->layout.slots);

    return (uint8_t *)q->layout.storage + (size_t)place * q->layout.slot_bytes;
}

static uint32_t word(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof value);
    return value;
}

static void set_word(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

static void fill(const struct queue *q, uint8_t *to, const struct queue_item *item)
{
    const uint32_t header = q->layout.header_bytes;

    if (item->call != NULL) {
        port_touch(item->data, item->bytes, false, item->call);
        port_touch(to, header + item->bytes, true, item->call);
    }
    if (header > 0) {
        set_word(to, 0);
        set_word(to + LENGTH_AT, item->bytes);
    }
    if (header > PRIORITY_AT)
        set_word(to + PRIORITY_AT, (uint32_t)item->priority);
    if (item->bytes > 0)
        memcpy(to + header, item->data, item->bytes);
}

/* The first index behind all items that go before the new one. Moves the others up. */
static uint32_t make_room(const struct queue *q, int32_t priority)
{
    uint32_t i = q->count;

    while (i > 0 && (int32_t)word(slot(q, i - 1) + PRIORITY_AT) < priority) {
        memcpy(slot(q, i), slot(q, i - 1), q->layout.slot_bytes);
        i--;
    }
    return i;
}

static bool put(struct queue *q, const struct queue_item *item, enum queue_place place)
{
    const uint32_t slots = q->layout.slots;
    uint32_t index;

    if (place == QUEUE_OVERWRITE && q->count == slots && slots > 0)
        q->count--;
    if (q->count == slots)
        return false;
    index = q->count;
    if (place == QUEUE_FRONT) {
        q->first = (q->first + slots - 1) % slots;
        index = 0;
    } else if (place == QUEUE_BY_PRIORITY) {
        index = make_room(q, item->priority);
    }
    q->count++;
    fill(q, slot(q, index), item);
    return true;
}

/* What a slot says of its length is the application's memory: it may say anything. */
static bool look(const struct queue *q, struct queue_item *item)
{
    const uint32_t header = q->layout.header_bytes;

    if (q->count == 0)
        return false;
    const uint8_t *const from = slot(q, 0);
    if (item->call != NULL)
        port_touch(from, header > 0 ? header : q->layout.item_bytes, false, item->call);
    uint32_t bytes = header > 0 ? word(from + LENGTH_AT) : q->layout.item_bytes;
    if (bytes > q->layout.item_bytes)
        bytes = q->layout.item_bytes;
    if (bytes < item->bytes)
        item->bytes = bytes;
    if (item->call != NULL)
        port_touch(item->data, item->bytes, true, item->call);
    if (item->bytes > 0)
        memcpy(item->data, from + header, item->bytes);
    item->priority = header > PRIORITY_AT ? (int32_t)word(from + PRIORITY_AT) : 0;
    return true;
}

static bool get(struct queue *q, struct queue_item *item)
{
    if (!look(q, item))
        return false;
    q->first = (q->first + 1) % q->layout.slots;
    q->count--;
    return true;
}

/* --- calls --- */

enum take_result queue_send(struct queue *q, const struct queue_item *item, enum queue_place place,
                            uint32_t ticks)
{
    KERNEL_ASSERT(item->bytes <= q->layout.item_bytes);
    const bool masked = kernel_enter();
    const struct wait_label label = wait_label(&q->senders);
    enum take_result result = TAKEN;
    uint32_t count = q->layout.slots;

    while (result == TAKEN && !put(q, item, place))
        result = wait_for_change(&q->senders, &ticks);
    if (result == TAKEN) {
        count = q->count;
        if (count == q->layout.slots)
            port_order(ORDER_FULL, true, label.id);
        wait_wake_first(&q->receivers);
    }
    port_kernel_event(EVENT_QUEUE_SEND, label.id, result, count, label.name);
    kernel_leave(masked);
    return result;
}

enum take_result queue_receive(struct queue *q, struct queue_item *item, uint32_t ticks)
{
    const bool masked = kernel_enter();
    const struct wait_label label = wait_label(&q->receivers);
    enum take_result result = TAKEN;
    uint32_t count = 0;

    while (result == TAKEN && !get(q, item))
        result = wait_for_change(&q->receivers, &ticks);
    if (result == TAKEN) {
        count = q->count;
        wait_wake_first(&q->senders);
    }
    port_kernel_event(EVENT_QUEUE_RECEIVE, label.id, result, count, label.name);
    kernel_leave(masked);
    return result;
}

enum take_result queue_peek(struct queue *q, struct queue_item *item, uint32_t ticks)
{
    const bool masked = kernel_enter();
    enum take_result result = TAKEN;

    while (result == TAKEN && !look(q, item))
        result = wait_for_change(&q->receivers, &ticks);
    if (result == TAKEN) {
        port_order(ORDER_LOOK, true, q->receivers.id);
        wait_wake_first(&q->receivers);
    }
    kernel_leave(masked);
    return result;
}

void queue_reset(struct queue *q, bool senders_only)
{
    const bool masked = kernel_enter();

    q->first = q->count = 0;
    if (senders_only) {
        wait_wake_all(&q->senders, WAKE_AGAIN);
    } else {
        wait_wake_all(&q->receivers, WAKE_DELETED);
        wait_wake_all(&q->senders, WAKE_DELETED);
    }
    kernel_leave(masked);
}

void queue_delete(struct queue *q)
{
    const bool masked = kernel_enter();

    port_kernel_event(EVENT_DELETE, q->receivers.id, 0, 0, q->receivers.name);
    wait_close(&q->receivers);
    wait_close(&q->senders);
    kernel_leave(masked);
}
