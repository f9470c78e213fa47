/* RT-Thread's memory calls as an application makes them: the system heap and its hooks. */
#include <stdlib.h>

#include "board.h"

#include <rtthread.h>

enum { RAM = 0x20000000, SIZE = 0x2000, FIRST = RAM + 0x48 };

static uint8_t static_memory[256];

/* As after a reset of the board, with RAM mapped and no system heap. */
static void reset(void)
{
    board_reset(RAM, SIZE, NULL);
}

static void start(void)
{
    reset();
    rt_system_heap_init(at(RAM), at(RAM + SIZE));
    unit_not_diagnosed();
}

static rt_size_t used(void)
{
    rt_size_t bytes;

    rt_memory_info(NULL, &bytes, NULL);
    return bytes;
}

static void says(const char *words)
{
    if (strstr(diagnose_last()->text, words) == NULL)
        fail_msg("'%s' does not say '%s'", diagnose_last()->text, words);
}

/* --- set-up --- */

static void system_heap_once(void **state)
{
    (void)state;
    start();
    void *const block = rt_malloc(100);
    assert_ptr_equal(block, at(FIRST));
    assert_string_equal(kernel.system_heap.name, "heap");
    assert_string_equal((char *)at(RAM), "heap");
    rt_system_heap_init(static_memory, static_memory + sizeof static_memory);
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
    assert_int_equal(used(), 104 + 16);
    assert_ptr_equal(rt_malloc(100), at(FIRST + 120)); /* still the first */
    unit_not_diagnosed();
}

/* Both ends are aligned inwards. */
static void system_heap_of_an_odd_range(void **state)
{
    rt_size_t total;

    (void)state;
    reset();
    rt_system_heap_init(at(RAM + 1), at(RAM + SIZE - 1));
    assert_ptr_equal(rt_malloc(1), at(FIRST + 8));
    rt_memory_info(&total, NULL, NULL);
    assert_int_equal(total, SIZE - 8 - 8 - 56 - 32);
    unit_not_diagnosed();
}

static void system_heaps_that_are_refused(void **state)
{
    char *const from_libc = malloc(4096);
    char on_the_stack[4096];

    (void)state;
    reset();
    rt_system_heap_init(from_libc, from_libc + 4096);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    says("libc");
    rt_system_heap_init(on_the_stack, on_the_stack + 4096);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    says("stack of the first thread");
    rt_system_heap_init(at(RAM), at(RAM));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    rt_system_heap_init(at(RAM + 64), at(RAM));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    rt_system_heap_init(at(RAM), at(RAM + 80));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    says("too small");
    rt_system_heap_init(at(RAM), at(RAM + SIZE + 1));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    says("no RAM region");
    rt_system_heap_init((void *)(UINTPTR_MAX - 4095), (void *)UINTPTR_MAX);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    rt_system_heap_init(at(RAM), (void *)UINTPTR_MAX);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_false(kernel.system_heap_live);
    assert_null(kernel.heap_list);
    rt_system_heap_init(at(RAM), at(RAM + SIZE)); /* none of them stands in the way */
    unit_not_diagnosed();
    assert_non_null(rt_malloc(1));
    free(from_libc);
}

static void calls_before_the_set_up(void **state)
{
    rt_size_t total = 1;
    rt_size_t in_use = 1;
    rt_size_t most = 1;

    (void)state;
    reset();
    assert_null(rt_malloc(8));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    says("rt_system_heap_init");
    assert_null(rt_calloc(8, 1));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_null(rt_realloc(NULL, 8));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_null(rt_malloc_align(8, 8));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    rt_free(at(FIRST));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    rt_free_align(at(FIRST));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    rt_memory_info(&total, &in_use, &most);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_int_equal(total | in_use | most, 0);
    rt_free(NULL);
    rt_free_align(NULL);
    unit_not_diagnosed();
}

/* --- the calls --- */

static void malloc_and_free(void **state)
{
    (void)state;
    start();
    void *const a = rt_malloc(10);
    void *const b = rt_malloc(20);
    assert_ptr_equal(a, at(FIRST));
    assert_ptr_equal(b, at(FIRST + 32));
    assert_null(rt_malloc(0));
    assert_null(rt_malloc(SIZE));
    rt_free(NULL);
    rt_free(a);
    rt_free(b);
    assert_int_equal(used(), 0);
    unit_not_diagnosed();
    rt_free(b);
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
    assert_string_equal(diagnose_last()->call, "rt_free");
    assert_non_null(diagnose_last()->site);
}

static void realloc_of_null_and_to_nothing(void **state)
{
    (void)state;
    start();
    assert_null(rt_realloc(NULL, 0));
    uint8_t *const a = rt_realloc(NULL, 10);
    assert_ptr_equal(a, at(FIRST));
    memset(a, 0x5a, 10);
    uint8_t *const b = rt_realloc(a, 100);
    assert_ptr_equal(b, at(FIRST + 32));
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(b[i], 0x5a);
    assert_null(rt_realloc(b, SIZE));
    assert_int_equal(b[9], 0x5a);
    assert_null(rt_realloc(b, 0));
    assert_int_equal(used(), 0);
    unit_not_diagnosed();
    assert_null(rt_realloc(b, 10));
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
}

static void calloc_clears(void **state)
{
    (void)state;
    start();
    memset(at(FIRST), 0xff, 100);
    uint8_t *const block = rt_calloc(3, 33);
    for (unsigned i = 0; i < 99; i++)
        assert_int_equal(block[i], 0);
    assert_int_equal(block[99], 0xff);
    assert_null(rt_calloc(0, 8));
    assert_null(rt_calloc(8, 0));
    unit_not_diagnosed();
    assert_null(rt_calloc(0x10000, 0x10000));
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
}

static void aligned_blocks(void **state)
{
    (void)state;
    start();
    void *const block = rt_malloc_align(100, 64);
    assert_ptr_equal(block, at(RAM + 0x80));
    assert_ptr_equal(at(load32(RAM + 0x7c)), at(FIRST));
    assert_int_equal(used(), 168 + 16);
    rt_free_align(block);
    rt_free_align(NULL);
    assert_int_equal(used(), 0);
    assert_null(rt_malloc_align(SIZE, 64));
    unit_not_diagnosed();
    assert_null(rt_malloc_align(100, 0));
    unit_diagnosed(DIAGNOSIS_BAD_ALIGNMENT, 1);
}

static void memory_info(void **state)
{
    rt_size_t total;
    rt_size_t in_use;
    rt_size_t most;

    (void)state;
    start();
    rt_free(rt_malloc(1000));
    (void)rt_malloc(100);
    rt_memory_info(&total, &in_use, &most);
    assert_int_equal(total, SIZE - 56 - 32);
    assert_int_equal(in_use, 104 + 16);
    assert_int_equal(most, 1000 + 16);
    rt_memory_info(NULL, NULL, NULL);
    unit_not_diagnosed();
}

/* --- hooks --- */

static struct {
    unsigned malloc, free, entry, exit;
    void *block;
    rt_size_t size;
    void *replacement; /* what a hook puts in the pointer's place, if `replaces` */
    bool replaces;
} hooked;

static void on_malloc(void **block, rt_size_t size)
{
    hooked.malloc++;
    hooked.block = *block;
    hooked.size = size;
    if (hooked.replaces)
        *block = hooked.replacement;
}

static void on_free(void **block)
{
    hooked.free++;
    hooked.block = *block;
    if (hooked.replaces)
        *block = hooked.replacement;
}

static void on_entry(void **block, rt_size_t size)
{
    hooked.entry++;
    hooked.block = *block;
    hooked.size = size;
    if (hooked.replaces)
        *block = hooked.replacement;
}

static void on_exit_of_realloc(void **block, rt_size_t size)
{
    hooked.exit++;
    hooked.block = *block;
    assert_int_equal(hooked.size, size);
    if (hooked.replaces && hooked.entry == 0)
        *block = hooked.replacement;
}

static void start_hooked(void)
{
    start();
    memset(&hooked, 0, sizeof hooked);
    rt_malloc_sethook(on_malloc);
    rt_free_sethook(on_free);
    rt_realloc_set_entry_hook(on_entry);
    rt_realloc_set_exit_hook(on_exit_of_realloc);
}

/* Each call's hooks and no other's; the counts are of malloc, free, realloc's entry and its exit.
 */
static void called(unsigned malloc_hook, unsigned free_hook, unsigned entry, unsigned exit_hook)
{
    assert_int_equal(hooked.malloc, malloc_hook);
    assert_int_equal(hooked.free, free_hook);
    assert_int_equal(hooked.entry, entry);
    assert_int_equal(hooked.exit, exit_hook);
    hooked.malloc = hooked.free = hooked.entry = hooked.exit = 0;
}

static void hooks_of_each_call(void **state)
{
    (void)state;
    start_hooked();
    void *const a = rt_malloc(10);
    called(1, 0, 0, 0);
    assert_ptr_equal(hooked.block, a);
    assert_int_equal(hooked.size, 10);
    assert_null(rt_malloc(SIZE)); /* also on failure */
    called(1, 0, 0, 0);
    assert_null(hooked.block);
    assert_int_equal(hooked.size, SIZE);
    void *const b = rt_calloc(3, 7);
    called(1, 0, 0, 0);
    assert_ptr_equal(hooked.block, b);
    assert_int_equal(hooked.size, 21);
    void *const c = rt_realloc(b, 200); /* moves: no hook for the calls inside */
    called(0, 0, 1, 1);
    assert_ptr_equal(hooked.block, c);
    assert_int_equal(hooked.size, 200);
    assert_null(rt_realloc(c, 0));
    called(0, 0, 1, 1);
    assert_null(hooked.block);
    rt_free(NULL); /* also for NULL */
    called(0, 1, 0, 0);
    assert_null(hooked.block);
    rt_free(a);
    called(0, 1, 0, 0);
    assert_ptr_equal(hooked.block, a);
    unit_not_diagnosed();
}

static void hooks_of_aligned_blocks(void **state)
{
    (void)state;
    start_hooked();
    void *const block = rt_malloc_align(5, 62); /* 8 + 64 bytes; the raw block */
    called(1, 0, 0, 0);
    assert_ptr_equal(hooked.block, at(FIRST));
    assert_int_equal(hooked.size, 72);
    rt_free_align(block);
    called(0, 1, 0, 0);
    assert_ptr_equal(hooked.block, at(FIRST));
    rt_free_align(NULL); /* returns before rt_free */
    called(0, 0, 0, 0);
    assert_null(rt_malloc_align(SIZE, 8));
    called(1, 0, 0, 0);
    assert_null(hooked.block);
    unit_not_diagnosed();
}

static void hooks_may_change_the_pointer(void **state)
{
    (void)state;
    start_hooked();
    void *const a = rt_malloc(10);
    void *const b = rt_malloc(10);
    hooked.replaces = true;
    hooked.replacement = b;
    assert_ptr_equal(rt_malloc(10), b);
    assert_ptr_equal(rt_calloc(10, 1), b);
    rt_free(a); /* b is freed in its place */
    hooked.replaces = false;
    unit_not_diagnosed();
    rt_free(b);
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
    hooked.replaces = true;
    hooked.replacement = NULL;
    rt_free(a); /* not freed at all */
    assert_null(rt_malloc(10));
    hooked.replacement = a;
    hooked.entry = 0;
    const void *const moved = rt_realloc(at(4), 100); /* the entry hook mends it */
    assert_non_null(moved);
    unit_not_diagnosed();
    rt_realloc_set_entry_hook(NULL);
    hooked.entry = 0;
    assert_ptr_equal(rt_realloc(NULL, 100), a);
    unit_not_diagnosed();
}

/* A malloc hook that moves on by a prefix of its own, and a free hook that moves back. */
enum { PREFIX = 16 };

static void add_prefix(void **block, rt_size_t size)
{
    (void)size;
    if (*block != NULL)
        *block = (char *)*block + PREFIX;
}

static void drop_prefix(void **block)
{
    if (*block != NULL)
        *block = (char *)*block - PREFIX;
}

static void hooks_may_change_the_raw_pointer(void **state)
{
    (void)state;
    start_hooked();
    rt_malloc_sethook(add_prefix);
    rt_free_sethook(drop_prefix);
    rt_free(rt_malloc(100));
    assert_int_equal(used(), 0);
    void *const block = rt_malloc_align(100, 32); /* from FIRST + PREFIX = 0x58 */
    assert_ptr_equal(block, at(RAM + 0x60));
    assert_int_equal(load32(RAM + 0x5c), FIRST + PREFIX);
    rt_free_align(block);
    assert_int_equal(used(), 0);
    unit_not_diagnosed();
    hooked.replaces = true;
    hooked.replacement = NULL;
    rt_malloc_sethook(on_malloc);
    assert_null(rt_malloc_align(100, 32));
    hooked.replacement = at(4); /* no memory of the board: the hidden word can't be written */
    assert_null(rt_malloc_align(100, 32));
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    rt_free_sethook(on_free);
    hooked.replaces = false;
    rt_malloc_sethook(NULL);
    void *const again = rt_malloc_align(100, 32);
    hooked.replaces = true;
    hooked.replacement = NULL;
    const rt_size_t before = used();
    rt_free_align(again); /* not freed */
    assert_int_equal(used(), before);
    unit_not_diagnosed();
}

static void hooks_are_taken_away(void **state)
{
    (void)state;
    start_hooked();
    rt_malloc_sethook(NULL);
    rt_free_sethook(NULL);
    rt_realloc_set_entry_hook(NULL);
    rt_realloc_set_exit_hook(NULL);
    rt_free_align(rt_malloc_align(rt_realloc(rt_malloc(10), 0) == NULL ? 8 : 0, 8));
    rt_free(rt_calloc(8, 8));
    called(0, 0, 0, 0);
    unit_not_diagnosed();
}

/* --- what does not fit the board --- */

static void pointers_of_the_host(void **state)
{
    char on_the_stack[64];
    void *const from_libc = malloc(64);
    void *const pointers[] = {
        on_the_stack,        on_the_stack + 16,        from_libc, static_memory + 16, at(8),
        (void *)UINTPTR_MAX, (void *)(UINTPTR_MAX - 7)};

    (void)state;
    start();
    (void)rt_malloc(100);
    const rt_size_t before = used();
    for (unsigned i = 0; i < UNIT_COUNT(pointers); i++) {
        rt_free(pointers[i]);
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        assert_non_null(diagnose_last()->text);
        assert_null(rt_realloc(pointers[i], 10));
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        assert_non_null(diagnose_last()->text);
        rt_free_align(pointers[i]);
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        assert_non_null(diagnose_last()->text);
    }
    assert_int_equal(used(), before);
    unit_check(&kernel.system_heap);
    free(from_libc);
}

static void sizes_beyond_32_bits(void **state)
{
    const rt_size_t large = (rt_size_t)-1 << 31 << 1; /* 2^64 - 2^32; 0 where long has 32 bits */

    (void)state;
    if (large == 0)
        skip();
    start();
    void *const block = rt_malloc(100);
    const rt_size_t before = used();
    assert_null(rt_malloc(large + 8));
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    assert_null(rt_calloc(large + 8, 1));
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    assert_null(rt_calloc(1, large + 8));
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    assert_null(rt_realloc(block, large + 8));
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    assert_null(rt_malloc_align(large + 8, 8));
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    assert_null(rt_malloc_align(8, large + 8));
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    assert_int_equal(used(), before);
    rt_free(block);
    unit_not_diagnosed();
}

/* --- another allocator behind the same calls --- */

static void system_heap_of_the_configuration(void **state)
{
    char why[SPEC_WHY_MAX];

    (void)state;
    reset();
    assert_true(spec_heap("rt-small-mem:align=4,memtrace=1,name_max=16", &kernel.heap_config, why));
    rt_system_heap_init(at(RAM), at(RAM + SIZE));
    assert_ptr_equal(rt_malloc(1), at(RAM + 64 + 16));
    assert_int_equal(used(), 12 + 16);

    reset();
    assert_true(spec_heap("rt-mempool:block_size=64", &kernel.heap_config, why));
    rt_system_heap_init(at(RAM), at(RAM + SIZE));
    assert_ptr_equal(rt_malloc(1), at(RAM + 4));
    unit_not_diagnosed();
    assert_null(rt_realloc(at(RAM + 4), 8));
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    assert_null(rt_malloc_align(8, 8));
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    rt_free(at(RAM + 4));
    unit_not_diagnosed();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_heap_once),
        cmocka_unit_test(system_heap_of_an_odd_range),
        cmocka_unit_test(system_heaps_that_are_refused),
        cmocka_unit_test(calls_before_the_set_up),
        cmocka_unit_test(malloc_and_free),
        cmocka_unit_test(realloc_of_null_and_to_nothing),
        cmocka_unit_test(calloc_clears),
        cmocka_unit_test(aligned_blocks),
        cmocka_unit_test(memory_info),
        cmocka_unit_test(hooks_of_each_call),
        cmocka_unit_test(hooks_of_aligned_blocks),
        cmocka_unit_test(hooks_may_change_the_pointer),
        cmocka_unit_test(hooks_may_change_the_raw_pointer),
        cmocka_unit_test(hooks_are_taken_away),
        cmocka_unit_test(pointers_of_the_host),
        cmocka_unit_test(sizes_beyond_32_bits),
        cmocka_unit_test(system_heap_of_the_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
