/*
 * A directory that contains itself is walked for ever.
 *
 * Expected: stack-overflow by task 'walker'
 */
#include <rtthread.h>

struct directory {
    struct directory *inner;
    int files;
};

static struct directory root = {&root, 1};
static int (*volatile again)(const struct directory *directory);

static int count(const struct directory *directory)
{
    volatile char name[200];

    name[0] = (char)directory->files;
    return again(directory->inner) + name[0];
}

static void walk(void *parameter)
{
    again = count;
    rt_kprintf("%d\n", count(&root));
}

int main(void)
{
    rt_thread_startup(rt_thread_create("walker", walk, RT_NULL, 2048, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
