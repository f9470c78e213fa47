/*
 * The rules of interrupts: what may not be called from where, each broken once if you ask for it.
 *
 *   isr_rules                        lists the rules
 *   isr_rules rule=malloc_in_isr     breaks one: the run stops and names the call, the line of
 *                                    source, the interrupt and what to do instead (exit 3)
 *   isr_rules rule=none              does in an ISR what is allowed there
 *   isr_rules --on-violation=return rule=all    breaks all, one after the other
 *
 * What to learn here:
 * - An ISR has no thread of its own, so it can't wait; a lock that a thread holds can't be had. The
 * heap, mutexes, and whatever makes or deletes objects are for threads.
 * - A thread with interrupts off, or with the scheduler locked, can't wait either: nobody else
 * could run. The idle thread must always be able to run.
 * - Semaphores can be given, pool blocks be taken and freed, threads be resumed from anywhere.
 *
 * The check at the end, after rule=all: each call was refused with its error, and the heap holds
 * what it held before.
 */
#include <rthw.h>
#include <rtthread.h>

#include <string.h>

#include "heapsim.h"

#define LINE 7

static rt_sem_t empty;
static rt_mutex_t mutex;
static rt_mp_t pool;
static struct rt_memheap memheap, late_memheap;
static rt_uint8_t memheap_memory[1024], late_memory[1024];
static void *block;

/* Each returns RT_TRUE if the call was refused. */

static rt_bool_t calls_malloc(void)
{
    return rt_malloc(16) == RT_NULL;
}

static rt_bool_t calls_free(void)
{
    rt_free(block); /* stays a block: a second rt_free of it, in the main thread, is right */
    return RT_TRUE;
}

static rt_bool_t creates(void)
{
    return rt_sem_create("late", 0, RT_IPC_FLAG_FIFO) == RT_NULL;
}

static rt_bool_t waits(void)
{
    return rt_sem_take(empty, 10) == -RT_ERROR;
}

static rt_bool_t waits_for_block(void)
{
    return rt_mp_alloc(pool, 10) == RT_NULL;
}

static rt_bool_t sleeps(void)
{
    return rt_thread_delay(1) != RT_EOK;
}

static rt_bool_t takes_mutex(void)
{
    return rt_mutex_take(mutex, RT_WAITING_NO) == -RT_ERROR;
}

static rt_bool_t uses_memheap(void)
{
    return rt_memheap_alloc(&memheap, 16) == RT_NULL;
}

static rt_bool_t makes_memheap(void)
{
    return rt_memheap_init(&late_memheap, "late", late_memory, sizeof late_memory) == -RT_ERROR;
}

/* What an ISR may do. */
static rt_bool_t behaves(void)
{
    rt_sem_release(empty);
    return rt_sem_trytake(empty) == RT_EOK && rt_mp_alloc(pool, RT_WAITING_NO) == RT_NULL;
}

enum place { IN_ISR, MASKED, LOCKED, IDLE };

static const struct rule {
    const char *name;
    enum place place;
    rt_bool_t (*call)(void);
    const char *text;
} rules[] = {
    {"malloc_in_isr", IN_ISR, calls_malloc, "rt_malloc in an ISR"},
    {"free_in_isr", IN_ISR, calls_free, "rt_free in an ISR"},
    {"create_in_isr", IN_ISR, creates, "rt_sem_create in an ISR"},
    {"wait_in_isr", IN_ISR, waits, "rt_sem_take in an ISR, with a time limit"},
    {"pool_wait_in_isr", IN_ISR, waits_for_block, "rt_mp_alloc in an ISR, with a time limit"},
    {"sleep_in_isr", IN_ISR, sleeps, "rt_thread_delay in an ISR"},
    {"mutex_in_isr", IN_ISR, takes_mutex, "rt_mutex_take in an ISR, even without waiting"},
    {"memheap_in_isr", IN_ISR, uses_memheap, "rt_memheap_alloc in an ISR"},
    {"memheap_made_in_isr", IN_ISR, makes_memheap, "rt_memheap_init in an ISR"},
    {"malloc_masked", MASKED, calls_malloc, "rt_malloc with interrupts off"},
    {"wait_masked", MASKED, waits, "rt_sem_take with interrupts off"},
    {"sleep_masked", MASKED, sleeps, "rt_thread_delay with interrupts off"},
    {"malloc_locked", LOCKED, calls_malloc, "rt_malloc with the scheduler locked"},
    {"wait_locked", LOCKED, waits, "rt_sem_take with the scheduler locked"},
    {"sleep_locked", LOCKED, sleeps, "rt_thread_delay with the scheduler locked"},
    {"wait_in_idle", IDLE, waits, "rt_sem_take in a hook of the idle thread"},
    {"sleep_in_idle", IDLE, sleeps, "rt_thread_delay in a hook of the idle thread"}};

#define RULES (sizeof rules / sizeof rules[0])

const struct sim_argument sim_arguments[] = {
    {"rule",
     "list|none|all|malloc_in_isr|free_in_isr|create_in_isr|wait_in_isr|pool_wait_in_isr|"
     "sleep_in_isr|mutex_in_isr|memheap_in_isr|memheap_made_in_isr|malloc_masked|wait_masked|"
     "sleep_masked|malloc_locked|wait_locked|sleep_locked|wait_in_idle|sleep_in_idle",
     "list", "the rule to break"},
    {0}};

static rt_bool_t (*volatile due)(void);
static rt_bool_t refused;

static void run_due(void)
{
    rt_bool_t (*call)(void) = due;

    if (call == RT_NULL)
        return;
    due = RT_NULL;
    refused = call();
}

static void isr(int line, void *parameter)
{
    rt_interrupt_enter();
    run_due();
    rt_interrupt_leave();
}

static rt_bool_t breaks(enum place place, rt_bool_t (*call)(void))
{
    rt_base_t level;

    refused = RT_FALSE;
    if (place == IN_ISR) {
        due = call;
        sim_raise(LINE);
    } else if (place == MASKED) {
        level = rt_hw_interrupt_disable();
        refused = call();
        rt_hw_interrupt_enable(level);
    } else if (place == LOCKED) {
        rt_enter_critical();
        refused = call();
        rt_exit_critical();
    } else {
        due = call;
        rt_thread_idle_sethook(run_due);
        rt_thread_delay(2);
        rt_thread_idle_delhook(run_due);
    }
    return refused;
}

static void set_up(void)
{
    empty = rt_sem_create("empty", 0, RT_IPC_FLAG_FIFO);
    mutex = rt_mutex_create("mutex", RT_IPC_FLAG_PRIO);
    pool = rt_mp_create("pool", 1, 32);
    rt_mp_alloc(pool, RT_WAITING_NO);
    rt_memheap_init(&memheap, "memheap", memheap_memory, sizeof memheap_memory);
    rt_hw_interrupt_install(LINE, isr, RT_NULL, "device");
    block = rt_malloc(100);
}

int main(void)
{
    const char *wanted = sim_argument("rule");
    rt_size_t before, after;
    rt_uint32_t wrong = 0, broken = 0, i;

    rt_thread_delay(1);
    set_up();
    rt_memory_info(RT_NULL, &before, RT_NULL);
    wrong += !breaks(IN_ISR, behaves);
    for (i = 0; i < RULES; i++) {
        const struct rule *rule = &rules[i];

        if (strcmp(wanted, "list") == 0) {
            rt_kprintf("%-20s %s\n", rule->name, rule->text);
        } else if (strcmp(wanted, "all") == 0 || strcmp(wanted, rule->name) == 0) {
            broken++;
            if (!breaks(rule->place, rule->call)) {
                rt_kprintf("%s was not refused\n", rule->name);
                wrong++;
            }
        }
    }
    rt_memory_info(RT_NULL, &after, RT_NULL);
    rt_free(block);
    if (strcmp(wanted, "list") != 0)
        rt_kprintf("%u rules broken, %u calls not answered as they should be\n", broken, wrong);
    if (wrong != 0 || after != before) {
        rt_kprintf("FAILED: %lu bytes of heap before, %lu after\n", (unsigned long)before,
                   (unsigned long)after);
        return 1;
    }
    return 0;
}
