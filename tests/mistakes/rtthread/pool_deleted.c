/*
 * A pool is deleted while a block of it is still in use.
 *
 * Expected: use-after-free by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap tlsf
 */
#include <rtthread.h>

int main(void)
{
    rt_mp_t frames = rt_mp_create("frames", 4, 32); /* TAKEN */
    char *frame = rt_mp_alloc(frames, 0);

    frame[0] = 1;
    rt_mp_delete(frames); /* FREED */
    frame[1] = 2;         /* MISTAKE */
    return 0;
}
