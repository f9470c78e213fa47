/*
 * Loads of one kind each, for what the race detector costs at its worst: nothing but memory
 * accesses, copies, calls, masked sections, volatile or atomic words, or switches between tasks.
 */
#include <rthw.h>
#include <rtthread.h>

#include <string.h>

enum { WORDS = 4096, TASKS = 4 };

static struct rt_semaphore done, ping, pong;
static rt_uint32_t words[TASKS][WORDS];
static volatile rt_uint32_t word;
static rt_uint32_t counter;
static rt_mutex_t lock;

static void walks(rt_uint32_t *own)
{
    for (int round = 0; round < 100; round++)
        for (int i = 1; i < WORDS; i++)
            own[i] += own[i - 1];
}

static void copies(rt_uint32_t *own)
{
    for (int round = 0; round < 400; round++)
        memcpy(own, own + WORDS / 2, WORDS / 2 * sizeof *own);
}

static void copies_a_little(rt_uint32_t *own)
{
    for (int round = 0; round < 200000; round++)
        memcpy(own + round % 1000, own + 2000, 24);
}

static __attribute__((noinline)) rt_uint32_t deep(rt_uint32_t *own, int depth)
{
    if (depth == 0)
        return ++*own;
    return deep(own, depth - 1) + 1;
}

static void calls(rt_uint32_t *own)
{
    for (int round = 0; round < 20000; round++)
        deep(own, round % 20);
}

static void masks(rt_uint32_t *own)
{
    for (int round = 0; round < 100000; round++) {
        const rt_base_t level = rt_hw_interrupt_disable();

        counter++;
        rt_hw_interrupt_enable(level);
    }
}

static void locks(rt_uint32_t *own)
{
    for (int round = 0; round < 50000; round++) {
        rt_mutex_take(lock, RT_WAITING_FOREVER);
        counter++;
        rt_mutex_release(lock);
    }
}

static void polls(rt_uint32_t *own)
{
    for (int round = 0; round < 200000; round++)
        if (word != 0)
            break;
}

static void counts_volatile(rt_uint32_t *own)
{
    static volatile rt_uint32_t mine[TASKS * 16];
    const int task = (int)((own - words[0]) / WORDS);

    for (int round = 0; round < 200000; round++)
        mine[task * 16]++;
}

static void counts_atomic(rt_uint32_t *own)
{
    for (int round = 0; round < 200000; round++)
        __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED);
}

static void allocates(rt_uint32_t *own)
{
    for (int round = 0; round < 50000; round++) {
        char *const block = rt_malloc(64);

        block[0] = 1;
        rt_free(block);
    }
}

static void plays(rt_uint32_t *own)
{
    const rt_bool_t first = (own - words[0]) % (2 * WORDS) == 0;

    for (int round = 0; round < 20000; round++) {
        rt_sem_take(first ? &ping : &pong, RT_WAITING_FOREVER);
        rt_sem_release(first ? &pong : &ping);
    }
}

static const struct {
    const char *name;
    void (*run)(rt_uint32_t *own);
} loads[] = {{"walks", walks},
             {"copies", copies},
             {"copies_a_little", copies_a_little},
             {"calls", calls},
             {"masks", masks},
             {"locks", locks},
             {"polls", polls},
             {"counts_volatile", counts_volatile},
             {"counts_atomic", counts_atomic},
             {"allocates", allocates},
             {"plays", plays}};

static void (*chosen)(rt_uint32_t *own);

static void task(void *argument)
{
    chosen(words[(rt_ubase_t)argument]);
    rt_sem_release(&done);
}

int main(int argc, char **argv)
{
    for (unsigned i = 0; i < sizeof loads / sizeof loads[0]; i++)
        if (argc == 2 && strcmp(argv[1], loads[i].name) == 0)
            chosen = loads[i].run;
    if (chosen == RT_NULL)
        return 1;
    rt_sem_init(&done, "done", 0, RT_IPC_FLAG_FIFO);
    rt_sem_init(&ping, "ping", 1, RT_IPC_FLAG_FIFO);
    rt_sem_init(&pong, "pong", 0, RT_IPC_FLAG_FIFO);
    lock = rt_mutex_create("lock", RT_IPC_FLAG_PRIO);
    for (int i = 0; i < TASKS; i++)
        rt_thread_startup(rt_thread_create("load", task, (void *)(rt_ubase_t)i, 1024, 15, 5));
    for (int i = 0; i < TASKS; i++)
        rt_sem_take(&done, RT_WAITING_FOREVER);
    return 0;
}
