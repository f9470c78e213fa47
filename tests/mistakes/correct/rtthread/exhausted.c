/*
 * The heap is used up; the program sees it, gives back what it has, and goes on.
 *
 * Expected: nothing
 * Run: --leaks --region ram=0x20000000:64K --heap rt-small-mem
 * Run: --leaks --region ram=0x20000000:64K --heap rt-memheap
 * Run: --leaks --region ram=0x20000000:256K --heap rt-slab
 * Run: --leaks --region ram=0x20000000:64K --heap tlsf
 */
#include <rtthread.h>
#include <string.h>

#define MOST 512

static void *blocks[MOST];

int main(void)
{
    int round, count = 0;

    for (round = 0; round < 2; round++) {
        for (count = 0; count < MOST; count++) {
            blocks[count] = rt_malloc(1000);
            if (blocks[count] == RT_NULL)
                break;
            memset(blocks[count], count, 1000);
        }
        if (count == MOST || rt_realloc(blocks[0], 100000000) != RT_NULL)
            return 1;
        while (count > 0)
            rt_free(blocks[--count]);
    }
    return 0;
}
