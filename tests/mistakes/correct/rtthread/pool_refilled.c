/*
 * A pool is emptied to the last block, filled again, and emptied again.
 *
 * Expected: nothing
 * Run: --leaks
 */
#include <rtthread.h>
#include <string.h>

static struct rt_mempool pool;
static rt_uint8_t memory[6 * (20 + sizeof(void *))];

int main(void)
{
    char *taken[7];
    int round, i, count = 0;

    rt_mp_init(&pool, "pool", memory, sizeof memory, 20);
    for (round = 0; round < 3; round++) {
        for (count = 0; (taken[count] = rt_mp_alloc(&pool, 0)) != RT_NULL; count++)
            memset(taken[count], count, 20);
        for (i = 0; i < count; i++)
            if (taken[i][19] != i)
                return 1;
        while (count-- > 0)
            rt_mp_free(taken[count]);
    }
    rt_mp_free(RT_NULL);
    rt_mp_detach(&pool);
    memset(memory, 0, sizeof memory);
    return 0;
}
