/*
 * One mistake a run, chosen by the argument: each with memory of another kind, or by another way
 * to touch it. Without an argument the same calls, correctly. For cases.sh the line of a mistake
 * ends in its name, that of an allocation in what the table calls it.
 */
#include <rtthread.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 24, POOL_BLOCK = 20 };

static rt_uint8_t ram[2048];
static struct rt_memheap static_heap;

/* The compiler must not know what it is about to do. */
static char *volatile hidden;

static char *hide(char *pointer)
{
    hidden = pointer;
    return hidden;
}

static int is(const char *mistake, const char *name)
{
    return strcmp(mistake, name) == 0;
}

/* Nothing wrong for AddressSanitizer, whatever is called: the values are at fault. */
static void unwritten(const char *mistake)
{
    char *block = hide(rt_malloc(SIZE));
    char *const cleared = hide(rt_calloc(1, SIZE));

    block[0] = 7;
    block = hide(rt_realloc(block, 4 * SIZE));
    if (block[0] != 7 || cleared[SIZE - 1] != 0)
        puts("a wrong value");
    if (is(mistake, "unwritten") && block[9] == 7) /* mistake unwritten */
        puts("by accident");
    rt_free(cleared);
    rt_free(block);
}

static void on_the_heap(const char *mistake)
{
    char *block = hide(rt_malloc(SIZE));     /* taken */
    char *const other = hide(rt_malloc(40)); /* other */

    memset(block, 1, SIZE);
    memset(other, 2, 40);
    if (is(mistake, "overflow"))
        block[SIZE] = 1; /* mistake overflow */
    if (is(mistake, "overflow-read"))
        other[0] = block[SIZE + 2]; /* mistake overflow-read */
    if (is(mistake, "underflow"))
        other[-1] = 1; /* mistake underflow */
    if (is(mistake, "memcpy"))
        memcpy(block, other, SIZE + 1); /* mistake memcpy */
    if (is(mistake, "memset"))
        memset(block, 0, SIZE + 8); /* mistake memset */
    if (is(mistake, "strcpy"))
        strcpy(block, "a text of more than 24 bytes"); /* mistake strcpy */
    if (is(mistake, "strlen"))
        other[0] = (char)strlen(block); /* mistake strlen */
    unwritten(mistake);
    rt_free(other);
    rt_free(block); /* freed */
    if (is(mistake, "use-after-free"))
        block[3] = 1; /* mistake use-after-free */
    if (is(mistake, "read-after-free"))
        ram[0] = (rt_uint8_t)block[3]; /* mistake read-after-free */
    if (is(mistake, "memcpy-after-free"))
        memcpy(ram, block, 8); /* mistake memcpy-after-free */
    block = hide(rt_malloc(1u << 30));
    if (is(mistake, "null"))
        block[10] = 1; /* mistake null */
    if (is(mistake, "wild"))
        hide((char *)ram - 0x4000000)[0] = 1; /* mistake wild */
}

/* What no heap has to do with. */
static void elsewhere(const char *mistake)
{
    char local[10];
    int index = (int)sizeof local;

    hide(local)[0] = 1;
    if (is(mistake, "stack"))
        hide(local)[index] = 1; /* mistake stack */
    if (is(mistake, "static"))
        hide((char *)ram)[sizeof ram] = 1; /* mistake static */
}

static void slack(const char *mistake)
{
    char *const block = hide(rt_malloc(13));
    char *const grown = hide(rt_realloc(block, 14)); /* grown */

    grown[13] = 1;
    if (is(mistake, "slack"))
        grown[14] = 1; /* mistake slack */
    rt_free(grown);
}

static void in_a_pool(const char *mistake)
{
    rt_mp_t const pool = rt_mp_create("pool", 4, POOL_BLOCK);
    char *const first = hide(rt_mp_alloc(pool, RT_WAITING_FOREVER));  /* pool */
    char *const second = hide(rt_mp_alloc(pool, RT_WAITING_FOREVER)); /* pool-second */

    memset(first, 1, POOL_BLOCK);
    memset(second, 1, POOL_BLOCK);
    if (is(mistake, "pool-overflow"))
        first[POOL_BLOCK] = 1; /* mistake pool-overflow */
    if (is(mistake, "pool-wide"))
        *(rt_uint64_t *)(void *)(first + POOL_BLOCK - 4) = 1; /* mistake pool-wide */
    rt_mp_free(second);                                       /* pool-freed */
    if (is(mistake, "pool-use-after-free"))
        second[5] = 1; /* mistake pool-use-after-free */
    rt_mp_free(first);
    rt_mp_delete(pool);
}

static void in_static_data(const char *mistake)
{
    rt_memheap_init(&static_heap, "static", ram, sizeof ram);
    char *const block = hide(rt_memheap_alloc(&static_heap, SIZE)); /* static */

    memset(block, 1, SIZE);
    if (is(mistake, "static-overflow"))
        block[SIZE] = 1; /* mistake static-overflow */
    if (is(mistake, "static-header"))
        ram[8] = 1; /* mistake static-header */
    rt_memheap_free(block);
    rt_memheap_detach(&static_heap);
    memset(ram, 0, sizeof ram);
}

static void worker(void *argument)
{
    const char *const mistake = argument != NULL ? argument : "";

    on_the_heap(mistake);
    elsewhere(mistake);
    slack(mistake);
    in_a_pool(mistake);
    in_static_data(mistake);
}

int main(int argc, char **argv)
{
    const rt_thread_t task = rt_thread_create("worker", worker, argv[1], 2048, 10, 10);

    rt_thread_startup(task);
    rt_thread_mdelay(50);
    puts("done");
    return 0;
}
