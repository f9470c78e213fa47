/*
 * Short texts lie in a local array; they are freed as the long ones are.
 *
 * Expected: foreign-pointer by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap tlsf
 * Says: on the stack of task 'main'
 */
#include <rtthread.h>
#include <string.h>

static void show(const char *text)
{
    char small[16];
    char *copy = strlen(text) < sizeof small ? small : rt_malloc(strlen(text) + 1);

    memcpy(copy, text, strlen(text) + 1);
    rt_kprintf("%s\n", copy);
    rt_free(copy); /* MISTAKE */
}

int main(void)
{
    show("a text that is longer than that");
    show("a short one");
    return 0;
}
