/*
 * Settings are freed that were never loaded: they are still the standard ones.
 *
 * Expected: foreign-pointer by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 * Says: standard
 */
#include <rtthread.h>

struct settings {
    int speed, parity;
};

static struct settings standard = {115200, 0};
static struct settings *settings = &standard;

static void load(int speed)
{
    struct settings *loaded = rt_malloc(sizeof *loaded);

    loaded->speed = speed;
    rt_free(settings); /* MISTAKE */
    settings = loaded;
}

int main(void)
{
    load(9600);
    return 0;
}
