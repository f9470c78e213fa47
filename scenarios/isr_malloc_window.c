/*
 * An ISR allocates in a window: thread and interrupt take the same buffer from a list of free ones.
 *
 * What to learn here:
 * - take() reads the first buffer, then the one after it, then makes that the first. An interrupt
 * before the last step takes the same buffer; what it received the thread then overwrites.
 * - A list that only threads use may be guarded by a mutex. One that an ISR uses too needs
 * interrupts off in the threads, in each function that touches it: give() does, take() does not.
 * - --fix: take() does, too.
 *
 * The check at the end: each frame that was received, and each report, is what was written.
 */
#include <rthw.h>
#include <rtthread.h>

#include <stdio.h>

#include "heapsim.h"

#define LINE    5
#define BUFFERS 4
#define FRAMES  2 /* that the ISR keeps at most */
#define REPORTS 3
#define FRAME   0xf000u
#define REPORT  0xe000u

struct buffer {
    struct buffer *next;
    rt_uint32_t contents;
};

static struct buffer buffers[BUFFERS];
static struct buffer *free_list;
static struct buffer *received[FRAMES];
static rt_uint32_t frames, damaged;
static rt_sem_t ended;

static struct buffer *take(void)
{
    rt_base_t level = 0;
    struct buffer *buffer;

    if (sim_fixed())
        level = rt_hw_interrupt_disable();
    buffer = free_list;
    if (buffer != RT_NULL)
        free_list = buffer->next;
    if (sim_fixed())
        rt_hw_interrupt_enable(level);
    return buffer;
}

static void give(struct buffer *buffer)
{
    const rt_base_t level = rt_hw_interrupt_disable();

    buffer->next = free_list;
    free_list = buffer;
    rt_hw_interrupt_enable(level);
}

static void on_frame(int line, void *parameter)
{
    struct buffer *buffer = frames < FRAMES ? take() : RT_NULL;

    if (buffer == RT_NULL)
        return;                                        /* the frame is dropped */
    const rt_base_t level = rt_hw_interrupt_disable(); /* main may be on another core */
    buffer->contents = FRAME + frames;
    received[frames] = buffer;
    frames = frames + 1;
    rt_hw_interrupt_enable(level);
}

static void reports(void *parameter)
{
    rt_uint32_t i;

    for (i = 0; i < REPORTS; i++) {
        struct buffer *buffer = take();

        buffer->contents = REPORT + i;
        rt_thread_delay(1); /* sending takes that long */
        if (buffer->contents != REPORT + i)
            damaged = damaged + 1;
        give(buffer);
    }
    rt_sem_release(ended);
}

int main(void)
{
    rt_uint32_t i;

    for (i = 0; i < BUFFERS; i++)
        give(&buffers[i]);
    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(LINE, on_frame, RT_NULL, "radio");
    sim_device(LINE, 100, 900, 800, 3);
    rt_thread_startup(rt_thread_create("reporter", reports, RT_NULL, 512, 12, 5));
    rt_sem_take(ended, RT_WAITING_FOREVER);
    const rt_base_t level = rt_hw_interrupt_disable();
    for (i = 0; i < frames; i++)
        damaged = damaged + (received[i]->contents != FRAME + i);
    rt_hw_interrupt_enable(level);
    if (damaged != 0) {
        fprintf(stderr, "FAILED: %u of the frames and reports are not what was written\n", damaged);
        return 1;
    }
    return 0;
}
