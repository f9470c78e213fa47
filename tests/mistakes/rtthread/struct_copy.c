/*
 * A state is copied out of a block that was allocated for its head only.
 *
 * Expected: heap-overflow by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 */
#include <rtthread.h>

struct head {
    rt_uint32_t kind, size;
};

struct state {
    struct head head;
    rt_uint32_t values[14];
};

static struct state saved;

static void save(const struct state *state)
{
    saved = *state; /* MISTAKE */
}

int main(void)
{
    struct state *state = rt_malloc(sizeof(struct head)); /* TAKEN */

    state->head.kind = 1;
    state->head.size = sizeof(struct head);
    save(state);
    rt_free(state);
    return (int)saved.head.kind - 1;
}
