/*
 * A pool and a heap whose objects are locals: on the board they take 200 bytes of stack, on the
 * host thousands.
 *
 * Expected: nothing
 * Run: --leaks
 */
#include <rtthread.h>

#include <string.h>

static rt_uint8_t room[512], store[1024];

static int fill_and_empty(struct rt_mempool *pool, struct rt_memheap *heap)
{
    char *const block = rt_mp_alloc(pool, RT_WAITING_NO);
    char *const text = rt_memheap_alloc(heap, 40);

    memset(block, 1, 32);
    memset(text, 2, 40);
    rt_mp_free(block);
    rt_memheap_free(text);
    return 0;
}

int main(void)
{
    struct rt_mempool pool;
    struct rt_memheap heap;

    rt_mp_init(&pool, "local", room, sizeof room, 32);
    rt_memheap_init(&heap, "local", store, sizeof store);
    fill_and_empty(&pool, &heap);
    rt_mp_detach(&pool);
    rt_memheap_detach(&heap);
    return 0;
}
