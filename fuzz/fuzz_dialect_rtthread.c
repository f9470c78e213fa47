/*
 * fuzz_dialect_rtthread: RT-Thread's calls so far, with right and wrong arguments, from threads,
 * ISRs and locked sections, on each allocator and release.
 */
#include "rtthread_calls.h"

#include "../kernel/api/dialect.h"
#include "../kernel/heap/allocators.h"
#include "../sim/diagnose.h"
#include "board.h"
#include "fail.h"
#include "target.h"

enum {
    HELPER_PRIORITY = 5,
    OWN_HEAPS = 2,
    HEADER = 64,
    MAIN_PRIORITY = RT_THREAD_PRIORITY_MAX / 3
};

static const struct language_verb verbs[] = {
#define VERB(name) {#name, DIALECT_OPERANDS},
    RT_MEMORY_VERBS(VERB) RT_OBJECT_VERBS(VERB) RT_THREAD_VERBS(VERB)
#undef VERB
        {.name = NULL}};

const char *rt_any_name(uint32_t number)
{
    static const char *const names[] = {"a", "of the fuzzer's own, and rather long", "", "main"};

    return number < 0xf8 ? names[number % 4] : NULL;
}

/* --- the system heap --- */

static unsigned hook_calls;

static void on_malloc(void **block, rt_size_t size)
{
    (void)block;
    (void)size;
    hook_calls++;
}

static void on_free(void **block)
{
    (void)block;
    hook_calls++;
}

static void take(unsigned owner, void *block, size_t size)
{
    dialect_gives(owner, block, size, 1);
}

static void set_hooks(uint32_t which)
{
    rt_malloc_sethook((which & 1) != 0 ? on_malloc : NULL);
    rt_free_sethook((which & 2) != 0 ? on_free : NULL);
    rt_realloc_set_entry_hook((which & 4) != 0 ? on_malloc : NULL);
    rt_realloc_set_exit_hook((which & 8) != 0 ? on_malloc : NULL);
    rt_mp_alloc_sethook(NULL);
    rt_mp_free_sethook(NULL);
    rt_timer_enter_sethook(NULL);
    rt_timer_exit_sethook(NULL);
}

static void look(void)
{
    rt_size_t total = 0;
    rt_size_t used = 0;
    rt_size_t most = 0;

    rt_memory_info(&total, &used, &most);
    rt_memory_info(NULL, NULL, NULL);
    if (used > total + HEADER) /* small-mem's total is without its first header */
        fail("more is used than there is");
}

/* TLSF's package takes regions more. */
static void *added;

static void change_system(const uint32_t *operands)
{
    char *const area = dialect_area(14);

    if (operands[3] % 4 == 0) {
        rt_system_heap_init(area, area + 1000);
    } else if (operands[3] % 4 == 1 && added == NULL) {
        added = rt_system_heap_add(area + operands[1] % 8, area + operands[2] % DIALECT_AREA);
        dialect_grows();
    } else {
        const unsigned before = diagnose_count(DIAGNOSIS_KINDS);

        rt_system_heap_remove(operands[1] < 0xf0 ? added : area);
        if (diagnose_count(DIAGNOSIS_KINDS) == before)
            added = NULL;
    }
}

/* --- heaps of the application's own: small-mem, slab, memheap --- */

static void *smem[OWN_HEAPS], *slab[OWN_HEAPS];
static struct rt_memheap memheaps[OWN_HEAPS];
static bool memheap_lives[OWN_HEAPS];

static char *own_area(unsigned owner)
{
    return dialect_area(owner); /* each has one */
}

/* With a memheap for system heap its blocks come from the application's memheaps, too. */
static unsigned owner_of_memheap(unsigned i)
{
    return kernel.heap_config.ops == &heap_rt_memheap ? SYSTEM : MEMHEAP + i;
}

static void make_own(unsigned kind, unsigned i, const uint32_t *operands)
{
    const char *const name = operands[3] < 0xf0 ? rt_any_name(operands[3]) : NULL;
    const rt_size_t size = operands[2] % (DIALECT_AREA - 8);
    void *begin = own_area(SMEM + 2 * kind + i) + operands[3] % 8;

    if (operands[3] % 16 == 15)
        begin = dialect_block(SYSTEM, operands[1] | 0xe3);
    if (operands[3] % 16 == 15 && port_memory_refusal(begin, size) == NULL)
        return; /* somebody's */
    if (kind == 0 && smem[i] == NULL)
        smem[i] = rt_smem_init(name, begin, size);
    else if (kind == 1 && slab[i] == NULL)
        slab[i] = rt_slab_init(name, begin, size);
    else if (kind == 2)
        memheap_lives[i] = rt_memheap_init(operands[3] == 0x9f ? NULL : &memheaps[i],
                                           name != NULL ? name : "m", begin, size) == RT_EOK ||
                           memheap_lives[i];
    dialect_grows();
}

static bool is_held(void *held, const struct heap_block *block)
{
    bool *const all = held;

    if (!block->used)
        return true;
    for (unsigned n = 0; n < held_count; n++)
        if (held_blocks[n].address - block->payload <= block->usable)
            return true;
    return *all = false;
}

/* Of a memheap that serves rt_malloc, too, threads and objects have blocks: it stays. */
static bool serves_the_kernel(unsigned kind, unsigned i)
{
    bool all = true;

    if (kind != 2 || !memheap_lives[i] || owner_of_memheap(i) != SYSTEM)
        return false;
    memheaps[i].heap.ops->walk(&memheaps[i].heap, is_held, &all);
    return !all;
}

static void end_own(unsigned kind, unsigned i)
{
    void *const area = own_area(SMEM + 2 * kind + i);
    rt_err_t error;

    if (kind == 0)
        error = rt_smem_detach(smem[i]);
    else if (kind == 1)
        error = rt_slab_detach(slab[i]);
    else
        error = rt_memheap_detach(&memheaps[i]);
    if (error != RT_EOK)
        return;
    dialect_area_ends(area, DIALECT_AREA);
    if (kind == 0)
        smem[i] = NULL;
    else if (kind == 1)
        slab[i] = NULL;
    else
        memheap_lives[i] = false;
}

/* rt_smem_free and rt_memheap_free learn from the block which of their heaps it is of. */
static unsigned owner_for_free(unsigned kind, unsigned owner, const void *block)
{
    const bool of_system = kernel.heap_config.ops == &heap_rt_small_mem;

    for (unsigned n = 0; n < held_count; n++) {
        const unsigned other = held_blocks[n].owner;

        if (target_pointer(held_blocks[n].address) == block &&
            ((kind == 0 && (other - SMEM < OWN_HEAPS || (other == SYSTEM && of_system))) ||
             (kind == 2 && other - MEMHEAP < OWN_HEAPS)))
            return other;
    }
    return owner;
}

static void own_block(unsigned verb, unsigned kind, unsigned i, const uint32_t *operands)
{
    const unsigned owner = kind == 2 ? owner_of_memheap(i) : SMEM + 2 * kind + i;
    const size_t size = dialect_size(operands[2]);
    void *block = dialect_block(owner, operands[3]);

    if (verb == RT_DO_own_alloc) {
        block = kind == 0   ? rt_smem_alloc(smem[i], size)
                : kind == 1 ? rt_slab_alloc(slab[i], size)
                            : rt_memheap_alloc(&memheaps[i], size);
        take(owner, block, size);
        return;
    }
    if (kind == 2 && owner == SYSTEM && verb == RT_DO_own_realloc)
        return; /* a block of another one of those that are bound */
    dialect_before(verb == RT_DO_own_free ? owner_for_free(kind, owner, block) : owner, block);
    if (verb == RT_DO_own_realloc) {
        block = kind == 0   ? rt_smem_realloc(smem[i], block, size)
                : kind == 1 ? rt_slab_realloc(slab[i], block, size)
                            : rt_memheap_realloc(&memheaps[i], block, size);
        dialect_after_resize(block, size);
        return;
    }
    if (kind == 0)
        rt_smem_free(block);
    else if (kind == 1)
        rt_slab_free(slab[i], block);
    else
        rt_memheap_free(block);
    dialect_after_free();
}

static void own(unsigned verb, const uint32_t *operands)
{
    const unsigned kind = operands[1] % 3;
    const unsigned i = operands[1] / 3 % OWN_HEAPS;
    rt_size_t total = 0;
    rt_size_t used = 0;
    rt_size_t most = 0;

    if (verb == RT_DO_own_make) {
        make_own(kind, i, operands);
    } else if (verb == RT_DO_own_end) {
        if (!serves_the_kernel(kind, i))
            end_own(kind, i);
    } else if (verb == RT_DO_own_info) {
        rt_memheap_info(&memheaps[i], &total, &used, &most);
        if (used > total)
            fail("more of a memheap is used than there is");
    } else {
        own_block(verb, kind, i, operands);
    }
}

/* --- the rest --- */

static void through_libc(const uint32_t *operands)
{
    const size_t size = dialect_size(operands[2]);
    void *block = dialect_block(SYSTEM, operands[1]);

    switch (operands[3] % 3) {
    case 0:
        block =
            dialect.libc.memalign((size_t)1 << operands[3] / 3 % 8, size, HEAP_CALL("memalign"));
        dialect_gives(SYSTEM, block, size, (size_t)1 << operands[3] / 3 % 8);
        break;
    case 1:
        dialect_before(SYSTEM, block);
        block = dialect.libc.realloc(block, size, HEAP_CALL("realloc"));
        dialect_after_resize(block, size);
        break;
    default:
        take(SYSTEM, dialect.libc.malloc(size, HEAP_CALL("malloc")), size);
    }
}

static int print_to(char *text, rt_size_t room, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = rt_vsnprintf(text, room, format, args);
    va_end(args);
    return length;
}

static void on_assertion(const char *condition, const char *function, rt_size_t line)
{
    (void)condition;
    (void)function;
    (void)line;
}

static void print(const uint32_t *operands)
{
    char text[64];
    const rt_size_t room = operands[3] % (sizeof text + 1);

    if (rt_snprintf(text, room, "%u and %s", operands[2], "more") < 9 ||
        print_to(text, room, "%u", operands[2]) < 1 || rt_sprintf(text, "%u", operands[2]) < 1)
        fail("a text is shorter than it is");
    rt_kprintf("%u\n", operands[2]);
    rt_kputs((operands[3] & 1) != 0 ? NULL : "text");
    rt_assert_set_hook((operands[3] & 2) != 0 ? on_assertion : NULL);
    RT_ASSERT(operands[3] % 8 != 0);
    rt_assert_set_hook(NULL);
}

static void on_pages(unsigned verb, const uint32_t *operands)
{
    rt_size_t count = operands[2] % 5;
    void *const block = verb == RT_DO_pages ? NULL : dialect_block(PAGES, operands[1]);

    if (verb == RT_DO_pages) {
        dialect_gives(PAGES, rt_page_alloc(count), count * 4096, 4096);
        return;
    }
    const struct held_block *const held = block_at(PAGES, block);
    if (held != NULL)
        count = held->size / 4096; /* of more, those behind it would go, too */
    dialect_before(PAGES, block);
    rt_page_free(block, count);
    if (count > 0)
        dialect_after_free();
}

/* Where aligned blocks are like any other, either call takes them back. */
static unsigned apart(void)
{
    return (kernel.heap_config.ops->capabilities & HEAP_ALIGNED_APART) != 0 ? APART : SYSTEM;
}

static void free_aligned(const uint32_t *operands)
{
    void *const block = dialect_block(apart(), operands[1]);

    if (apart() == APART)
        dialect_frees_aligned(APART, block, rt_free_align);
    else
        dialect_frees(SYSTEM, block, rt_free_align);
}

static void do_memory(unsigned verb, const uint32_t *operands)
{
    const size_t size = dialect_size(operands[2]);
    const size_t count = dialect_count(operands);
    const size_t align = operands[3] < 0xe0 ? (size_t)4 << operands[3] % 6 : operands[3] % 32;
    void *block = dialect_block(SYSTEM, operands[1]);

    switch (verb) {
    case RT_DO_malloc:
        take(SYSTEM, rt_malloc(size), size);
        break;
    case RT_DO_calloc:
        dialect_gives_cleared(SYSTEM, rt_calloc(count, size), count * size, 1);
        break;
    case RT_DO_realloc:
        dialect_before(SYSTEM, block);
        block = rt_realloc(block, size);
        dialect_after_resize(block, size);
        break;
    case RT_DO_free:
        dialect_frees(SYSTEM, block, rt_free);
        break;
    case RT_DO_align:
        dialect_gives(apart(), rt_malloc_align(size, align), size, 4);
        break;
    case RT_DO_free_align:
        free_aligned(operands);
        break;
    case RT_DO_info:
        look();
        break;
    case RT_DO_pages:
    case RT_DO_pages_free:
        on_pages(verb, operands);
        break;
    case RT_DO_system:
        change_system(operands);
        break;
    case RT_DO_hooks:
        set_hooks(operands[2]);
        break;
    case RT_DO_libc:
        through_libc(operands);
        break;
    case RT_DO_text:
        print(operands);
        break;
    default:
        own(verb, operands);
    }
}

static void call(unsigned verb, const uint32_t *operands)
{
    if (verb <= RT_DO_text)
        do_memory(verb, operands);
    else if (verb <= RT_DO_control)
        rt_do_objects(verb, operands);
    else
        rt_do_threads(verb, operands);
}

/* --- the input --- */

static void make(void *begin, unsigned long size)
{
    rt_system_heap_init(begin, (char *)begin + size);
}

static bool begin(const uint32_t *header)
{
    static const uint32_t releases[] = {HEAP_VERSION(5, 2, 0), HEAP_VERSION(4, 1, 1),
                                        HEAP_VERSION(5, 0, 0), HEAP_VERSION(5, 0, 1)};

    kernel.rtthread.release = releases[header[DIALECT_FLAGS] >> 4 & 3];
    if (!dialect_begin(header, make))
        return false;
    if ((header[DIALECT_FLAGS] & 0x40) != 0 && kernel.heap_lock == HEAP_LOCK_MUTEX)
        kernel.heap_lock = HEAP_LOCK_INTERRUPTS;
    added = NULL;
    (void)rt_thread_init(&rt_helper, "helper", dialect_help, NULL, NULL, 0, HELPER_PRIORITY, 5);
    (void)rt_thread_startup(&rt_helper);
    dialect_helper(&rt_helper.task);
    return true;
}

static void act(unsigned verb, const uint32_t *operands)
{
    dialect_from(operands[0], call, verb, operands);
}

static void free_one(struct held_block block)
{
    void *const at = target_pointer(block.address);
    const unsigned owner = block.owner;

    dialect_before(owner, at);
    /* With a lock of the system heap that masks interrupts, rt_free can't wait for a memheap's. */
    if (owner == SYSTEM && rt_is_bound() && rt_memheap_around(block.address) != NULL)
        rt_memheap_free(at);
    else if (owner == SYSTEM)
        rt_free(at);
    else if (owner == APART)
        rt_free_align(at);
    else if (owner < SLAB)
        rt_smem_free(at);
    else if (owner < MEMHEAP)
        rt_slab_free(slab[owner - SLAB], at);
    else if (owner < PAGES)
        rt_memheap_free(at);
    else
        rt_page_free(at, block.size / 4096);
    dialect_after_free();
}

static void end_heaps(void)
{
    if ((kernel.heap_config.ops->capabilities & HEAP_CAN_FREE) == 0)
        dialect_forgets();
    while (held_count > 0) {
        const unsigned before = held_count;

        free_one(held_blocks[0]);
        if (held_count == before)
            fail("a block could not be given back");
    }
    for (unsigned kind = 0; kind < 3; kind++)
        for (unsigned i = 0; i < OWN_HEAPS; i++)
            if (kind == 0 ? smem[i] != NULL : kind == 1 ? slab[i] != NULL : memheap_lives[i])
                end_own(kind, i);
    if (added != NULL)
        rt_system_heap_remove(added);
}

static void end(void)
{
    rt_uint8_t priority = MAIN_PRIORITY;

    set_hooks(0);
    rt_end_objects();
    dialect_helper_goes_on();
    rt_end_objects(); /* it may have been at work on one */
    rt_end_threads();
    end_heaps();
    (void)rt_thread_control(rt_main_thread, RT_THREAD_CTRL_CHANGE_PRIORITY, &priority);
    dialect_end();
}

const struct language fuzz_language = {.header = {DIALECT_HEADER},
                                       .verbs = verbs,
                                       .begin = begin,
                                       .act = act,
                                       .end = end,
                                       .around = board_call};

/* --- the board --- */

int port_application_main(void)
{
    rt_main_thread = rt_thread_self();
    board_serve();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    dialect_boot("RT-Thread", "rt-small-mem");
    return 0;
}
