/*
 * Structs are copied as a whole from block to block, at their ends, too.
 *
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>

struct state {
    rt_uint32_t values[12];
};
struct vector {
    rt_uint32_t x, y, z, w;
} __attribute__((aligned(4)));

__attribute__((noinline)) static void copy_state(struct state *to, const struct state *from)
{
    *to = *from;
}

__attribute__((noinline)) static void copy_vector(struct vector *to, const struct vector *from)
{
    *to = *from;
}

int main(void)
{
    struct state *first = rt_calloc(1, sizeof *first);
    struct state *second = rt_malloc(sizeof *second);
    struct vector *list = rt_malloc(3 * sizeof *list);
    struct vector local = {1, 2, 3, 4};

    first->values[11] = 7;
    copy_state(second, first);
    copy_vector(&list[2], &local);
    copy_vector(&list[0], &list[2]);
    local = list[2];
    if (second->values[11] != 7 || local.w != 4)
        return 1;
    rt_free(first);
    rt_free(second);
    rt_free(list);
    return 0;
}
