/*
 * Memory pools that wait: who gets a block that comes back, for how long a thread waits, what
 * deletion answers. Runs as RT-Thread 5.2 and, with --rtthread 5.0.2, as the older one, whose
 * waiters leave last in, first out, and get a negative error at deletion.
 */
#include "check.h"

enum { BLOCK = 24, STRIDE = BLOCK + 4, BLOCKS = 4, LINE = 9 };

static struct rt_mempool pool;
static rt_uint8_t memory[BLOCKS * STRIDE + RT_ALIGN_SIZE];
static void *held[BLOCKS];

static bool is_old(void)
{
    return kernel.rtthread.release < HEAP_VERSION(5, 1, 0);
}

static void open_pool(unsigned blocks)
{
    const rt_size_t size = RT_ALIGN(blocks * STRIDE, RT_ALIGN_SIZE); /* else it is rounded down */

    CHECK_EQUAL(rt_mp_init(&pool, "pool", memory, size, BLOCK), RT_EOK);
}

/* A pool with no block left. */
static void open_empty(unsigned blocks)
{
    open_pool(blocks);
    for (unsigned i = 0; i < blocks; i++) {
        held[i] = rt_mp_alloc(&pool, RT_WAITING_NO);
        CHECK(held[i] != RT_NULL);
    }
}

static void close_pool(void)
{
    CHECK_EQUAL(rt_mp_detach(&pool), RT_EOK);
}

struct waiter {
    char letter;
    rt_int32_t timeout;
    void *block;
    rt_err_t error;
    rt_tick_t waited;
};

/* Takes a block, keeps it a tick, and gives it back. */
static void waits(void *argument)
{
    struct waiter *const self = argument;
    const rt_tick_t start = rt_tick_get();

    rt_set_errno(RT_EOK);
    self->block = rt_mp_alloc(&pool, self->timeout);
    self->error = rt_get_errno();
    self->waited = rt_tick_get() - start;
    mark(self->letter);
    if (self->block != RT_NULL) {
        rt_thread_delay(1);
        rt_mp_free(self->block);
    }
}

/* --- blocks --- */

static void last_freed_is_first_given(void)
{
    open_pool(3);
    void *const a = rt_mp_alloc(&pool, RT_WAITING_NO);
    void *const b = rt_mp_alloc(&pool, RT_WAITING_NO);
    CHECK(a == memory + 4);
    CHECK(b == memory + 4 + STRIDE);
    rt_mp_free(a);
    rt_mp_free(b);
    rt_mp_free(RT_NULL);
    CHECK(rt_mp_alloc(&pool, 5) == b);
    CHECK(rt_mp_alloc(&pool, RT_WAITING_FOREVER) == a);
    CHECK(rt_mp_alloc(&pool, RT_WAITING_NO) == memory + 4 + 2 * STRIDE);
    close_pool();
}

static void empty_without_waiting(void)
{
    open_empty(2);
    const rt_tick_t start = rt_tick_get();
    rt_set_errno(RT_EOK);
    CHECK(rt_mp_alloc(&pool, RT_WAITING_NO) == RT_NULL);
    CHECK_EQUAL(rt_get_errno(), -RT_ETIMEOUT);
    CHECK_EQUAL(rt_tick_get(), start);
    close_pool();
}

static void check_limits_are_exact(void)
{
    static const rt_int32_t limits[] = {1, 2, 3, 25, 300};

    open_empty(1);
    for (unsigned i = 0; i < COUNT(limits); i++) {
        align();
        const rt_tick_t start = rt_tick_get();
        rt_set_errno(RT_EOK);
        CHECK(rt_mp_alloc(&pool, limits[i]) == RT_NULL);
        CHECK_EQUAL(rt_tick_get() - start, limits[i]);
        CHECK_EQUAL(rt_get_errno(), -RT_ETIMEOUT);
    }
    close_pool();
}

static void limits_are_exact(void)
{
    idle_and_busy(check_limits_are_exact);
}

/* --- who is woken --- */

static void waiters_leave_in_order(void)
{
    static struct waiter waiters[3];

    open_empty(1);
    for (unsigned i = 0; i < COUNT(waiters); i++) {
        waiters[i] = (struct waiter){.letter = (char)('a' + i), .timeout = RT_WAITING_FOREVER};
        spawn(waits, &waiters[i], 14 - i); /* priorities do not count */
        rt_thread_delay(1);
    }
    rt_mp_free(held[0]);
    rt_thread_delay(10);
    for (unsigned i = 0; i < COUNT(waiters); i++)
        CHECK(waiters[i].block == held[0]);
    CHECK_ORDER(is_old() ? "cba" : "abc");
    close_pool();
}

/* One free wakes one waiter. */
static void a_free_wakes_one(void)
{
    static struct waiter waiters[2];

    open_empty(2);
    for (unsigned i = 0; i < COUNT(waiters); i++) {
        waiters[i] = (struct waiter){.letter = (char)('a' + i), .timeout = 30};
        spawn(waits, &waiters[i], 12);
        rt_thread_delay(1);
    }
    rt_mp_free(held[0]);
    rt_thread_delay(1);
    CHECK_ORDER(is_old() ? "b" : "a");
    rt_thread_delay(5); /* it gave the block back: the other one's turn */
    CHECK_ORDER(is_old() ? "a" : "b");
    close_pool();
}

/* The block is taken away before the woken one runs: it waits for the rest of its time only. */
static void check_the_rest_of_the_time(void)
{
    static struct waiter waiter;

    open_empty(1);
    waiter = (struct waiter){.letter = 'w', .timeout = 10};
    spawn(waits, &waiter, 12);
    for (unsigned i = 0; i < 3; i++) {
        rt_thread_delay(3);
        rt_mp_free(held[0]);
        CHECK(rt_mp_alloc(&pool, RT_WAITING_NO) == held[0]);
    }
    CHECK_ORDER("");
    rt_thread_delay(2);
    CHECK_ORDER("w");
    CHECK(waiter.block == RT_NULL);
    CHECK_EQUAL(waiter.waited, 10);
    CHECK_EQUAL(waiter.error, -RT_ETIMEOUT);
    close_pool();
}

static void the_rest_of_the_time(void)
{
    idle_and_busy(check_the_rest_of_the_time);
}

/* The same at the very tick at which its time is over. */
static void the_time_is_over_when_it_runs(void)
{
    static struct waiter waiter;

    open_empty(1);
    waiter = (struct waiter){.letter = 'w', .timeout = 4};
    spawn(waits, &waiter, 12);
    rt_thread_delay(3);
    rt_mp_free(held[0]);
    sim_spend(3000); /* main is more urgent: the waiter runs when its limit has passed */
    CHECK(rt_mp_alloc(&pool, RT_WAITING_NO) == held[0]);
    rt_thread_delay(1);
    CHECK_ORDER("w");
    CHECK(waiter.block == RT_NULL);
    CHECK_EQUAL(waiter.error, -RT_ETIMEOUT);
    close_pool();
}

/* A waiter that found the pool empty again goes behind the others (in the older one, before). */
static void the_loser_queues_again(void)
{
    static struct waiter waiters[2];

    open_empty(1);
    for (unsigned i = 0; i < COUNT(waiters); i++) {
        waiters[i] = (struct waiter){.letter = (char)('a' + i), .timeout = RT_WAITING_FOREVER};
        spawn(waits, &waiters[i], 12);
        rt_thread_delay(1);
    }
    rt_mp_free(held[0]);
    CHECK(rt_mp_alloc(&pool, RT_WAITING_NO) == held[0]);
    rt_thread_delay(1);
    CHECK_ORDER("");
    rt_mp_free(held[0]);
    rt_thread_delay(10);
    CHECK_ORDER("ba");
    close_pool();
}

static void a_resumed_one_tries_again(void)
{
    static struct waiter waiter;

    open_empty(1);
    waiter = (struct waiter){.letter = 'w', .timeout = 10};
    const rt_thread_t thread = spawn(waits, &waiter, 5);
    rt_thread_delay(4);
    CHECK_EQUAL(rt_thread_resume(thread), RT_EOK);
    CHECK_ORDER("");
    rt_thread_delay(8);
    CHECK_ORDER("w");
    CHECK_EQUAL(waiter.waited, 10);
    CHECK_EQUAL(waiter.error, -RT_ETIMEOUT);
    close_pool();
}

/* --- interrupts --- */

static void *isr_block;
static rt_err_t isr_error;

static void allocates(int line, void *unused)
{
    rt_interrupt_enter();
    isr_block = rt_mp_alloc(&pool, RT_WAITING_NO);
    isr_error = rt_get_errno();
    rt_interrupt_leave();
}

static void frees(int line, void *unused)
{
    rt_interrupt_enter();
    mark('(');
    rt_mp_free(held[0]);
    mark(')');
    rt_interrupt_leave();
}

static void alloc_in_an_isr(void)
{
    open_pool(1);
    rt_set_errno(RT_EOK);
    rt_hw_interrupt_install(LINE, allocates, RT_NULL, "alloc");
    sim_raise(LINE);
    CHECK(isr_block == memory + 4);
    sim_raise(LINE);
    CHECK(isr_block == RT_NULL);
    CHECK_EQUAL(isr_error, -RT_ETIMEOUT);
    CHECK_EQUAL(rt_get_errno(), RT_EOK); /* the interrupted thread's is its own */
    rt_hw_interrupt_mask(LINE);
    close_pool();
}

static void free_in_an_isr(void)
{
    static struct waiter waiter;

    open_empty(1);
    waiter = (struct waiter){.letter = 'w', .timeout = RT_WAITING_FOREVER};
    spawn(waits, &waiter, 5);
    rt_hw_interrupt_install(LINE, frees, RT_NULL, "free");
    mark('1');
    sim_raise(LINE);
    mark('2');
    CHECK_ORDER("1()w2");
    CHECK(waiter.block == held[0]);
    rt_hw_interrupt_mask(LINE);
    rt_thread_delay(3);
    close_pool();
}

/* --- the end of a pool --- */

static void check_ended(const struct waiter *waiters, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        CHECK(waiters[i].block == RT_NULL);
        CHECK_EQUAL(waiters[i].error, is_old() ? -RT_ERROR : RT_ERROR);
    }
}

static void detach_wakes_all(void)
{
    static struct waiter waiters[3];

    open_empty(1);
    for (unsigned i = 0; i < COUNT(waiters); i++) {
        waiters[i] = (struct waiter){.letter = (char)('a' + i), .timeout = i == 1 ? 50 : -1};
        spawn(waits, &waiters[i], 14 - i);
        rt_thread_delay(1);
    }
    close_pool();
    rt_thread_delay(1);
    CHECK_ORDER("cba"); /* as urgent as they are */
    check_ended(waiters, COUNT(waiters));
}

static rt_mp_t made;

static void waits_for_made(void *argument)
{
    struct waiter *const self = argument;

    self->block = rt_mp_alloc(made, self->timeout);
    self->error = rt_get_errno();
}

static void delete_wakes_all(void)
{
    static struct waiter waiters[2];

    made = rt_mp_create("made", 2, 20);
    CHECK(rt_mp_alloc(made, RT_WAITING_NO) != RT_NULL);
    CHECK(rt_mp_alloc(made, RT_WAITING_NO) != RT_NULL);
    for (unsigned i = 0; i < COUNT(waiters); i++) {
        waiters[i] = (struct waiter){.timeout = RT_WAITING_FOREVER};
        spawn(waits_for_made, &waiters[i], i == 0 ? 5 : 12);
    }
    rt_thread_delay(1);
    CHECK_EQUAL(rt_mp_detach(made), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    CHECK_EQUAL(rt_mp_delete(made), RT_EOK);
    rt_thread_delay(1);
    check_ended(waiters, COUNT(waiters));
}

static void dead_ones_are_diagnosed(void)
{
    static struct rt_mempool never;

    open_pool(1);
    void *const block = rt_mp_alloc(&pool, RT_WAITING_NO);
    CHECK_EQUAL(rt_mp_delete(&pool), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
    close_pool();
    rt_mp_free(block);
    CHECK(diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1));
    rt_mp_t const dead[] = {&pool, &never, RT_NULL};
    for (unsigned i = 0; i < COUNT(dead); i++) {
        CHECK(rt_mp_alloc(dead[i], RT_WAITING_NO) == RT_NULL);
        CHECK(rt_mp_alloc(dead[i], RT_WAITING_FOREVER) == RT_NULL);
        CHECK_EQUAL(rt_mp_detach(dead[i]), -RT_ERROR);
        CHECK_EQUAL(rt_mp_delete(dead[i]), -RT_ERROR);
        CHECK(diagnosed(DIAGNOSIS_OBJECT, 4));
    }
    CHECK_EQUAL(rt_mp_init(RT_NULL, "null", memory, sizeof memory, BLOCK), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_OBJECT, 1));
}

/* --- misuse, hooks --- */

static void bad_frees_change_nothing(void)
{
    static struct waiter waiter;

    open_empty(2);
    waiter = (struct waiter){.letter = 'w', .timeout = 20};
    rt_mp_free(held[1]);
    rt_mp_free(held[1]);
    CHECK(diagnosed(DIAGNOSIS_DOUBLE_FREE, 1));
    CHECK(rt_mp_alloc(&pool, RT_WAITING_NO) == held[1]);
    spawn(waits, &waiter, 5);
    rt_mp_free((char *)held[0] + 4);
    CHECK(diagnosed(DIAGNOSIS_INTERIOR_POINTER, 1));
    rt_mp_free(&waiter);
    CHECK(diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1));
    CHECK_ORDER(""); /* nobody was woken */
    rt_thread_delay(25);
    CHECK_ORDER("w");
    close_pool();
}

static void no_memory_no_pool(void)
{
    CHECK_EQUAL(rt_mp_init(&pool, "bad", memory, 0, BLOCK), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_BAD_REGION, 1));
    CHECK_EQUAL(rt_mp_init(&pool, "bad", memory, sizeof memory, 0), -RT_ERROR);
    CHECK(diagnosed(DIAGNOSIS_BAD_REGION, 1));
    CHECK_EQUAL(rt_mp_init(&pool, "small", memory, STRIDE - 1, BLOCK), RT_EOK);
    CHECK(diagnosed(DIAGNOSIS_BAD_REGION, 1));
    CHECK(rt_mp_alloc(&pool, 2) == RT_NULL);
    close_pool();
    CHECK(rt_mp_create("big", 1000, 1 << 20) == RT_NULL); /* no such heap */
}

static struct rt_mempool *hooked_pool;
static void *hooked_block;
static unsigned hook_calls;

static void on_hook(struct rt_mempool *mp, void *block)
{
    hooked_pool = mp;
    hooked_block = block;
    hook_calls++;
}

static void hooks(void)
{
    open_pool(1);
    hook_calls = 0;
    rt_mp_alloc_sethook(on_hook);
    void *const block = rt_mp_alloc(&pool, RT_WAITING_NO);
    CHECK(hooked_pool == &pool && hooked_block == block && hook_calls == 1);
    CHECK(rt_mp_alloc(&pool, RT_WAITING_NO) == RT_NULL);
    CHECK_EQUAL(hook_calls, 1); /* only for a block */
    rt_mp_alloc_sethook(RT_NULL);
    rt_mp_free_sethook(on_hook);
    rt_mp_free(block);
    CHECK(hooked_pool == &pool && hooked_block == block && hook_calls == 2);
    rt_mp_free(RT_NULL);
    CHECK_EQUAL(hook_calls, 2);
    rt_mp_free_sethook(RT_NULL);
    close_pool();
}

/* --- many cores --- */

static volatile rt_uint32_t out, out_max;

static void takes_and_gives(void *unused)
{
    for (int i = 0; i < 40; i++) {
        rt_uint8_t *const block = rt_mp_alloc(&pool, sim_random(2) ? RT_WAITING_FOREVER : 3);
        rt_base_t level;

        if (block == RT_NULL)
            continue;
        level = rt_hw_interrupt_disable();
        if (++out > out_max)
            out_max = out;
        rt_hw_interrupt_enable(level);
        const int mine = (int)sim_random(256);
        rt_memset(block, mine, BLOCK);
        sim_spend(sim_random(30));
        for (unsigned j = 0; j < BLOCK; j++)
            CHECK_EQUAL(block[j], mine);
        level = rt_hw_interrupt_disable();
        out--;
        rt_hw_interrupt_enable(level);
        rt_mp_free(block);
    }
}

static void shared_by_many(void)
{
    open_pool(2);
    out_max = 0;
    for (unsigned i = 0; i < 5; i++)
        spawn_anywhere(takes_and_gives, RT_NULL, 11 + i % 3);
    rt_thread_delay(200);
    CHECK_EQUAL(out, 0);
    CHECK(out_max <= 2);
    CHECK(rt_mp_alloc(&pool, RT_WAITING_NO) != RT_NULL);
    CHECK(rt_mp_alloc(&pool, RT_WAITING_NO) != RT_NULL);
    close_pool();
}

static const struct test_case cases[] = {
    {"last freed is first given", last_freed_is_first_given},
    {"empty without waiting", empty_without_waiting},
    {"limits are exact", limits_are_exact},
    {"waiters leave in order", waiters_leave_in_order},
    {"a free wakes one", a_free_wakes_one},
    {"the rest of the time", the_rest_of_the_time},
    {"the time is over when it runs", the_time_is_over_when_it_runs},
    {"the loser queues again", the_loser_queues_again},
    {"a resumed one tries again", a_resumed_one_tries_again},
    {"alloc in an ISR", alloc_in_an_isr},
    {"free in an ISR", free_in_an_isr},
    {"detach wakes all", detach_wakes_all},
    {"delete wakes all", delete_wakes_all},
    {"dead ones are diagnosed", dead_ones_are_diagnosed},
    {"bad frees change nothing", bad_frees_change_nothing},
    {"no memory, no pool", no_memory_no_pool},
    {"hooks", hooks},
    {"shared by many", shared_by_many},
};

int main(void)
{
    return run_cases(cases, COUNT(cases));
}
