/*
 * What dynamic objects cost the heap: the requests, in their order, at the addresses where
 * RT-Thread 5.2 has them on a 32-bit board. The table of sizes is measured (one line a name length,
 * given with --heap rt-small-mem:name_max=N); threads are 8 bytes larger on several cores.
 */
#include "check.h"

enum { LOG_MAX = 64, HEADER = 16, ALIGN_SIZE = 8 };

static const struct sizes {
    tsize_t name_max;
    rt_size_t thread, sem, mutex, event, mailbox, queue, timer, pool;
} sizes_by_name[] = {{8, 148, 36, 48, 36, 52, 64, 44, 56},
                     {12, 156, 40, 52, 40, 56, 68, 48, 60},
                     {16, 164, 44, 56, 44, 60, 72, 52, 64}};

static struct sizes sizes;

/* The log: blocks asked for have a size, blocks given back have none. */
static struct entry {
    void *block;
    rt_size_t size;
    char by[TASK_NAME_MAX]; /* the task */
} entries[LOG_MAX];
static unsigned count;

static void note(void *block, rt_size_t size)
{
    if (count == LOG_MAX)
        return;
    entries[count].block = block;
    entries[count].size = size;
    rt_memcpy(entries[count].by, task_self()->name, sizeof entries[count].by);
    count++;
}

static void on_malloc(void **block, rt_size_t size)
{
    note(*block, size);
}

static void on_free(void **block)
{
    note(*block, 0);
}

static void start_log(void)
{
    count = 0;
    rt_memset(entries, 0, sizeof entries);
    rt_malloc_sethook(on_malloc);
    rt_free_sethook(on_free);
}

static void stop_log(unsigned expected)
{
    rt_malloc_sethook(RT_NULL);
    rt_free_sethook(RT_NULL);
    CHECK_EQUAL(count, expected);
}

static rt_size_t rounded(rt_size_t size)
{
    return RT_ALIGN(size, ALIGN_SIZE);
}

/* The block that a request of `size` right behind `block`, of `before` bytes, gets. */
static void *behind(void *block, rt_size_t before)
{
    return (char *)block + rounded(before) + HEADER;
}

static void check_request(unsigned i, rt_size_t size, void *block)
{
    CHECK_EQUAL(entries[i].size, size);
    CHECK(entries[i].block == block);
}

static void check_return(unsigned i, void *block)
{
    CHECK_EQUAL(entries[i].size, 0);
    CHECK(entries[i].block == block);
}

/* Where the next block goes: the heap has no hole below what the cases allocate. */
static void *next_block(void)
{
    void *const block = rt_malloc(2000);

    rt_free(block);
    return block;
}

static void returns(void *unused)
{
}

/* --- objects --- */

static void semaphores_and_mutexes(void)
{
    void *const first = next_block();

    start_log();
    const rt_sem_t sem = rt_sem_create("sem", 0, RT_IPC_FLAG_FIFO);
    const rt_mutex_t mutex = rt_mutex_create("mutex", RT_IPC_FLAG_PRIO);
    rt_sem_delete(sem);
    rt_mutex_delete(mutex);
    stop_log(4);
    check_request(0, sizes.sem, first);
    check_request(1, sizes.mutex, behind(first, sizes.sem));
    check_return(2, first);
    check_return(3, behind(first, sizes.sem));
}

static void events_and_timers(void)
{
    void *const first = next_block();

    start_log();
    const rt_event_t event = rt_event_create("event", RT_IPC_FLAG_FIFO);
    const rt_timer_t timer = rt_timer_create("timer", returns, RT_NULL, 5, RT_TIMER_FLAG_PERIODIC);
    rt_timer_start(timer);
    rt_event_delete(event);
    rt_timer_delete(timer);
    stop_log(4);
    check_request(0, sizes.event, first);
    check_request(1, sizes.timer, behind(first, sizes.event));
    check_return(2, first);
    check_return(3, behind(first, sizes.event));
}

/* The object first, then its pool; back in the other order. */
static void check_two_parts(rt_size_t object, rt_size_t memory, void *first)
{
    stop_log(4);
    check_request(0, object, first);
    check_request(1, memory, behind(first, object));
    check_return(2, behind(first, object));
    check_return(3, first);
}

static void mailboxes_and_queues(void)
{
    static const struct {
        rt_size_t mails, mail_bytes, size, messages, message_bytes, prio_bytes;
    } table[] = {{5, 20, 13, 5, 120, 140}, {1, 4, 8, 1, 16, 20}, {65537, 4, 1, 65538, 32, 40}};
    void *const first = next_block();

    for (unsigned i = 0; i < COUNT(table); i++) {
        start_log();
        rt_mb_delete(rt_mb_create("box", table[i].mails, RT_IPC_FLAG_FIFO));
        check_two_parts(sizes.mailbox, table[i].mail_bytes, first);
        start_log();
        rt_mq_delete(rt_mq_create("queue", table[i].size, table[i].messages, RT_IPC_FLAG_FIFO));
        check_two_parts(sizes.queue, table[i].message_bytes, first);
        start_log();
        rt_mq_delete(rt_mq_create_prio("q", table[i].size, table[i].messages, RT_IPC_FLAG_FIFO));
        check_two_parts(sizes.queue, table[i].prio_bytes, first);
    }
    start_log();
    CHECK(rt_mb_create("empty", 65536, RT_IPC_FLAG_FIFO) == RT_NULL); /* asks for 0 bytes */
    CHECK(rt_mq_create("empty", 8, 0, RT_IPC_FLAG_FIFO) == RT_NULL);
    stop_log(6);
    check_request(0, sizes.mailbox, first);
    check_request(3, sizes.queue, first);
}

static void pools(void)
{
    static const struct {
        rt_size_t count, size, bytes;
    } table[] = {{7, 13, 140}, {1, 1, 12}, {3, 32, 108}, {10, 100, 1080}};
    void *const first = next_block();

    for (unsigned i = 0; i < COUNT(table); i++) {
        start_log();
        const rt_mp_t pool = rt_mp_create("pool", table[i].count, table[i].size);
        void *const blocks = behind(first, sizes.pool);
        for (unsigned j = 0; j < table[i].count; j++)
            CHECK(rt_mp_alloc(pool, RT_WAITING_NO) ==
                  (char *)blocks + 4 + j * (rounded(table[i].size) + 4));
        CHECK(rt_mp_alloc(pool, RT_WAITING_NO) == RT_NULL);
        rt_mp_delete(pool);
        stop_log(4);
        check_request(0, sizes.pool, first);
        check_request(1, table[i].bytes, blocks);
        check_return(2, blocks);
        check_return(3, first);
    }
}

static void static_objects_cost_nothing(void)
{
    static struct rt_semaphore sem;
    static struct rt_mutex mutex;
    static struct rt_event event;
    static struct rt_mailbox mailbox;
    static struct rt_messagequeue queue;
    static struct rt_timer timer;
    static struct rt_mempool pool;
    static struct rt_thread thread;
    static rt_uint8_t memory[256], mails[16], messages[64];

    start_log();
    rt_sem_init(&sem, "sem", 0, RT_IPC_FLAG_FIFO);
    rt_mutex_init(&mutex, "mutex", RT_IPC_FLAG_PRIO);
    rt_event_init(&event, "event", RT_IPC_FLAG_PRIO);
    rt_mb_init(&mailbox, "mailbox", mails, 4, RT_IPC_FLAG_PRIO);
    rt_mq_init(&queue, "queue", messages, 8, sizeof messages, RT_IPC_FLAG_PRIO);
    rt_timer_init(&timer, "timer", returns, RT_NULL, 5, RT_TIMER_FLAG_SOFT_TIMER);
    rt_timer_start(&timer);
    rt_mp_init(&pool, "pool", memory, sizeof memory, 32);
    rt_thread_init(&thread, "thread", returns, RT_NULL, memory, sizeof memory, 20, 5);
    rt_thread_detach(&thread);
    rt_mp_detach(&pool);
    rt_event_detach(&event);
    rt_mb_detach(&mailbox);
    rt_mq_detach(&queue);
    rt_timer_detach(&timer);
    rt_mutex_detach(&mutex);
    rt_sem_detach(&sem);
    rt_thread_delay(2);
    stop_log(0);
}

/* --- threads --- */

static void check_freed_by_cleanup(void)
{
    const char *const cleaner = kernel.core_count > 1 ? "tsystem" : "tidle00";

    for (unsigned i = 0; i < count; i++)
        if (entries[i].size == 0)
            CHECK(strcmp(entries[i].by, cleaner) == 0);
}

static void a_thread_that_is_deleted(void)
{
    void *const first = next_block();

    start_log();
    const rt_thread_t thread = rt_thread_create("thread", returns, RT_NULL, 777, 20, 5);
    CHECK(thread->stack_addr == behind(first, sizes.thread));
    CHECK_EQUAL(thread->stack_size, 777);
    rt_thread_delete(thread);
    CHECK_EQUAL(count, 2); /* nothing is freed yet */
    rt_thread_delay(2);
    stop_log(4);
    check_request(0, sizes.thread, first);
    check_request(1, 777, behind(first, sizes.thread));
    check_return(2, behind(first, sizes.thread));
    check_return(3, first);
    check_freed_by_cleanup();
}

static void a_thread_that_returns(void)
{
    void *const first = next_block();

    start_log();
    rt_thread_startup(rt_thread_create("thread", returns, RT_NULL, 1024, 5, 5));
    rt_thread_delay(2);
    stop_log(4);
    check_request(0, sizes.thread, first);
    check_request(1, 1024, behind(first, sizes.thread));
    check_return(2, behind(first, sizes.thread));
    check_return(3, first);
    check_freed_by_cleanup();
}

/* Delete A, then B, then C: C goes first, each with its stack before its control block. */
static void last_ended_first_freed(void)
{
    rt_thread_t threads[3];
    void *blocks[6];

    start_log();
    for (unsigned i = 0; i < COUNT(threads); i++)
        threads[i] = rt_thread_create("thread", returns, RT_NULL, 256 + 64 * i, 20, 5);
    for (unsigned i = 0; i < COUNT(blocks); i++)
        blocks[i] = entries[i].block;
    const rt_base_t level = rt_hw_interrupt_disable(); /* the clean-up thread waits, too */
    for (unsigned i = 0; i < COUNT(threads); i++)
        rt_thread_delete(threads[i]);
    rt_hw_interrupt_enable(level);
    rt_thread_delay(3);
    stop_log(12);
    for (unsigned i = 0; i < COUNT(threads); i++) {
        check_return(6 + 2 * i, blocks[2 * (2 - i) + 1]);
        check_return(7 + 2 * i, blocks[2 * (2 - i)]);
    }
    check_freed_by_cleanup();
}

/* --- failures give back what they took --- */

static void no_room_for_the_second_part(void)
{
    rt_size_t total, used;

    rt_memory_info(&total, &used, RT_NULL);
    start_log();
    CHECK(rt_thread_create("thread", returns, RT_NULL, (rt_uint32_t)total, 20, 5) == RT_NULL);
    stop_log(3);
    CHECK_EQUAL(entries[0].size, sizes.thread);
    CHECK(entries[0].block != RT_NULL);
    check_request(1, total, RT_NULL);
    check_return(2, entries[0].block);
    start_log();
    CHECK(rt_mp_create("pool", total / 36, 32) == RT_NULL);
    stop_log(3);
    CHECK_EQUAL(entries[0].size, sizes.pool);
    check_request(1, total / 36 * 36, RT_NULL);
    check_return(2, entries[0].block);
}

static void no_room_at_all(void)
{
    rt_size_t total, used;

    rt_memory_info(&total, &used, RT_NULL);
    void *const rest = rt_malloc(total - used - HEADER - 24);
    CHECK(rest != RT_NULL);
    start_log();
    CHECK(rt_thread_create("thread", returns, RT_NULL, 100, 20, 5) == RT_NULL);
    CHECK(rt_sem_create("sem", 0, RT_IPC_FLAG_FIFO) == RT_NULL);
    CHECK(rt_mutex_create("mutex", RT_IPC_FLAG_PRIO) == RT_NULL);
    CHECK(rt_mp_create("pool", 1, 8) == RT_NULL);
    CHECK(rt_event_create("event", RT_IPC_FLAG_FIFO) == RT_NULL);
    CHECK(rt_mb_create("box", 1, RT_IPC_FLAG_FIFO) == RT_NULL);
    CHECK(rt_mq_create("queue", 1, 1, RT_IPC_FLAG_FIFO) == RT_NULL);
    CHECK(rt_timer_create("timer", returns, RT_NULL, 1, 0) == RT_NULL);
    stop_log(8);
    for (unsigned i = 0; i < count; i++)
        CHECK(entries[i].block == RT_NULL);
    rt_free(rest);
}

static const struct test_case cases[] = {
    {"semaphores and mutexes", semaphores_and_mutexes},
    {"events and timers", events_and_timers},
    {"mailboxes and queues", mailboxes_and_queues},
    {"pools", pools},
    {"static objects cost nothing", static_objects_cost_nothing},
    {"a thread that is deleted", a_thread_that_is_deleted},
    {"a thread that returns", a_thread_that_returns},
    {"last ended, first freed", last_ended_first_freed},
    {"no room for the second part", no_room_for_the_second_part},
    {"no room at all", no_room_at_all},
};

/* The start: the main thread's control block and stack are the heap's first blocks. */
static void check_start(void)
{
    const tsize_t block = (tsize_t)(sizes.name_max + 2 + 3) / 4 * 4 + 8 + 36;
    char *const first = (char *)0x20000000 + rounded(block) + HEADER;
    rt_size_t used;

    rt_memory_info(RT_NULL, &used, RT_NULL);
    CHECK_EQUAL(used, rounded(sizes.thread) + rounded(2048) + 2 * HEADER);
    CHECK(rt_thread_self()->charge.object == first);
    CHECK(rt_thread_self()->stack_addr == behind(first, sizes.thread));
}

int main(void)
{
    const int option = heap_option_index(kernel.heap_config.ops, "name_max");

    for (unsigned i = 0; i < COUNT(sizes_by_name); i++)
        if (sizes_by_name[i].name_max == kernel.heap_config.option[option])
            sizes = sizes_by_name[i];
    if (kernel.core_count > 1)
        sizes.thread += 8;
    check_start();
    return run_cases(cases, COUNT(cases));
}
