#include "kernel.h"

#include "assert.h"

struct kernel kernel;

void kernel_init(unsigned cores, uint32_t ticks_per_second)
{
    KERNEL_ASSERT(cores >= 1 && cores <= CORES_MAX);
    KERNEL_ASSERT(ticks_per_second >= 1);
    kernel.core_count = cores;
    kernel.ticks_per_second = ticks_per_second;
    kernel.next_id = 1;
    list_init(&kernel.timeouts);
    list_init(&kernel.tasks);
    list_init(&kernel.closed);
    wait_queue_init(&kernel.sleepers, WAIT_FIFO, "time", "sleep");
    irq_init();
    sched_init(cores);
}

struct heap *kernel_free_heap(void)
{
    for (unsigned i = 0; i < KERNEL_HEAPS_MAX; i++)
        if (kernel.heaps[i].ops == NULL)
            return &kernel.heaps[i];
    return NULL;
}

/* True for a task that was suspended or closed, and has not left its core yet. */
static bool is_stopped(const struct core *c)
{
    const struct task *const self = c->current;

    return self != NULL && (self->state == TASK_SUSPENDED || self->state == TASK_CLOSED) &&
           c->interrupts == 0 && c->mask_level == 0 && task_counted(&self->schedule_locks) == 0;
}

void kernel_leave_core(void)
{
    if (is_stopped(kernel_core()))
        sched_switch();
}

bool kernel_mask_slowly(void)
{
    port_point(POINT_KERNEL);
    irq_mask();
    port_lock();
    if (kernel_core()->reschedule)
        kernel_leave_core(); /* another core did that, while this one waited for the lock */
    return false;
}

void kernel_leave_slowly(void)
{
    port_unlock();
    irq_restore(false);
    port_point(POINT_KERNEL);
}

void kernel_settle(void)
{
    for (;;) {
        if (irq_due()) {
            port_interrupt();
        } else if (sched_due()) {
            irq_mask();
            port_lock();
            sched_switch();
            port_unlock();
            irq_unmask();
        } else {
            return;
        }
    }
}

/* Taken out of its place once: another core may clear that. */
static void call_hook(void (*hook)(void))
{
    if (hook != NULL)
        hook();
}

void kernel_idle(void)
{
    for (;;) {
        if (kernel.closed_hook == NULL) /* else a task of its own cleans up */
            task_reap();
        for (unsigned i = 0; i < KERNEL_IDLE_HOOKS; i++)
            call_hook(kernel.idle_hooks[i]);
        port_idle();
    }
}

void kernel_tick(void)
{
    const bool masked = kernel_enter();

    if (port_core() == 0)
        kernel.tick++;
    sched_tick();
    if (port_core() == 0)
        timeout_expire(kernel.tick);
    kernel_leave(masked);
}

void kernel_skip_ticks(uint32_t ticks)
{
    KERNEL_ASSERT(ticks < timeout_next(kernel.tick));
    kernel.tick += ticks;
}
