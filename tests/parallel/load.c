/*
 * Everything at once on all cores, by the wall clock: semaphores, mutexes, mailboxes, message
 * queues, events, timers, a pool, the heap, stdio, tasks that come and go and are suspended while
 * they run, beside a 20 kHz device whose ISR prints, sends, receives, frees pool blocks and now and
 * then breaks a rule, and a more urgent one that interrupts it.
 *
 * load SECONDS [exit|isr]: ends by itself, or after that time in the middle of all: a task calls
 * exit(7), or an ISR breaks a rule under --on-violation=stop. What was given was taken, what was
 * allocated came back, and all along each record of the kernel agrees with the others. Run it with
 * --on-violation=report: it ends with 3.
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kernel/kernel.h"
#include "heapsim.h"
#include "invariants.h"

enum { DEVICE = 3, URGENT = 4, KINDS = 11, TASKS = 64, BLOCKS = 40, BLOCK_SIZE = 48, MUTEXES = 5 };
_Static_assert(TASKS <= KINDS * SELVES, "traffic.c has something for each");

static volatile int stopping;
atomic_uint wrong;
static atomic_uint rounds[KINDS], created;
static volatile int rules_to_break, breathing;
static unsigned interrupts, urgent_interrupts, broken_rules; /* by ISRs of core 0 */

void check_load(int holds, const char *condition, const char *file, int line)
{
    if (!holds && wrong++ < 20)
        rt_kprintf("FAILED: %s:%d: %s\n", strrchr(file, '/') + 1, line, condition);
}

static struct rt_semaphore units, finished;
static atomic_uint given, taken;
static struct rt_mempool pool;
static rt_uint8_t pool_memory[BLOCKS * (BLOCK_SIZE + 4)];
static struct block {
    struct block *next;
} * to_free; /* by the ISR */
static struct rt_mutex mutexes[MUTEXES];
static unsigned counters[MUTEXES][2];
static atomic_uint counted;
static unsigned masked_counters[2];

/* --- interrupts --- */

static struct block *take_block(void)
{
    const rt_base_t level = rt_hw_interrupt_disable();
    struct block *const block = to_free;

    if (block != RT_NULL)
        to_free = block->next;
    rt_hw_interrupt_enable(level);
    return block;
}

static void on_device(int line, void *parameter)
{
    struct block *block;

    rt_interrupt_enter();
    interrupts++;
    while ((block = take_block()) != RT_NULL)
        rt_mp_free(block);
    if (interrupts % 64 == 0)
        rt_kprintf("isr %d: %u\n", line, interrupts);
    if (interrupts % 8 == 0 && rt_sem_release(&units) == RT_EOK)
        given++;
    traffic_isr(interrupts);
    if (interrupts % 200 == 100 || rules_to_break > 0) {
        broken_rules++;
        EXPECT(rt_malloc(16) == RT_NULL); /* the heap's lock is a mutex */
    }
    rt_interrupt_leave();
}

static void on_urgent(int line, void *parameter)
{
    rt_interrupt_enter();
    urgent_interrupts++;
    if (rt_sem_release(&units) == RT_EOK)
        given++;
    rt_interrupt_leave();
}

/* --- tasks --- */

static void use_units(unsigned self)
{
    if (self % 2 == 0) {
        if (rt_sem_release(&units) == RT_EOK)
            given++;
        rt_thread_delay(1 + self % 3);
    } else if (rt_sem_take(&units, self % 4 == 1 ? 3 : 20) == RT_EOK) {
        taken++;
    }
}

static void use_pool(unsigned self)
{
    unsigned char *const block = rt_mp_alloc(&pool, 5);

    if (block == RT_NULL)
        return;
    memset(block, (int)self, BLOCK_SIZE);
    sim_spend(20);
    for (unsigned i = 0; i < BLOCK_SIZE; i++)
        EXPECT(block[i] == self);
    if (self % 2 == 0) {
        rt_mp_free(block);
    } else {
        const rt_base_t level = rt_hw_interrupt_disable();

        ((struct block *)block)->next = to_free;
        to_free = (struct block *)block;
        rt_hw_interrupt_enable(level);
    }
}

/* Always two of them, in one order. */
static void use_mutexes(unsigned self)
{
    const unsigned first = sim_random(MUTEXES - 1);
    const unsigned second = first + 1 + sim_random(MUTEXES - 1 - first);

    if (rt_mutex_take(&mutexes[first], self % 3 == 0 ? 10 : RT_WAITING_FOREVER) != RT_EOK)
        return;
    counters[first][0]++;
    if (rt_mutex_take(&mutexes[second], RT_WAITING_FOREVER) == RT_EOK) {
        counters[second][0]++;
        sim_spend(10);
        counters[second][1]++;
        EXPECT(counters[second][0] == counters[second][1]);
        rt_mutex_release(&mutexes[second]);
        counted++;
    }
    counters[first][1]++;
    EXPECT(counters[first][0] == counters[first][1]);
    rt_mutex_release(&mutexes[first]);
    counted++;
    if (self % 5 == 0)
        rt_thread_delay(1);
}

static void use_heap(unsigned self)
{
    const unsigned size = 8 + sim_random(300);
    unsigned char *block = rt_malloc(size);

    if (block == RT_NULL)
        return;
    memset(block, (int)self, size);
    if (self % 2 == 0) {
        unsigned char *const larger = rt_realloc(block, 2 * size);

        block = larger != RT_NULL ? larger : block;
    }
    for (unsigned i = 0; i < size; i++)
        EXPECT(block[i] == self);
    rt_free(block);
}

/* The host's library: its locks are never held by a task that does not run. */
static void use_library(unsigned self)
{
    char *const text = malloc(16 + sim_random(3000));

    sprintf(text, "%u", self);
    printf("task %s, %u rounds\n", text, (unsigned)rounds[5]);
    free(text);
}

static void mask(unsigned self)
{
    for (unsigned i = 0; i < 20; i++) {
        const rt_base_t level = rt_hw_interrupt_disable();

        masked_counters[0]++;
        EXPECT(masked_counters[0] == masked_counters[1] + 1);
        masked_counters[1]++;
        rt_hw_interrupt_enable(level);
    }
    if (self % 2 == 0)
        rt_thread_yield();
}

static void ends(void *parameter)
{
    created++;
    rt_thread_delay(sim_random(2));
}

static void runs_on(void *parameter)
{
    volatile unsigned turns = 0;

    created++;
    for (;;)
        turns++;
}

/* Threads that end by themselves, or are suspended, resumed and deleted wherever they are. */
static void make_threads(unsigned self)
{
    rt_size_t used;

    rt_memory_info(RT_NULL, &used, RT_NULL);
    if (used > 200 * 1024) { /* the clean-up thread, which is not urgent, is behind */
        rt_thread_delay(5);
        return;
    }
    const rt_thread_t thread =
        rt_thread_create("short", self % 2 == 0 ? ends : runs_on, RT_NULL, 512, 22, SLICE);

    if (thread == RT_NULL)
        return;
    rt_thread_startup(thread);
    if (self % 2 == 0)
        return;
    rt_thread_delay(1);
    rt_thread_suspend(thread);
    rt_thread_delay(sim_random(2));
    rt_thread_resume(thread);
    rt_thread_delay(sim_random(2));
    EXPECT(rt_thread_delete(thread) == RT_EOK);
}

static void (*const kinds[KINDS])(unsigned) = {use_units,    use_pool,    use_mutexes,  use_heap,
                                               mask,         use_library, make_threads, use_mailbox,
                                               use_messages, use_events,  use_timers};

static void works(void *parameter)
{
    const unsigned self = (unsigned)(rt_ubase_t)parameter;
    const unsigned kind = self % KINDS;

    while (!stopping) {
        kinds[kind](self / KINDS);
        rounds[kind]++;
        if (sim_random(50) == 0)
            rt_thread_delay(1);
        while (breathing)
            rt_thread_delay(1);
    }
    rt_sem_release(&finished);
}

/* --- the run --- */

static void set_up(void)
{
    rt_sem_init(&units, "units", 5, RT_IPC_FLAG_PRIO);
    rt_sem_init(&finished, "done", 0, RT_IPC_FLAG_FIFO);
    rt_mp_init(&pool, "pool", pool_memory, sizeof pool_memory, BLOCK_SIZE);
    for (unsigned i = 0; i < MUTEXES; i++)
        rt_mutex_init(&mutexes[i], "mutex", RT_IPC_FLAG_PRIO);
    traffic_set_up();
    rt_hw_interrupt_install(DEVICE, on_device, RT_NULL, "device");
    rt_hw_interrupt_install(URGENT, on_urgent, RT_NULL, "urgent");
    rt_hw_interrupt_set_priority(URGENT, 10);
    rt_hw_interrupt_umask(DEVICE);
    rt_hw_interrupt_umask(URGENT);
}

static void check_counts(void)
{
    struct heap_fault fault;
    unsigned sum = 0;
    struct block *block;

    while ((block = take_block()) != RT_NULL)
        rt_mp_free(block);
    for (unsigned i = 0; i < MUTEXES; i++)
        sum += counters[i][1];
    EXPECT(sum == counted);
    EXPECT(5 + given == taken + units.semaphore.count);
    EXPECT(masked_counters[0] == masked_counters[1]);
    for (unsigned i = 0; i < BLOCKS; i++)
        EXPECT(rt_mp_alloc(&pool, 0) != RT_NULL);
    EXPECT(rt_mp_alloc(&pool, 0) == RT_NULL);
    EXPECT(kernel.system_heap.ops->check(&kernel.system_heap, &fault));
    traffic_check();
    for (unsigned i = 0; i < KINDS; i++)
        EXPECT(rounds[i] > 0);
    EXPECT(interrupts > 0 && urgent_interrupts > 0 && created > 0);
}

/* At any moment. Returns how often it looked. */
static unsigned check_records(void)
{
    static unsigned looks;

    wrong += kernel_faults() + traffic_faults() + semaphore_faults(&units.semaphore);
    return ++looks;
}

int main(int argc, char **argv)
{
    const unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
    rt_size_t used_before, used_after;

    set_up();
    rt_memory_info(RT_NULL, &used_before, RT_NULL);
    for (unsigned i = 0; i < TASKS; i++)
        rt_thread_startup(rt_thread_create("work", works, (void *)(rt_ubase_t)i, 512,
                                           (rt_uint8_t)(20 + i / KINDS % 2), SLICE));
    sim_device(DEVICE, 50, 50, 20, 0);
    sim_device(URGENT, 100, 330, 100, 0);
    while (sim_time_us() < seconds * 1000000ull) {
        rt_thread_delay(50);
        breathing = 1; /* the clean-up thread, too */
        rt_thread_delay(5);
        breathing = 0;
        check_records();
    }
    if (argc > 2 && strcmp(argv[2], "exit") == 0)
        exit(7);
    if (argc > 2)
        rules_to_break = 1;
    while (rules_to_break > 0)
        rt_thread_delay(1);
    stopping = 1;
    for (unsigned i = 0; i < TASKS; i++)
        EXPECT(rt_sem_take(&finished, RT_WAITING_FOREVER) == RT_EOK);
    sim_device_stop(DEVICE);
    sim_device_stop(URGENT);
    do { /* the last threads end, and are cleaned up */
        rt_thread_delay(10);
        rt_memory_info(RT_NULL, &used_after, RT_NULL);
    } while (used_after != used_before && sim_time_us() < (seconds + 10) * 1000000ull);
    check_counts();
    const unsigned looks = check_records();
    EXPECT(used_after == used_before);
    fprintf(stderr,
            "%u interrupts, %u urgent, %u rules broken, %u threads made, %u looks at all records, "
            "%u wrong; rounds",
            interrupts, urgent_interrupts, broken_rules, (unsigned)created, looks, (unsigned)wrong);
    for (unsigned i = 0; i < KINDS; i++)
        fprintf(stderr, " %u", (unsigned)rounds[i]);
    fprintf(stderr, "\n");
    return wrong == 0 ? 0 : 1;
}
