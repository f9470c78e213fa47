#include "devices.h"

#include "../kernel/kernel.h"
#include "../kernel/port.h"
#include "engine.h"
#include "heapsim.h"
#include "uart.h"

enum { DEVICES_MAX = 64 };

struct device {
    bool active;
    unsigned line, core;
    uint64_t base;   /* when it would raise without jitter */
    uint64_t next;   /* when it does */
    uint64_t period; /* ns */
    uint64_t jitter; /* ns */
    uint64_t gap;    /* ns between the raises of one burst */
    uint32_t burst;  /* raises in one */
    uint32_t raised; /* in this one */
    uint32_t left;   /* bursts to go; 0: for ever */
};

static struct device devices[DEVICES_MAX];
static struct random numbers; /* a stream of its own: the schedule does not change the devices */
static uint64_t next_due = DEVICES_NEVER;

void devices_init(uint64_t seed)
{
    numbers.state = seed ^ 0x6465766963657321u;
    next_due = DEVICES_NEVER;
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        devices[i].active = false;
}

static void find_next(void)
{
    next_due = DEVICES_NEVER;
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        if (devices[i].active && devices[i].next < next_due)
            next_due = devices[i].next;
}

uint64_t devices_next(void)
{
    const uint64_t wire = uart_next();

    return wire < next_due ? wire : next_due;
}

static uint64_t jittered(const struct device *device)
{
    return device->base + (device->jitter > 0 ? random_below(&numbers, device->jitter + 1) : 0);
}

static void advance(struct device *device)
{
    if (++device->raised < device->burst) {
        device->next += device->gap;
        return;
    }
    device->raised = 0;
    if (device->left == 1 || device->period == 0) {
        device->active = false;
        return;
    }
    if (device->left > 0)
        device->left--;
    device->base += device->period;
    const uint64_t soonest = device->next + device->gap;
    device->next = jittered(device);
    if (device->next < soonest && device->burst > 1) /* it reaches into the next period */
        device->next = soonest;
}

void devices_stop_all(void)
{
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        devices[i].active = false;
    next_due = DEVICES_NEVER;
}

/* One that is pending already would be lost: a device gives an ISR time to come. */
static bool can_be_hastened(const struct device *device)
{
    return device->active &&
           (kernel.irq.pending[device->core][device->line / 32] >> device->line % 32 & 1) == 0;
}

uint64_t devices_lines(void)
{
    uint64_t lines = 0;

    if (next_due == DEVICES_NEVER)
        return 0;
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        if (can_be_hastened(&devices[i]))
            lines |= (uint64_t)1 << devices[i].line;
    return lines;
}

void devices_hasten(unsigned line, uint64_t now)
{
    struct device *first = NULL;

    for (unsigned i = 0; i < DEVICES_MAX; i++)
        if (can_be_hastened(&devices[i]) && devices[i].line == line &&
            (first == NULL || devices[i].next < first->next))
            first = &devices[i];
    if (first == NULL || first->next <= now)
        return;
    const uint64_t early = first->next - now;
    if (first->raised == 0) /* a burst begins; its last one goes on */
        first->base = now;
    else
        first->base -= first->base < early ? first->base : early;
    first->next = now;
    find_next();
}

void devices_deliver(uint64_t now)
{
    uart_deliver(now);
    while (next_due <= now) {
        for (unsigned i = 0; i < DEVICES_MAX; i++) {
            if (devices[i].active && devices[i].next <= now) {
                irq_pend(devices[i].core, devices[i].line);
                if (devices[i].core != 0)
                    port_kick(devices[i].core);
                advance(&devices[i]);
            }
        }
        find_next();
    }
}

static void start(struct device *device, const struct sim_source *source)
{
    *device = (struct device){.active = true,
                              .line = source->line,
                              .core = source->core,
                              .base = engine_now() + (uint64_t)source->first * 1000,
                              .period = (uint64_t)source->period * 1000,
                              .jitter = (uint64_t)source->jitter * 1000,
                              .gap = (uint64_t)source->gap * 1000,
                              .burst = source->burst,
                              .left = source->count};
    device->next = jittered(device);
}

static bool start_any(const struct sim_source *source)
{
    for (unsigned i = 0; i < DEVICES_MAX; i++) {
        if (devices[i].active)
            continue;
        start(&devices[i], source);
        find_next();
        return true;
    }
    return false;
}

bool sim_source_start(const struct sim_source *source)
{
    if (source->line >= IRQ_LINES || source->core >= kernel.core_count)
        return false;
    port_order(ORDER_LINE, true, source->line);
    const bool held = engine_guard();
    const bool started = start_any(source);
    if (started)
        engine_replan();
    engine_unguard(held);
    return started;
}

bool sim_device(unsigned line, uint32_t first, uint32_t period, uint32_t jitter, uint32_t count)
{
    return sim_source_start(&(struct sim_source){
        .line = line, .first = first, .period = period, .jitter = jitter, .count = count});
}

void sim_device_stop(unsigned line)
{
    const bool held = engine_guard();

    for (unsigned i = 0; i < DEVICES_MAX; i++)
        if (devices[i].line == line)
            devices[i].active = false;
    find_next();
    port_order(ORDER_LINE_OFF, true, line);
    engine_unguard(held);
}
