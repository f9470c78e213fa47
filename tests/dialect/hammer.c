/*
 * Tasks of several priorities take, resize and give back blocks of one heap at the same time, while
 * an interrupt comes in at any heap step and readies the most urgent of them. Each block holds its
 * owner's mark. Where a dialect's lock had a hole, two of them would be in the heap at once.
 */
#include "check.h"

#if DIALECT_rtthread
#include <rtthread.h>
#define TAKE(size)          rt_malloc(size)
#define RESIZED(slot, size) rt_realloc((slot)->block, size)
#define GIVE(block)         rt_free(block)
#elif DIALECT_oneos
#include <os_memory.h>
#define TAKE(size)          os_malloc(size)
#define RESIZED(slot, size) os_realloc((slot)->block, size)
#define GIVE(block)         os_free(block)
#else
#include <FreeRTOS.h>
#define TAKE(size)  pvPortMalloc(size)
#define GIVE(block) vPortFree(block)
#endif

enum { TASKS = 5, SLOTS = 12, ROUNDS = 250, PRIORITY = 12 };

struct slot {
    uint8_t *block;
    size_t size;
};

static struct worker {
    struct task task;
    uint8_t mark;
    struct slot slots[SLOTS];
    struct semaphore go; /* of the one that the interrupt readies */
} workers[TASKS];

static struct semaphore finished;
static unsigned switches, failures;

#if DIALECT_freertos
/* FreeRTOS has no realloc: as applications write it. */
static void *malloc_again(struct slot *slot, size_t size)
{
    uint8_t *const block = pvPortMalloc(size);

    if (block == NULL)
        return NULL;
    memcpy(block, slot->block, slot->size < size ? slot->size : size);
    vPortFree(slot->block);
    return block;
}
#define RESIZED(slot, size) malloc_again(slot, size)
#endif

static void fill(const struct slot *slot, uint8_t mark)
{
    if (slot->block != NULL)
        memset(slot->block, mark, slot->size);
}

static void holds(const struct slot *slot, size_t size, uint8_t mark)
{
    for (size_t i = 0; i < size; i++)
        CHECK(slot->block[i] == mark);
}

static void work_on(struct slot *slot, uint8_t mark)
{
    const size_t size = 1 + sim_random(sim_random(6) == 0 ? 2000 : 90);

    if (slot->block == NULL) {
        slot->block = TAKE(size);
        slot->size = slot->block != NULL ? size : 0;
        failures += slot->block == NULL;
    } else if (sim_random(3) == 0) {
        const size_t kept = slot->size < size ? slot->size : size;
        uint8_t *const moved = RESIZED(slot, size);

        if (moved != NULL) {
            *slot = (struct slot){moved, size};
            holds(slot, kept, mark);
        }
    } else {
        holds(slot, slot->size, mark);
        GIVE(slot->block);
        *slot = (struct slot){NULL, 0};
    }
    fill(slot, mark);
}

static void run(void *argument)
{
    struct worker *const self = argument;

    for (unsigned i = 0; i < ROUNDS; i++) {
        if (self == &workers[0])
            semaphore_take(&self->go, 50);
        work_on(&self->slots[sim_random(SLOTS)], self->mark);
        if (sim_random(20) == 0)
            task_sleep(1);
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        holds(&self->slots[i], self->slots[i].size, self->mark);
        if (self->slots[i].block != NULL)
            GIVE(self->slots[i].block);
    }
    semaphore_give(&finished);
}

/* The heap is in the middle of something, as likely as not. */
static void on_interrupt(int line, void *argument)
{
    (void)line;
    (void)argument;
    switches++;
    semaphore_give(&workers[0].go);
}

static void start_workers(void)
{
    semaphore_init(&finished, "finished", 0, TASKS, WAIT_FIFO);
    for (unsigned i = 0; i < TASKS; i++) {
        struct worker *const w = &workers[i];

        w->mark = (uint8_t)(0x11 * (i + 1));
        semaphore_init(&w->go, "go", 0, 1, WAIT_FIFO);
        task_init(&w->task, "worker", run, w, (uint8_t)(PRIORITY + i / 2), 1);
        task_start(&w->task);
    }
    irq_install(CHECK_LINE, on_interrupt, NULL, "hammer");
    sim_device(CHECK_LINE, 10, 17, 13, 0);
}

static int finish_workers(tsize_t used_before)
{
    for (unsigned i = 0; i < TASKS; i++)
        semaphore_take(&finished, WAIT_FOREVER);
    sim_device_stop(CHECK_LINE);
    task_sleep(5);
    CHECK(check_whole(&kernel.system_heap));
    CHECK(check_stats(&kernel.system_heap).used == used_before);
    CHECK(diagnose_count(DIAGNOSIS_KINDS) == 0);
    CHECK(switches > 100);
    printf("%u interrupts, %u requests failed\n", switches, failures);
    return check_failures != 0;
}

#if DIALECT_freertos
static struct task main_task;

static void run_main(void *argument)
{
    (void)argument;
    GIVE(TAKE(1)); /* lays the heap out */
    const tsize_t used = check_stats(&kernel.system_heap).used;
    start_workers();
    port_main_returned(finish_workers(used), true);
}

int main(void)
{
    task_init(&main_task, "main", run_main, NULL, PRIORITY - 1, 5);
    task_start(&main_task);
    sched_start(); /* vTaskStartScheduler does not exist yet */
}
#else
int main(void)
{
    const tsize_t used = check_stats(&kernel.system_heap).used;

    start_workers();
    return finish_workers(used);
}
#endif
