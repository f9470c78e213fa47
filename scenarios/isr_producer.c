/*
 * An ISR as producer: buffers that it fills, and that somebody else has to free.
 *
 * What to learn here:
 * - An ISR can't call rt_malloc or rt_free: the heap's lock may be held by the very thread that it
 * interrupted. So a thread allocates in advance, and a thread frees afterwards.
 * - Between them stand two lists. They are changed with interrupts off, since an interrupt of a
 * more urgent line may come in the middle of another ISR, and other cores run at the same time.
 * - The semaphore wakes the janitor. It counts buffers, so a burst of interrupts loses none.
 * - What both ISRs count is changed with interrupts off, too: `count++` is a load and a store, and
 * the other ISR may come in between (--races finds where that was forgotten).
 *
 * The check at the end: every buffer that an ISR filled came back with its contents and was freed
 * once, the lines did interrupt each other, and the heap holds what it held before. With
 *   isr_producer free=isr
 * the ISR frees by itself what it has no use for, and the run stops there.
 */
#include <rthw.h>
#include <rtthread.h>

#include <string.h>

#include "heapsim.h"

#define UART_LINE 3 /* the less urgent one: its ISR takes long */
#define DMA_LINE  4
#define BUFFERS   300
#define AHEAD     8 /* that many lie ready for the ISRs */

const struct sim_argument sim_arguments[] = {
    {"free", "janitor|isr", "janitor", "who frees a buffer"}, {0}};

struct buffer {
    struct buffer *next;
    rt_uint32_t line, number, sum;
};

static struct buffer *empty, *full;
static rt_sem_t work, enough;
static rt_uint32_t filled, missed, nested, freed, wrong, lying;
static rt_bool_t frees_in_isr;

static void push(struct buffer **list, struct buffer *buffer)
{
    rt_base_t level = rt_hw_interrupt_disable();

    buffer->next = *list;
    *list = buffer;
    rt_hw_interrupt_enable(level);
}

static struct buffer *pop(struct buffer **list)
{
    rt_base_t level = rt_hw_interrupt_disable();
    struct buffer *buffer = *list;

    if (buffer != RT_NULL)
        *list = buffer->next;
    rt_hw_interrupt_enable(level);
    return buffer;
}

static rt_uint32_t add(rt_uint32_t *counter, rt_uint32_t more)
{
    rt_base_t level = rt_hw_interrupt_disable();
    rt_uint32_t before = *counter;

    *counter = before + more;
    rt_hw_interrupt_enable(level);
    return before;
}

static void on_interrupt(int line, void *parameter)
{
    struct buffer *buffer;

    rt_interrupt_enter();
    add(&nested, rt_interrupt_get_nest() > 1);
    buffer = pop(&empty);
    if (buffer == RT_NULL) {
        add(&missed, 1);
    } else {
        buffer->line = (rt_uint32_t)line;
        buffer->number = add(&filled, 1);
        sim_spend(line == UART_LINE ? 30 : 3); /* takes the bytes */
        buffer->sum = buffer->line + buffer->number;
        if (frees_in_isr)
            rt_free(buffer); /* forbidden */
        else
            push(&full, buffer);
        rt_sem_release(work);
    }
    rt_interrupt_leave();
}

/* Frees what is full, and lays as many new ones ready. */
static void janitor(void *parameter)
{
    while (freed < BUFFERS) {
        struct buffer *buffer;

        rt_sem_take(work, RT_WAITING_FOREVER);
        buffer = pop(&full);
        wrong += buffer->sum != buffer->line + buffer->number;
        rt_free(buffer);
        freed++;
        push(&empty, rt_malloc(sizeof(struct buffer) + sim_random(200)));
    }
    rt_sem_release(enough);
}

int main(void)
{
    struct buffer *buffer;
    rt_size_t before, after;
    rt_uint32_t i;

    frees_in_isr = strcmp(sim_argument("free"), "isr") == 0;
    work = rt_sem_create("work", 0, RT_IPC_FLAG_FIFO);
    enough = rt_sem_create("enough", 0, RT_IPC_FLAG_FIFO);
    rt_memory_info(RT_NULL, &before, RT_NULL);
    for (i = 0; i < AHEAD; i++)
        push(&empty, rt_malloc(sizeof(struct buffer)));
    rt_thread_startup(rt_thread_create("janitor", janitor, RT_NULL, 1024, 8, 5));
    rt_hw_interrupt_install(UART_LINE, on_interrupt, RT_NULL, "uart");
    rt_hw_interrupt_install(DMA_LINE, on_interrupt, RT_NULL, "dma");
    rt_hw_interrupt_set_priority(UART_LINE, 100);
    rt_hw_interrupt_set_priority(DMA_LINE, 50);
    sim_device(UART_LINE, 100, 90, 20, 0);
    sim_device(DMA_LINE, 100, 70, 20, 0);

    rt_sem_take(enough, RT_WAITING_FOREVER);
    sim_device_stop(UART_LINE);
    sim_device_stop(DMA_LINE);
    rt_thread_delay(5); /* the janitor has ended, and its memory is back */
    for (; (buffer = pop(&full)) != RT_NULL; lying++)
        rt_free(buffer);
    while ((buffer = pop(&empty)) != RT_NULL)
        rt_free(buffer);
    rt_memory_info(RT_NULL, &after, RT_NULL);
    rt_kprintf("%u buffers filled, %u freed by the janitor; %u interrupts found none, %u came in "
               "the middle of another\n",
               filled, freed, missed, nested);
    if (filled != freed + lying || wrong != 0 || nested == 0 || after != before) {
        rt_kprintf("FAILED: %u buffers wrong, %u left over; %lu bytes of heap before, %lu after\n",
                   wrong, lying, (unsigned long)before, (unsigned long)after);
        return 1;
    }
    return 0;
}
