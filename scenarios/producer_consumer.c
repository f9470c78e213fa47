/*
 * Producer and consumer: an interrupt fills blocks of a memory pool, threads empty them.
 *
 * What to learn here:
 * - An ISR may take a pool block only without waiting (RT_WAITING_NO), and must cope with none.
 * - A thread that finds the pool empty is suspended until a block comes back; the block is not
 * reserved for it, so a faster thread may take it.
 * - A semaphore counts what is ready for the consumers; the list of blocks is shared with the ISR,
 * so interrupts are off around it. In the ISR, too: a thread on another core may be at it (--races
 * shows it, with --cores 2 and without that).
 * - A thread's figures are read when it has said that it is done with them, not after a while.
 *
 * The check at the end: every sample the interrupt produced was consumed once, with its contents,
 * and pool and heap have back what was taken from them.
 */
#include <rthw.h>
#include <rtthread.h>

#include "heapsim.h"

#define SENSOR_LINE 5
#define SAMPLES     200
#define BLOCKS      8
#define WORKERS     3

struct sample {
    rt_uint32_t number;
    rt_uint32_t check;
    struct sample *next;
};

static struct rt_mempool pool;
static rt_uint8_t pool_memory[BLOCKS * (RT_ALIGN(sizeof(struct sample), RT_ALIGN_SIZE) + 4)];
static struct rt_semaphore filled;
static rt_sem_t done, ended;

static struct sample *first, *last; /* between the ISR and the workers */
static rt_uint32_t produced, dropped;
static rt_uint32_t consumed[WORKERS], wrong, total, lines;
static volatile rt_bool_t stopping;

static void sensor_isr(int vector, void *parameter)
{
    struct sample *sample;
    rt_base_t level;

    rt_interrupt_enter();
    sample = rt_mp_alloc(&pool, RT_WAITING_NO);
    if (sample == RT_NULL) {
        level = rt_hw_interrupt_disable();
        dropped++;
        rt_hw_interrupt_enable(level);
    } else {
        sample->number = produced++;
        sample->check = ~sample->number;
        sample->next = RT_NULL;
        level = rt_hw_interrupt_disable();
        if (last == RT_NULL)
            first = sample;
        else
            last->next = sample;
        last = sample;
        rt_hw_interrupt_enable(level);
        rt_sem_release(&filled);
    }
    rt_interrupt_leave();
}

static struct sample *take_sample(void)
{
    rt_base_t level = rt_hw_interrupt_disable();
    struct sample *sample = first;

    first = sample->next;
    if (first == RT_NULL)
        last = RT_NULL;
    rt_hw_interrupt_enable(level);
    return sample;
}

static void worker(void *parameter)
{
    const rt_ubase_t self = (rt_ubase_t)parameter;

    for (;;) {
        struct sample *sample;
        rt_base_t level;
        rt_uint32_t mine;

        rt_sem_take(&filled, RT_WAITING_FOREVER);
        if (stopping)
            break;
        sample = take_sample();
        sim_spend(20 + sim_random(60)); /* the work on it */
        if (sample->check != ~sample->number)
            wrong++;
        rt_mp_free(sample);
        consumed[self]++;
        level = rt_hw_interrupt_disable();
        mine = ++total; /* compared outside, `total` could pass the mark unseen on another core */
        rt_hw_interrupt_enable(level);
        if (mine == SAMPLES)
            rt_sem_release(done);
        if (sim_random(3) == 0)
            rt_thread_delay(1); /* the less urgent ones get their turn */
    }
    rt_sem_release(ended);
}

/* Takes pool blocks too, waiting for them, and writes what it saw into blocks of the heap. */
static void logger(void *parameter)
{
    while (!stopping) {
        struct sample *held = rt_mp_alloc(&pool, RT_WAITING_FOREVER);
        char *line = rt_malloc(32 + sim_random(100));

        if (line != RT_NULL) {
            rt_memset(line, 'x', 32);
            sim_spend(30);
            rt_free(line);
        }
        lines++;
        rt_mp_free(held);
        rt_thread_delay(1 + sim_random(2));
    }
    rt_sem_release(ended);
}

int main(void)
{
    static const char *const names[WORKERS] = {"urgent", "normal", "idle"};
    rt_thread_t thread;
    rt_size_t used_before, used_after;
    struct sample *all[BLOCKS];
    rt_uint32_t sum = 0, lost, i;
    rt_base_t level;

    rt_mp_init(&pool, "samples", pool_memory, sizeof pool_memory, sizeof(struct sample));
    rt_sem_init(&filled, "filled", 0, RT_IPC_FLAG_PRIO);
    done = rt_sem_create("done", 0, RT_IPC_FLAG_FIFO);
    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_FIFO);
    rt_memory_info(RT_NULL, &used_before, RT_NULL);

    for (i = 0; i < WORKERS; i++) {
        thread = rt_thread_create(names[i], worker, (void *)(rt_ubase_t)i, 1024,
                                  (rt_uint8_t)(12 + 2 * i), 5);
        rt_thread_startup(thread);
    }
    thread = rt_thread_create("log", logger, RT_NULL, 1024, 15, 5);
    rt_thread_startup(thread);

    rt_hw_interrupt_install(SENSOR_LINE, sensor_isr, RT_NULL, "sensor");
    sim_device(SENSOR_LINE, 50, 40, 60, 0);
    rt_sem_take(done, RT_WAITING_FOREVER);
    rt_hw_interrupt_mask(SENSOR_LINE);
    rt_thread_mdelay(20); /* what is under way comes to its end */

    stopping = RT_TRUE; /* the threads end by themselves; the idle thread gives their memory back */
    for (i = 0; i < WORKERS; i++)
        rt_sem_release(&filled);
    for (i = 0; i < WORKERS + 1; i++)
        rt_sem_take(ended, RT_WAITING_FOREVER);
    rt_thread_mdelay(20);
    rt_memory_info(RT_NULL, &used_after, RT_NULL);
    for (i = 0; i < WORKERS; i++)
        sum += consumed[i];
    level = rt_hw_interrupt_disable(); /* as the ISR counts */
    lost = dropped;
    rt_hw_interrupt_enable(level);
    for (i = 0; i < BLOCKS; i++)
        all[i] = rt_mp_alloc(&pool, RT_WAITING_NO);

    rt_kprintf("%u samples, %u dropped; consumed %u + %u + %u; %u lines logged\n", produced, lost,
               consumed[0], consumed[1], consumed[2], lines);
    if (sum != produced || wrong != 0 || used_after != used_before || all[BLOCKS - 1] == RT_NULL ||
        lines == 0) {
        rt_kprintf("FAILED: sum %u, wrong %u, heap %lu before and %lu after\n", sum, wrong,
                   (unsigned long)used_before, (unsigned long)used_after);
        return 1;
    }
    return 0;
}
