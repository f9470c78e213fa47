/*
 * A block of a pool in a static array is read after it went back.
 *
 * Expected: use-after-free by task 'main'
 * Says: 'events'
 */
#include <rtthread.h>

struct happening {
    int kind, value;
};

static struct rt_mempool events;
static rt_uint8_t memory[256];

static int handle(struct happening *event)
{
    rt_mp_free(event);       /* FREED */
    return event->value * 2; /* MISTAKE */
}

int main(void)
{
    struct happening *event;

    rt_mp_init(&events, "events", memory, sizeof memory, sizeof *event);
    event = rt_mp_alloc(&events, 0); /* TAKEN */
    event->kind = 1;
    event->value = 21;
    return handle(event) == 42 ? 0 : 1;
}
