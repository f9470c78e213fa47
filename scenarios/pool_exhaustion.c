/*
 * Pool exhaustion: more customers than blocks, and how long each is ready to wait.
 *
 * What to learn here:
 * - A pool has as many blocks as it was made with, and never fragments: it can only be empty.
 * - rt_mp_alloc() then suspends the thread. A block that comes back wakes one waiter, and when the
 * time is over the thread gets RT_NULL. Threads on all cores may wait for the same pool.
 * - A block is not kept for the one that is woken: whoever asks first has it. What the woken one
 * has left of its time goes on.
 * - What to do with RT_NULL is the application's decision: here the request is dropped and counted.
 *
 * The check at the end: every request was served or dropped; no block had two owners at a time;
 * whoever gave up had waited as long as it said, and not longer; some had to wait, some gave up,
 * and all blocks are back. With patience=forever nobody may give up.
 */
#include <rthw.h>
#include <rtthread.h>

#include <string.h>

#include "heapsim.h"

#define BLOCKS    6
#define CUSTOMERS 12
#define REQUESTS  40

const struct sim_argument sim_arguments[] = {
    {"patience", "short|long|forever", "short", "how long a customer waits: 5 or 50 ticks"}, {0}};

struct block {
    rt_uint32_t owner;
    rt_uint8_t data[60];
};

struct customer {
    rt_uint32_t served, waited, dropped, impatient, late, robbed;
};

static rt_mp_t pool;
static rt_sem_t ended;
static rt_int32_t patience;
static struct customer customers[CUSTOMERS];

/* Works with the block, and looks whether somebody else did meanwhile. */
static void use(struct customer *self, rt_uint32_t number, struct block *block)
{
    block->owner = number;
    rt_memset(block->data, (int)number, sizeof block->data);
    rt_thread_delay(1 + sim_random(8));
    self->robbed += block->owner != number || block->data[sizeof block->data - 1] != number;
    self->served++;
}

static void customer(void *parameter)
{
    const rt_uint32_t number = (rt_uint32_t)(rt_ubase_t)parameter;
    struct customer *self = &customers[number];
    rt_uint32_t i;

    for (i = 0; i < REQUESTS; i++) {
        rt_tick_t since = rt_tick_get();
        struct block *block = rt_mp_alloc(pool, patience);
        rt_tick_t ticks = rt_tick_get() - since;

        if (block == RT_NULL) {
            self->dropped++;
            self->impatient += ticks < (rt_tick_t)patience;
            self->late += ticks > (rt_tick_t)patience + 2;
        } else {
            self->waited += ticks > 0;
            use(self, number, block);
            rt_mp_free(block);
        }
        rt_thread_delay(1 + sim_random(3));
    }
    rt_sem_release(ended);
}

static rt_uint32_t blocks_back(void)
{
    void *blocks[BLOCKS];
    rt_uint32_t count = 0, i;

    while (count < BLOCKS && (blocks[count] = rt_mp_alloc(pool, RT_WAITING_NO)) != RT_NULL)
        count++;
    for (i = 0; i < count; i++)
        rt_mp_free(blocks[i]);
    return count;
}

int main(void)
{
    const char *argument = sim_argument("patience");
    struct customer all = {0};
    rt_uint32_t i;

    patience = strcmp(argument, "short") == 0  ? 5
               : strcmp(argument, "long") == 0 ? 50
                                               : RT_WAITING_FOREVER;
    pool = rt_mp_create("requests", BLOCKS, sizeof(struct block));
    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_FIFO);
    for (i = 0; i < CUSTOMERS; i++)
        rt_thread_startup(rt_thread_create("customer", customer, (void *)(rt_ubase_t)i, 1024,
                                           (rt_uint8_t)(12 + i % 4), 5));
    for (i = 0; i < CUSTOMERS; i++)
        rt_sem_take(ended, RT_WAITING_FOREVER);

    for (i = 0; i < CUSTOMERS; i++) {
        all.served += customers[i].served;
        all.waited += customers[i].waited;
        all.dropped += customers[i].dropped;
        all.impatient += customers[i].impatient;
        all.late += customers[i].late;
        all.robbed += customers[i].robbed;
    }
    rt_kprintf("%u requests served, %u of them after waiting for a block; %u dropped\n", all.served,
               all.waited, all.dropped);
    if (all.served + all.dropped != CUSTOMERS * REQUESTS || all.impatient + all.late != 0 ||
        all.robbed != 0 || all.waited == 0 || (all.dropped == 0) != (patience != 5) ||
        blocks_back() != BLOCKS) {
        rt_kprintf("FAILED: %u gave up too early and %u too late, %u blocks had two owners, %u are "
                   "back\n",
                   all.impatient, all.late, all.robbed, blocks_back());
        return 1;
    }
    return 0;
}
