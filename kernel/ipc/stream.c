#include "stream.h"

#include "../kernel.h"

enum { PREFIX = 4 }; /* a message's length: the target's size_t */

void stream_init(struct stream *s, enum stream_kind kind, void *storage, uint32_t size,
                 uint32_t trigger, const char *name)
{
    *s = (struct stream){
        .kind = kind, .storage = storage, .size = size, .trigger = trigger > 0 ? trigger : 1};
    wait_queue_init(&s->receivers, WAIT_FIFO, "stream", name);
    s->senders = s->receivers; /* one object: one id */
    list_init(&s->senders.waiters);
    list_init(&s->senders.woken);
}

/* --- the ring --- */

static void write_bytes(struct stream *s, const void *data, uint32_t bytes)
{
    const uint32_t at = (uint32_t)(((uint64_t)s->first + s->count) % s->size);
    const uint32_t to_end = bytes < s->size - at ? bytes : s->size - at;

    memcpy(s->storage + at, data, to_end);
    memcpy(s->storage, (const uint8_t *)data + to_end, bytes - to_end);
    s->count += bytes;
}

static void copy_out(const struct stream *s, void *data, uint32_t bytes)
{
    const uint32_t to_end = bytes < s->size - s->first ? bytes : s->size - s->first;

    memcpy(data, s->storage + s->first, to_end);
    memcpy((uint8_t *)data + to_end, s->storage, bytes - to_end);
}

static void drop(struct stream *s, uint32_t bytes)
{
    s->first = (uint32_t)(((uint64_t)s->first + bytes) % s->size);
    s->count -= bytes;
}

/* What a prefix says is the application's memory: it may say anything. */
uint32_t stream_next_message(const struct stream *s)
{
    uint32_t bytes;

    if (s->kind != STREAM_MESSAGES || s->count < PREFIX)
        return 0;
    copy_out(s, &bytes, PREFIX);
    return bytes <= s->count - PREFIX ? bytes : s->count - PREFIX;
}

/* --- calls --- */

/* What must be free for a sender to go on; more than the size: never. */
static uint64_t needed(const struct stream *s, uint32_t bytes)
{
    if (s->kind == STREAM_MESSAGES)
        return (uint64_t)bytes + PREFIX;
    return bytes < s->size ? bytes : s->size;
}

static uint32_t send_now(struct stream *s, const void *data, uint32_t bytes)
{
    const uint32_t room = s->size - s->count;

    if (s->kind == STREAM_MESSAGES) {
        if (needed(s, bytes) > room)
            return 0;
        write_bytes(s, &bytes, PREFIX);
    } else if (bytes > room) {
        bytes = room;
    }
    write_bytes(s, data, bytes);
    return bytes;
}

uint32_t stream_send(struct stream *s, const void *data, uint32_t bytes, uint32_t ticks)
{
    const bool masked = kernel_enter();
    const struct wait_label label = wait_label(&s->senders);
    const uint64_t space = needed(s, bytes);
    enum take_result result = TAKEN;
    uint32_t sent = 0;
    uint32_t count = 0;

    if (space > s->size)
        ticks = 0;
    while (result == TAKEN && s->size - s->count < space)
        result = wait_for_change(&s->senders, &ticks);
    if (result != TAKE_DELETED) {
        sent = send_now(s, data, bytes);
        count = s->count;
        if (sent > 0 && (s->kind == STREAM_MESSAGES || s->count >= s->trigger))
            wait_wake_first(&s->receivers);
    }
    port_kernel_event(EVENT_STREAM_SEND, label.id, sent, count, label.name);
    kernel_leave(masked);
    return sent;
}

static uint32_t receive_now(struct stream *s, void *data, uint32_t room)
{
    uint32_t bytes = s->count < room ? s->count : room;

    if (s->kind == STREAM_MESSAGES) {
        bytes = stream_next_message(s);
        if (bytes == 0 || bytes > room)
            return 0;
        drop(s, PREFIX);
    }
    copy_out(s, data, bytes);
    drop(s, bytes);
    return bytes;
}

uint32_t stream_receive(struct stream *s, void *data, uint32_t room, uint32_t ticks)
{
    const bool masked = kernel_enter();
    const struct wait_label label = wait_label(&s->receivers);
    const uint32_t too_few = s->kind == STREAM_BATCHES ? s->trigger : 0;
    enum take_result result = TAKEN;
    uint32_t received = 0;
    uint32_t count = 0;

    while (result == TAKEN && s->count <= too_few)
        result = wait_for_change(&s->receivers, &ticks);
    if (result != TAKE_DELETED) {
        received = s->count > too_few || result == TAKE_TIMEOUT ? receive_now(s, data, room) : 0;
        count = s->count;
        if (received > 0)
            wait_wake_first(&s->senders);
    }
    port_kernel_event(EVENT_STREAM_RECEIVE, label.id, received, count, label.name);
    kernel_leave(masked);
    return received;
}

bool stream_set_trigger(struct stream *s, uint32_t trigger)
{
    const bool masked = kernel_enter();
    const bool possible = trigger <= s->size;

    if (possible)
        s->trigger = trigger > 0 ? trigger : 1;
    kernel_leave(masked);
    return possible;
}

bool stream_reset(struct stream *s)
{
    const bool masked = kernel_enter();
    const bool possible = wait_first(&s->receivers) == NULL && wait_first(&s->senders) == NULL;

    if (possible)
        s->first = s->count = 0;
    kernel_leave(masked);
    return possible;
}

void stream_delete(struct stream *s)
{
    const bool masked = kernel_enter();

    port_kernel_event(EVENT_DELETE, s->receivers.id, 0, 0, s->receivers.name);
    wait_close(&s->receivers);
    wait_close(&s->senders);
    kernel_leave(masked);
}
