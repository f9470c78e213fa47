/*
 * Fragmentation: a firmware that runs for days, until a request fails though enough is free.
 *
 * What to learn here:
 * - Blocks of many sizes that live for different times leave holes. What is free in all says little
 * about what can be had in one piece: look at the largest free block.
 * - How long it takes, and how much is lost, depends on the allocator:
 *     for h in rt-small-mem rt-slab rt-memheap tlsf; do fragmentation --heap $h; done
 * (Slab wants a zone of 32 KiB for each size: it needs --region ram=0x20000000:2M for the same.)
 * - Rounding sizes up, so that a hole fits the next message, is no cure: with sizes=few less room
 * is lost between the blocks and more inside them, and the end comes sooner.
 *
 * The check at the end: a request did fail, though twice as much was free, and a fortieth of what
 * is used; every block still held its contents; and when all blocks are freed, there is room for
 * that request.
 */
#include <rtthread.h>

#include <string.h>

#include "heapsim.h"

#define SLOTS     10000
#define FOREVER   40
#define STEPS_MAX 2000000

const struct sim_argument sim_arguments[] = {
    {"sizes", "many|few", "many", "as they come, or rounded up to four"}, {0}};
const struct sim_board sim_board = {.ram = "ram=0x20000000:256K"};

struct message {
    rt_uint32_t size;
    rt_uint32_t mark;
};

static struct message *messages[SLOTS];
static struct message *forever[FOREVER];
static rt_uint32_t wrong, kept;
static rt_bool_t few_sizes;

static rt_uint32_t some_size(void)
{
    static const rt_uint32_t rounded[] = {96, 240, 500, 2800};
    const rt_uint32_t kind = sim_random(100);
    const rt_uint32_t size = kind < 60   ? 16 + sim_random(80)     /* commands */
                             : kind < 95 ? 100 + sim_random(400)   /* records */
                                         : 800 + sim_random(2000); /* pages */
    rt_uint32_t i = 0;

    if (!few_sizes)
        return size;
    while (rounded[i] < size)
        i++;
    return rounded[i];
}

static struct message *take(rt_uint32_t size)
{
    struct message *message = rt_malloc(size);

    if (message != RT_NULL) {
        message->size = size;
        message->mark = ~size;
        rt_memset(message + 1, (int)size, size - sizeof *message);
    }
    return message;
}

static void give(struct message **slot)
{
    struct message *message = *slot;

    if (message == RT_NULL)
        return;
    wrong += message->mark != ~message->size ||
             ((rt_uint8_t *)message)[message->size - 1] != (rt_uint8_t)message->size;
    rt_free(message);
    *slot = RT_NULL;
}

/* One more of the blocks that are never freed. */
static void keep(void)
{
    if (kept < FOREVER)
        forever[kept] = take(32 + 8 * kept);
    kept++;
}

/* One message comes; another goes, and the backlog grows slowly. 0, or the size that failed. */
static rt_uint32_t step(rt_uint32_t number)
{
    const rt_uint32_t backlog = 200 + number / 100;
    const rt_uint32_t size = some_size();
    struct message **slot = &messages[sim_random(backlog < SLOTS ? backlog : SLOTS)];

    give(slot);
    if (number % 1500 == 1499)
        keep();
    *slot = take(size);
    return *slot == RT_NULL ? size : 0;
}

int main(void)
{
    struct sim_heap_figures failed;
    rt_uint32_t number = 0, size = 0, i;
    void *again;

    few_sizes = strcmp(sim_argument("sizes"), "few") == 0;
    rt_thread_delay(1);
    sim_heap_figures(&failed); /* begins to count */
    while (number < STEPS_MAX && size == 0)
        size = step(number++);
    sim_heap_figures(&failed);
    rt_kprintf(
        "message %u, of %u bytes, found no room: %u bytes are free, the largest block has %u "
        "(fragmentation %u %%); %u steps on average, %u at worst\n",
        number, size, failed.free, failed.largest_free,
        100 - failed.largest_free * 100 / failed.free,
        (rt_uint32_t)(failed.steps / failed.operations), failed.steps_worst);
    for (i = 0; i < SLOTS; i++)
        give(&messages[i]);
    for (i = 0; i < FOREVER; i++)
        give(&forever[i]);
    again = rt_malloc(size);
    if (size == 0 || wrong != 0 || failed.free < 2 * size || failed.free < failed.used / 40 ||
        again == RT_NULL) {
        rt_kprintf("FAILED: %u blocks wrong; the last request %s when all is free\n", wrong,
                   again == RT_NULL ? "fails even" : "succeeds");
        return 1;
    }
    rt_free(again);
    return 0;
}
