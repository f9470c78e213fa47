/*
 * Frames of a camera in a heap of their own: OneOS's memory calls, with an algorithm for each heap.
 *
 * What to learn here:
 * - Many blocks of few sizes that live long suit first-fit; large blocks whose sizes are near
 * powers of two, and that come and go, suit buddy. A heap can have regions of both.
 * - What the system heap has no room for, a region more gives it (os_sys_heap_add).
 * - A region is refused where it overlaps another, or is too small: the error says which.
 *
 * The check at the end: every frame held what was written, each heap is whole, and all that was
 * taken is back.
 */
#include <oneos_config.h>
#include <os_errno.h>
#include <os_memory.h>
#include <os_stddef.h>
#include <os_util.h>

#include <string.h>

#define FRAMES 6
#define LINES  64

struct frame {
    os_uint8_t *pixels;
    os_size_t size;
};

static os_memheap_t frame_heap;
static os_uint8_t frame_memory[64 * 1024];
static os_uint8_t more_memory[4 * 1024];
static struct frame frames[FRAMES];
static char *lines[LINES];

static os_err_t set_up(void)
{
    os_err_t error = os_memheap_init(&frame_heap, "frames");

    if (error == OS_EOK)
        error = os_memheap_add(&frame_heap, frame_memory, sizeof frame_memory, OS_MEM_ALG_BUDDY);
    if (error == OS_EOK)
        error = os_sys_heap_add(more_memory, sizeof more_memory, OS_MEM_ALG_FIRSTFIT);
    if (error != OS_EOK)
        return error;
    if (os_sys_heap_add(more_memory + 1024, 512, OS_MEM_ALG_FIRSTFIT) != OS_EINVAL ||
        os_sys_heap_add(lines, 96, OS_MEM_ALG_FIRSTFIT) != OS_ENOMEM)
        return OS_ERROR;
    return OS_EOK;
}

static int take_frames(os_uint8_t mark)
{
    os_size_t i;

    for (i = 0; i < OS_ARRAY_SIZE(frames); i++) {
        frames[i].size = 1000 + 1100 * i;
        frames[i].pixels = os_memheap_alloc(&frame_heap, frames[i].size);
        if (frames[i].pixels == OS_NULL)
            return 0;
        memset(frames[i].pixels, mark + (int)i, frames[i].size);
    }
    return 1;
}

static int give_frames(os_uint8_t mark)
{
    os_size_t i, k, wrong = 0;

    for (i = 0; i < OS_ARRAY_SIZE(frames); i++) {
        for (k = 0; k < frames[i].size; k++)
            wrong += frames[i].pixels[k] != (os_uint8_t)(mark + i);
        os_memheap_free(&frame_heap, frames[i].pixels);
    }
    return wrong == 0;
}

int main(void)
{
    os_meminfo_t before, frames_before, now, frames_now;
    os_err_t error = set_up();
    os_size_t i;

    if (error != OS_EOK) {
        os_kprintf("FAILED: set-up answers %d\n", error);
        return 1;
    }
    os_memory_info(&before);
    os_memheap_info(&frame_heap, &frames_before);
    for (i = 0; i < OS_ARRAY_SIZE(lines); i++) {
        lines[i] = os_calloc(1, 20 + i % 7);
        if (lines[i] == OS_NULL)
            return 1;
        os_snprintf(lines[i], 20, "frame %lu", (unsigned long)i);
    }
    for (i = 0; i < 3; i++)
        if (!take_frames((os_uint8_t)(10 * i)) || !give_frames((os_uint8_t)(10 * i)))
            return 1;
    os_memory_info(&now);
    os_memheap_info(&frame_heap, &frames_now);
    os_kprintf("%lu lines take %lu bytes; frames took %lu at most\n",
               (unsigned long)OS_ARRAY_SIZE(lines), now.mem_used - before.mem_used,
               frames_now.mem_maxused);
    for (i = 0; i < OS_ARRAY_SIZE(lines); i++)
        os_free(lines[i]);

    os_memory_info(&now);
    os_memheap_info(&frame_heap, &frames_now);
    if (os_memory_check() != OS_EOK || os_memheap_check(&frame_heap) != OS_EOK ||
        now.mem_used != before.mem_used || frames_now.mem_used != frames_before.mem_used) {
        os_kprintf("FAILED: %lu bytes used before, %lu after\n", before.mem_used, now.mem_used);
        return 1;
    }
    return 0;
}
