/*
 * An allocation that fails is not looked at before its block is written.
 *
 * Expected: null-access by task 'camera'
 * Run: --region ram=0x20000000:64K --heap rt-small-mem
 * Run: --region ram=0x20000000:64K --heap rt-memheap
 * Run: --region ram=0x20000000:64K --heap tlsf
 * Says: An allocation of 76800 bytes
 */
#include <rtthread.h>

struct picture {
    rt_uint16_t width, height;
    rt_uint8_t pixels[320 * 240 - 4];
};

static void camera(void *parameter)
{
    struct picture *picture = rt_malloc(sizeof *picture);

    picture->width = 320; /* MISTAKE */
    picture->height = 240;
    rt_free(picture);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("camera", camera, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
