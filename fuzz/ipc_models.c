/*
 * Queues, streams, events, notifications and timers beside models: lists of what was sent, flags,
 * values, ticks.
 */
#include "ipc_models.h"

#include "fail.h"

#include "../kernel/ipc/event.h"
#include "../kernel/ipc/notify.h"
#include "../kernel/ipc/stream.h"
#include "../tests/parallel/invariants.h"

enum { QUEUES = 3, SLOTS = 5, ITEM = 8, HEADER = 12, STREAMS = 2, EVENTS = 2, TIMERS = 3 };

/* --- queues --- */

static struct {
    struct queue queue;
    _Alignas(8) uint8_t storage[SLOTS * (HEADER + ITEM)];
    struct {
        uint32_t value;
        int32_t priority;
        uint32_t bytes;
    } items[SLOTS];
    unsigned count;
} queues[QUEUES];

static uint32_t values; /* no two items are the same */

/* The last one has headers: items of any length, with priorities. */
static void make_queue(unsigned i)
{
    const uint32_t header = i == QUEUES - 1 ? HEADER : 0;
    const uint32_t item = i == 0 ? 4 : ITEM;
    const struct queue_layout layout = {.storage = queues[i].storage,
                                        .slots = 1 + (objects_number(IPC_SLOTS) >> 2 * i) % SLOTS,
                                        .header_bytes = header,
                                        .item_bytes = item,
                                        .slot_bytes = header + item};

    queues[i].count = 0;
    queue_init(&queues[i].queue, &layout, objects_order(i), "queue", "q");
}

static void put_item(unsigned i, unsigned at, const struct queue_item *item, uint32_t value)
{
    for (unsigned k = queues[i].count++; k > at; k--)
        queues[i].items[k] = queues[i].items[k - 1];
    queues[i].items[at].value = value;
    queues[i].items[at].priority = item->priority;
    queues[i].items[at].bytes = item->bytes;
}

static void note_sent(unsigned i, const struct queue_item *item, uint32_t value,
                      enum queue_place place)
{
    unsigned at = queues[i].count;

    if (place == QUEUE_OVERWRITE && at == queues[i].queue.layout.slots)
        at = --queues[i].count;
    if (place == QUEUE_FRONT)
        at = 0;
    while (place == QUEUE_BY_PRIORITY && at > 0 &&
           queues[i].items[at - 1].priority < item->priority)
        at--;
    if (queues[i].count == queues[i].queue.layout.slots)
        fail("a queue took more items than it has slots");
    put_item(i, at, item, value);
}

static void send(unsigned i, const struct command *c)
{
    const struct queue_layout *const layout = &queues[i].queue.layout;
    const uint32_t value = ++values;
    uint32_t words[2] = {value, ~value};
    struct queue_item item = {.data = words,
                              .bytes =
                                  layout->header_bytes > 0 ? 4 + c->value % 5 : layout->item_bytes,
                              .priority = (int32_t)(c->value >> 4)};
    enum queue_place place = (enum queue_place)(c->value % 4);

    if (place == QUEUE_BY_PRIORITY && layout->header_bytes == 0)
        place = QUEUE_BACK;
    const bool room = queues[i].count < layout->slots || place == QUEUE_OVERWRITE;
    const enum take_result result = queue_send(&queues[i].queue, &item, place, c->ticks);
    if (room && result != TAKEN)
        fail("a queue with room did not take an item");
    if (result == TAKEN)
        note_sent(i, &item, value, place);
}

static void receive(unsigned i, const struct command *c)
{
    uint32_t words[2] = {0, 0};
    struct queue_item item = {.data = words, .bytes = 4 + c->value % 5};
    const uint32_t room = item.bytes;
    const bool there = queues[i].count > 0;
    const enum take_result result = c->verb == IPC_queue_peek
                                        ? queue_peek(&queues[i].queue, &item, c->ticks)
                                        : queue_receive(&queues[i].queue, &item, c->ticks);

    if (there && result != TAKEN)
        fail("a queue with items gave none");
    if (result != TAKEN)
        return;
    if (queues[i].count == 0)
        fail("a queue gave an item that nobody sent");
    const uint32_t sent = queues[i].items[0].bytes;
    if (words[0] != queues[i].items[0].value)
        fail("a queue gave another item than its first");
    if (item.bytes != (sent < room ? sent : room))
        fail("an item has another length than it was sent with");
    if (queues[i].queue.layout.header_bytes > 0 && item.priority != queues[i].items[0].priority)
        fail("an item has another priority than it was sent with");
    if (item.bytes == 8 && words[1] != ~words[0])
        fail("an item's end is not what was sent");
    if (c->verb == IPC_queue_peek)
        return;
    queues[i].count--;
    for (unsigned k = 0; k < queues[i].count; k++)
        queues[i].items[k] = queues[i].items[k + 1];
}

static void queue_do(const struct command *c)
{
    const unsigned i = c->object % QUEUES;

    if (c->verb == IPC_queue_send) {
        send(i, c);
    } else if (c->verb == IPC_queue_reset) {
        queues[i].count = 0;
        queue_reset(&queues[i].queue, c->value & 1);
    } else {
        receive(i, c);
    }
}

/* --- streams --- */

static struct {
    struct stream stream;
    uint8_t storage[48];
    uint8_t sent, received; /* bytes are numbered: the next ones */
    uint32_t count, messages;
} streams[STREAMS];

static void make_stream(unsigned i)
{
    const enum stream_kind kind =
        i == 0 ? STREAM_MESSAGES : (enum stream_kind)(objects_number(IPC_FLAGS) >> 3 & 1);

    streams[i].sent = streams[i].received = 0;
    streams[i].count = streams[i].messages = 0;
    stream_init(&streams[i].stream, kind, streams[i].storage, 8 + objects_number(IPC_SIZES) % 41,
                objects_number(IPC_COUNTS) % 8, "t");
}

/* Who waits sends bytes that were numbered before others sent theirs: only their count is known. */
static bool numbers_bytes(void)
{
    return (objects_number(IPC_FLAGS) >> 4 & 1) != 0;
}

static void stream_put(unsigned i, const struct command *c)
{
    uint8_t bytes[64];
    const uint32_t most = 1 + c->value % 40;
    const uint32_t ticks = numbers_bytes() ? 0 : c->ticks;

    for (uint32_t k = 0; k < most; k++)
        bytes[k] = (uint8_t)(streams[i].sent + k);
    const uint32_t sent = stream_send(&streams[i].stream, bytes, most, ticks);
    if (sent > most || (streams[i].stream.kind == STREAM_MESSAGES && sent != 0 && sent != most))
        fail("a stream took more than it was sent, or half a message");
    streams[i].sent = (uint8_t)(streams[i].sent + sent);
    streams[i].count += sent;
    streams[i].messages += sent > 0;
}

static void stream_get(unsigned i, const struct command *c)
{
    struct stream *const s = &streams[i].stream;
    uint8_t bytes[64];
    const uint32_t room = 1 + c->value % 40;
    const uint32_t next = stream_next_message(s);
    const uint32_t before = streams[i].count;
    const uint32_t received = stream_receive(s, bytes, room, c->ticks);

    if (received > room || received > streams[i].count)
        fail("a stream gave more than there was or than fits");
    if (next > room && received > 0)
        fail("a stream cut a message");
    if (s->kind == STREAM_BYTES && before > 0 && received == 0)
        fail("a stream with bytes gave none");
    for (uint32_t k = 0; k < received && numbers_bytes(); k++)
        if (bytes[k] != (uint8_t)(streams[i].received + k))
            fail("a stream gave other bytes than those that were sent first");
    streams[i].received = (uint8_t)(streams[i].received + received);
    streams[i].count -= received;
    streams[i].messages -= received > 0 && s->kind == STREAM_MESSAGES;
}

static void stream_do(const struct command *c)
{
    const unsigned i = c->object % STREAMS;
    struct stream *const s = &streams[i].stream;

    if (c->verb == IPC_stream_send) {
        stream_put(i, c);
    } else if (c->verb == IPC_stream_receive) {
        stream_get(i, c);
    } else if (c->verb == IPC_stream_trigger) {
        if (stream_set_trigger(s, c->value) != (c->value <= s->size))
            fail("a stream's trigger was set above its size, or not below it");
    } else if (stream_reset(s)) {
        streams[i].received = streams[i].sent;
        streams[i].count = streams[i].messages = 0;
    }
}

/* --- events --- */

static struct {
    struct event event;
    uint32_t flags;
} events[EVENTS];

static bool is_true(const struct wish *wish, uint32_t flags)
{
    return wish->all ? (flags & wish->flags) == wish->flags : (flags & wish->flags) != 0;
}

static void set_flags(unsigned i, uint32_t flags)
{
    const struct event *const e = &events[i].event;
    bool woken[WORKERS];
    uint32_t clear = 0;

    events[i].flags |= flags;
    for (unsigned w = 0; w < WORKERS; w++) {
        woken[w] = wishes[w].event == e && watch_waits_on(&workers[w], &e->queue) &&
                   is_true(&wishes[w], events[i].flags);
        if (woken[w] && wishes[w].clear)
            clear |= wishes[w].flags;
    }
    events[i].flags &= ~clear;
    if (event_set(&events[i].event, flags) != events[i].flags)
        fail("an event has other flags than were set");
    for (unsigned w = 0; w < WORKERS; w++)
        if (woken[w] && watch_waits_on(&workers[w], &e->queue))
            fail("a task waits for flags that are set");
}

static void wait_flags(unsigned i, const struct command *c)
{
    struct worker *const self = worker_self();
    const struct event_wish wish = {
        .flags = 1 + c->value % 15, .all = c->value >> 4 & 1, .clear = c->value >> 5 & 1};
    const struct wish mine = {&events[i].event, wish.flags, wish.all, wish.clear};
    const bool there = is_true(&mine, events[i].flags);
    uint32_t found = 0;

    if (self == NULL)
        return; /* what it waits for stands in a task */
    if (c->ticks > 0)
        wishes[self - workers] = mine;
    const enum take_result result = event_wait(&events[i].event, &wish, c->ticks, &found);
    wishes[self - workers].event = NULL;
    if (there && result != TAKEN)
        fail("flags that are set were not found");
    if (result == TAKEN && !is_true(&mine, found))
        fail("a wait for flags ended though they were not set");
    if (there && wish.clear)
        events[i].flags &= ~wish.flags;
}

static void sync_flags(unsigned i, const struct command *c)
{
    struct worker *const self = worker_self();
    const uint32_t set = c->value % 16;
    const uint32_t wanted = 1 + (c->value >> 4) % 15;
    const struct wish mine = {&events[i].event, wanted, true, true};
    uint32_t found = 0;

    if (self == NULL)
        return;
    const uint32_t with_mine = events[i].flags | set;
    /* Its own wish is not among those that its flags fulfil. */
    uint32_t clear = 0;
    for (unsigned w = 0; w < WORKERS; w++)
        if (wishes[w].event == &events[i].event &&
            watch_waits_on(&workers[w], &events[i].event.queue) && is_true(&wishes[w], with_mine) &&
            wishes[w].clear)
            clear |= wishes[w].flags;
    events[i].flags = with_mine & ~clear;
    const bool there = is_true(&mine, with_mine);
    if (there)
        events[i].flags &= ~wanted;
    if (c->ticks > 0)
        wishes[self - workers] = mine;
    const enum take_result result = event_sync(&events[i].event, set, wanted, c->ticks, &found);
    wishes[self - workers].event = NULL;
    if (there && result != TAKEN)
        fail("tasks that all came did not meet");
    if (result == TAKEN && !is_true(&mine, found))
        fail("tasks met though not all had come");
}

static void event_do(const struct command *c)
{
    const unsigned i = c->object % EVENTS;

    if (c->verb == IPC_event_set) {
        set_flags(i, c->value % 16);
    } else if (c->verb == IPC_event_clear) {
        events[i].flags &= ~(c->value % 16);
        if (event_clear(&events[i].event, c->value % 16) != events[i].flags)
            fail("an event has other flags than were left");
    } else if (c->verb == IPC_event_wait) {
        wait_flags(i, c);
    } else if (c->verb == IPC_event_sync) {
        sync_flags(i, c);
    } else {
        events[i].flags = 0;
        event_reset(&events[i].event);
    }
}

/* --- notifications: one of each task --- */

static struct {
    struct notification notification;
    uint32_t value;
    bool pending;
} notes[WORKERS];

static void send_note(unsigned i, const struct command *c)
{
    const enum notify_action action = (enum notify_action)(c->value % 5);
    const uint32_t value = c->value / 5;
    const bool possible = action != NOTIFY_WRITE || !notes[i].pending;
    uint32_t before = 0;

    if (notify(&notes[i].notification, action, value, &before) != possible ||
        before != notes[i].value)
        fail("a notification was not sent, or was another before");
    if (possible && action == NOTIFY_SET_BITS)
        notes[i].value |= value;
    else if (possible && action == NOTIFY_INCREMENT)
        notes[i].value++;
    else if (possible && action != NOTIFY_ONLY)
        notes[i].value = value;
    notes[i].pending = true;
}

static void wait_note(unsigned i, const struct command *c)
{
    const bool was_pending = notes[i].pending;
    uint32_t found = 0;

    if (!was_pending)
        notes[i].value &= ~(c->value & 7);
    const enum take_result result =
        notify_wait(&notes[i].notification, c->value & 7, c->value >> 3 & 7, c->ticks, &found);
    if (found != notes[i].value)
        fail("a notification's value is another than was sent");
    if ((result == TAKEN) != notes[i].pending)
        fail("a notification was found that is not pending, or not found though it is");
    if (result == TAKEN)
        notes[i].value &= ~(c->value >> 3 & 7);
    notes[i].pending = false;
}

static void take_note(unsigned i, const struct command *c)
{
    const uint32_t found = notify_take(&notes[i].notification, c->value & 1, c->ticks);

    if (found != notes[i].value)
        fail("a notification's count is another than was sent");
    if (found > 0)
        notes[i].value = (c->value & 1) ? 0 : found - 1;
    notes[i].pending = false;
}

static void note_do(const struct command *c)
{
    struct worker *const self = worker_self();
    const unsigned i = c->object % WORKERS;

    if (c->verb == IPC_notify) {
        send_note(i, c);
    } else if (c->verb == IPC_notify_cancel) {
        if (notify_cancel(&notes[i].notification) != notes[i].pending)
            fail("a notification was not pending, or is");
        notes[i].pending = false;
    } else if (c->verb == IPC_notify_clear) {
        if (notify_clear(&notes[i].notification, c->value) != notes[i].value)
            fail("a notification's value is another than was sent");
        notes[i].value &= ~c->value;
    } else if (self != NULL && c->verb == IPC_notify_wait) {
        wait_note((unsigned)(self - workers), c);
    } else if (self != NULL) {
        take_note((unsigned)(self - workers), c);
    }
}

/* --- timers: two of the tick, one of the timer task --- */

static struct {
    struct timer timer;
    uint32_t due; /* not before */
    bool active;
} timers[TIMERS];

static void on_timer(void *argument)
{
    const unsigned i = (unsigned)(uintptr_t)argument;

    if (!timers[i].active)
        fail("a timer runs that was not started");
    if ((int32_t)(kernel.tick - timers[i].due) < 0)
        fail("a timer runs too early");
    if (timers[i].timer.service == NULL && kernel.tick != timers[i].due)
        fail("a timer of the tick runs too late");
    timers[i].active = timers[i].timer.periodic;
    actors_timer_runs(i);
    const bool from_deadline = timers[i].timer.pace == TIMER_FROM_DEADLINE;
    timers[i].due = (from_deadline ? timers[i].due : kernel.tick) + timers[i].timer.period;
}

static void make_timer(unsigned i)
{
    const uint32_t flags = objects_number(IPC_FLAGS) >> 5;

    timers[i].active = false;
    timer_init(&timers[i].timer, "t", on_timer, (void *)(uintptr_t)i, 1 + i, flags >> i & 1);
    if (i == TIMERS - 1)
        timers[i].timer.service = &kernel.timers;
    else if (i == 1)
        timers[i].timer.pace = TIMER_FROM_DEADLINE;
}

static void start_timer(unsigned i)
{
    timers[i].due = kernel.tick + timers[i].timer.period;
    timers[i].active = true;
    timer_start(&timers[i].timer);
}

static void called_by_post(void *object, uint32_t value)
{
    (void)value;
    const bool masked = kernel_enter();
    start_timer((unsigned)(uintptr_t)object);
    kernel_leave(masked);
}

static void timer_do(const struct command *c)
{
    const unsigned i = c->object % TIMERS;
    struct timer *const t = &timers[i].timer;
    const struct timer_call call = {called_by_post, (void *)(uintptr_t)(TIMERS - 1), c->value};

    if (timer_is_running(t))
        return; /* what its own function may do to it is another matter */
    if (c->verb == IPC_timer_start) {
        start_timer(i);
    } else if (c->verb == IPC_timer_stop) {
        if (timer_stop(t) != timers[i].active)
            fail("a timer was not active, or is");
        timers[i].active = false;
    } else if (c->verb == IPC_timer_period) {
        timer_set_period(t, 1 + c->value % 20);
    } else if (c->verb == IPC_timer_end) {
        timer_end(t);
        make_timer(i);
    } else {
        (void)timer_post(&kernel.timers, &call, 0);
    }
}

/* --- all of them --- */

void models_begin(void)
{
    for (unsigned i = 0; i < QUEUES; i++)
        make_queue(i);
    for (unsigned i = 0; i < STREAMS; i++)
        make_stream(i);
    for (unsigned i = 0; i < EVENTS; i++) {
        events[i].flags = 0;
        event_init(&events[i].event, "e", objects_order(3 + i));
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        notes[i].value = 0;
        notes[i].pending = false;
        notification_init(&notes[i].notification, "n");
    }
    for (unsigned i = 0; i < TIMERS; i++)
        make_timer(i);
}

void models_do(const struct command *command)
{
    switch (command->verb) {
    case IPC_event_set:
    case IPC_event_clear:
    case IPC_event_wait:
    case IPC_event_sync:
    case IPC_event_reset:
        event_do(command);
        break;
    case IPC_queue_send:
    case IPC_queue_receive:
    case IPC_queue_peek:
    case IPC_queue_reset:
        queue_do(command);
        break;
    case IPC_stream_send:
    case IPC_stream_receive:
    case IPC_stream_reset:
    case IPC_stream_trigger:
        stream_do(command);
        break;
    case IPC_notify:
    case IPC_notify_wait:
    case IPC_notify_take:
    case IPC_notify_cancel:
    case IPC_notify_clear:
        note_do(command);
        break;
    default:
        timer_do(command);
    }
}

void models_renew(unsigned kind, unsigned i)
{
    switch (kind) {
    case 0:
        queue_delete(&queues[i % QUEUES].queue);
        make_queue(i % QUEUES);
        break;
    case 1:
        stream_delete(&streams[i % STREAMS].stream);
        make_stream(i % STREAMS);
        break;
    case 2:
        event_delete(&events[i % EVENTS].event);
        events[i % EVENTS].flags = 0;
        event_init(&events[i % EVENTS].event, "e", objects_order(3 + i % EVENTS));
        break;
    default:
        break;
    }
}

void models_check(void)
{
    for (unsigned i = 0; i < QUEUES; i++)
        if (queues[i].queue.count != queues[i].count ||
            (!objects_lost_wake && queue_faults(&queues[i].queue) > 0))
            fail("a queue has other items than were sent and not received");
    for (unsigned i = 0; i < STREAMS; i++) {
        const struct stream *const s = &streams[i].stream;
        const uint32_t prefixes = s->kind == STREAM_MESSAGES ? 4 * streams[i].messages : 0;

        if (s->count != streams[i].count + prefixes)
            fail("a stream has other bytes than were sent and not received");
    }
    for (unsigned i = 0; i < EVENTS; i++)
        if (events[i].event.flags != events[i].flags || event_faults(&events[i].event) > 0)
            fail("an event has other flags than were set and not cleared");
    for (unsigned i = 0; i < TIMERS; i++)
        if (timers[i].timer.active != timers[i].active)
            fail("a timer is active that should not be, or not though it should be");
}

void models_end(void)
{
    for (unsigned i = 0; i < QUEUES; i++)
        queue_delete(&queues[i].queue);
    for (unsigned i = 0; i < STREAMS; i++)
        stream_delete(&streams[i].stream);
    for (unsigned i = 0; i < EVENTS; i++)
        event_delete(&events[i].event);
    for (unsigned i = 0; i < TIMERS; i++) {
        timer_end(&timers[i].timer);
        timers[i].active = false;
    }
}
