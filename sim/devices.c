#include "devices.h"

#include "../kernel/irq/irq.h"
#include "engine.h"
#include "heapsim.h"

enum { DEVICES_MAX = 64 };

struct device {
    bool active;
    unsigned line;
    uint64_t base;   /* when it would raise without jitter */
    uint64_t next;   /* when it does */
    uint64_t period; /* ns */
    uint64_t jitter; /* ns */
    uint32_t left;   /* times to go; 0: for ever */
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
    return next_due;
}

static uint64_t jittered(const struct device *device)
{
    return device->base + (device->jitter > 0 ? random_below(&numbers, device->jitter + 1) : 0);
}

static void advance(struct device *device)
{
    if (device->left == 1 || device->period == 0) {
        device->active = false;
        return;
    }
    if (device->left > 0)
        device->left--;
    device->base += device->period;
    device->next = jittered(device);
}

void devices_deliver(uint64_t now)
{
    while (next_due <= now) {
        for (unsigned i = 0; i < DEVICES_MAX; i++) {
            if (devices[i].active && devices[i].next <= now) {
                irq_pend(0, devices[i].line);
                advance(&devices[i]);
            }
        }
        find_next();
    }
}

static bool add(unsigned line, uint32_t first, uint32_t period, uint32_t jitter, uint32_t count)
{
    for (unsigned i = 0; i < DEVICES_MAX; i++) {
        struct device *const device = &devices[i];

        if (device->active)
            continue;
        *device = (struct device){.active = true,
                                  .line = line,
                                  .base = engine_now() + (uint64_t)first * 1000,
                                  .period = (uint64_t)period * 1000,
                                  .jitter = (uint64_t)jitter * 1000,
                                  .left = count};
        device->next = jittered(device);
        find_next();
        return true;
    }
    return false;
}

bool sim_device(unsigned line, uint32_t first, uint32_t period, uint32_t jitter, uint32_t count)
{
    if (line >= IRQ_LINES)
        return false;
    const bool masked = engine_guard();
    const bool added = add(line, first, period, jitter, count);
    if (added)
        engine_replan();
    engine_unguard(masked);
    return added;
}

void sim_device_stop(unsigned line)
{
    const bool masked = engine_guard();

    for (unsigned i = 0; i < DEVICES_MAX; i++)
        if (devices[i].line == line)
            devices[i].active = false;
    find_next();
    engine_unguard(masked);
}
