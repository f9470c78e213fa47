/*
 * A second RAM: RT-Thread's memheap over memory that the system heap does not have.
 *
 * What to learn here:
 * - A memheap has a semaphore of its own: threads may share it, interrupts may not use it.
 * - With the system heap of another kind (--heap rt-small-mem, the standard) the second RAM is used
 *   only where the program asks for it.
 * - With --heap rt-memheap both are bound together: what the first has no room for, rt_malloc takes
 *   from the second, and rt_free knows where a block belongs.
 *
 * The check at the end: every buffer held what was written, and both heaps have back what was
 * taken.
 */
#include <rthw.h>
#include <rtthread.h>

#include "heapsim.h"

#define WRITERS 3
#define ROUNDS  40
#define SPILLED 16

static struct rt_memheap sdram;
static rt_uint8_t sdram_memory[8 * 1024]; /* stands for an external chip */
static struct rt_semaphore done;
static rt_uint32_t wrong, missed; /* changed by the writers with interrupts off */

static void count(rt_uint32_t *counter, rt_uint32_t more)
{
    const rt_base_t level = rt_hw_interrupt_disable();

    *counter += more;
    rt_hw_interrupt_enable(level);
}

static void writer(void *parameter)
{
    const rt_uint8_t mark = (rt_uint8_t)(rt_ubase_t)parameter;
    rt_uint32_t round;

    for (round = 0; round < ROUNDS; round++) {
        rt_size_t size = 200 + sim_random(3000), i, bad = 0;
        rt_uint8_t *frame = rt_memheap_alloc(&sdram, size);

        if (frame == RT_NULL) {
            count(&missed, 1);
            rt_thread_delay(1);
            continue;
        }
        rt_memset(frame, mark, size);
        rt_thread_delay(sim_random(3));
        for (i = 0; i < size; i++)
            bad += frame[i] != mark;
        count(&wrong, (rt_uint32_t)bad);
        rt_memheap_free(frame);
    }
    rt_sem_release(&done);
}

/* Takes more than the system heap has, in blocks of a quarter of it. Returns how many there were.
 */
static rt_uint32_t spill(void)
{
    void *blocks[SPILLED];
    rt_size_t total, used, size;
    rt_uint32_t count = 0, i;

    rt_memory_info(&total, &used, RT_NULL);
    size = (total - used) / 4;
    while (count < SPILLED && (blocks[count] = rt_malloc(size)) != RT_NULL)
        count++;
    for (i = 0; i < count; i++)
        rt_free(blocks[i]);
    return count;
}

int main(void)
{
    rt_size_t before, after, sdram_used;
    rt_uint32_t i, blocks;

    if (rt_memheap_init(&sdram, "sdram", sdram_memory, sizeof sdram_memory) != RT_EOK)
        return 1;
    rt_sem_init(&done, "done", 0, RT_IPC_FLAG_FIFO);
    rt_memory_info(RT_NULL, &before, RT_NULL);
    blocks = spill();
    for (i = 0; i < WRITERS; i++)
        rt_thread_startup(rt_thread_create("writer", writer, (void *)(rt_ubase_t)(0x41 + i), 1024,
                                           (rt_uint8_t)(15 + i), 5));
    for (i = 0; i < WRITERS; i++)
        rt_sem_take(&done, RT_WAITING_FOREVER);
    rt_thread_mdelay(10); /* the idle thread gives the threads' memory back */

    rt_memory_info(RT_NULL, &after, RT_NULL);
    rt_memheap_info(&sdram, RT_NULL, &sdram_used, RT_NULL);
    rt_kprintf("%u quarters of the system heap were to be had; %u frames found no room\n", blocks,
               missed);
    if (wrong != 0 || after != before || sdram_used != sdram.pool_size - sdram.available_size ||
        sdram_used >= 100 || missed == WRITERS * ROUNDS) {
        rt_kprintf("FAILED: %u bytes wrong; heap %lu, then %lu; %lu in sdram\n", wrong,
                   (unsigned long)before, (unsigned long)after, (unsigned long)sdram_used);
        return 1;
    }
    return 0;
}
