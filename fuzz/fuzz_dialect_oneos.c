/*
 * fuzz_dialect_oneos: OneOS's memory calls, 2.x and 1.x, with right and wrong arguments, from
 * tasks, ISRs and locked sections, on each of its heaps.
 */
#include "../kernel/api/oneos/internal.h"

#include "../kernel/api/dialect.h"
#include "../kernel/api/oneos/os_assert.h"
#include "../kernel/api/oneos/os_task.h"
#include "../kernel/api/oneos/os_util.h"
#include "../sim/diagnose.h"
#include "board.h"
#include "dialect_calls.h"
#include "fail.h"
#include "target.h"

enum { HELPER_PRIORITY = 3, MEMHEAPS = 2, HEADER = 64 };

/* Whose blocks: the system's, those that only os_free_align takes, and each memheap's. */
enum { SYSTEM, APART, MEMHEAP };

/* clang-format off */
#define VERBS(VERB)                                                                                \
    VERB(malloc) VERB(calloc) VERB(aligned) VERB(realloc) VERB(free) VERB(info) VERB(check)        \
    VERB(trace) VERB(sys_init) VERB(sys_add) VERB(memheap_init) VERB(memheap_add)                  \
    VERB(memheap_alloc) VERB(memheap_aligned) VERB(memheap_realloc) VERB(memheap_free)             \
    VERB(memheap_look) VERB(memheap_deinit) VERB(v1_init) VERB(v1_align) VERB(v1_free_align)       \
    VERB(v1_hooks) VERB(schedule) VERB(irq) VERB(text) VERB(libc) VERB(pass)
/* clang-format on */

enum {
#define VERB(name) DO_##name,
    VERBS(VERB)
#undef VERB
};

static const struct language_verb verbs[] = {
#define VERB(name) {#name, DIALECT_OPERANDS},
    VERBS(VERB)
#undef VERB
        {.name = NULL}};

static os_memheap_t memheaps[MEMHEAPS];

/* --- the system heap --- */

static void take(unsigned owner, void *block, size_t size)
{
    dialect_gives(owner, block, size, 4);
}

/* A resize to 0 is told of, whether it freed the block or not: buddy's frees it twice. */
static size_t some(size_t size)
{
    return size > 0 ? size : 1;
}

static size_t alignment(uint32_t number)
{
    return number < 0xe0 ? (size_t)1 << number % 8 : number % 16;
}

static void aligned(unsigned owner, void *block, size_t size, size_t align)
{
    if (block != NULL && align > 0 && (align & (align - 1)) != 0)
        fail("a block was aligned to what is no power of two");
    dialect_gives(owner, block, size, align > 4 ? align : 4);
}

static void look(void)
{
    os_meminfo_t info;

    os_memory_info(&info);
    /* 1.x's total is without its first header */
    if (info.mem_used > info.mem_total + HEADER || info.mem_used > info.mem_maxused)
        fail("more is used than there is, or than ever was");
}

static unsigned corrupt_at_first; /* in this input */

static void check_heap(void)
{
    const unsigned before = diagnose_count(DIAGNOSIS_KINDS);

    if (os_memory_check() != OS_EOK && diagnose_count(DIAGNOSIS_KINDS) == before)
        fail("a check failed and does not say why");
    if (diagnose_count(DIAGNOSIS_HEAP_CORRUPT) > corrupt_at_first)
        fail("a heap says that it is corrupt");
}

static void add_region(const uint32_t *operands)
{
    void *const area = (char *)dialect_area(8 + operands[1] % 4) + operands[3] % 4;
    const size_t size = operands[2] % DIALECT_AREA;

    if (operands[3] >= 0xf0)
        (void)os_sys_heap_add(operands[3] % 2 != 0 ? NULL : target_pointer(BOARD_RAM + DIALECT_RAM),
                              dialect_size(operands[2]), (enum os_mem_alg)(operands[1] % 5));
    else if (os_sys_heap_add(area, size, (enum os_mem_alg)(operands[1] / 4 % 5)) == OS_EOK)
        dialect_grows();
}

/* --- heaps of the application's own --- */

static os_memheap_t *memheap(uint32_t number)
{
    return number < 0xf0 ? &memheaps[number % MEMHEAPS] : NULL;
}

static void memheap_call(unsigned verb, const uint32_t *operands)
{
    const unsigned owner = MEMHEAP + operands[1] % MEMHEAPS;
    os_memheap_t *const heap = memheap(operands[1]);
    const size_t size = dialect_size(operands[2]);
    void *block = dialect_block(owner, operands[3]);
    os_meminfo_t info = {0, 0, 0};

    switch (verb) {
    case DO_memheap_init:
        (void)os_memheap_init(heap, (operands[3] & 1) != 0 ? NULL : "of the application's own");
        break;
    case DO_memheap_add:
        (void)os_memheap_add(heap, (char *)dialect_area(operands[3] % 8) + operands[3] / 8 % 4,
                             operands[2] % DIALECT_AREA, (enum os_mem_alg)(operands[2] % 5));
        break;
    case DO_memheap_alloc:
        take(owner, os_memheap_alloc(heap, size), size);
        break;
    case DO_memheap_aligned:
        aligned(owner, os_memheap_aligned_alloc(heap, alignment(operands[3]), size), size,
                alignment(operands[3]));
        break;
    case DO_memheap_realloc:
        dialect_before(owner, block);
        block = os_memheap_realloc(heap, block, some(size));
        dialect_after_resize(block, some(size));
        break;
    case DO_memheap_free:
        dialect_before(owner, block);
        os_memheap_free(heap, block);
        dialect_after_free();
        break;
    case DO_memheap_deinit:
        if (os_memheap_deinit(heap) == OS_EOK)
            fail("what upstream has not written was done");
        break;
    default:
        os_memheap_info(heap, &info);
        /* os_mem_small's regions: each total is without a first header */
        if (info.mem_used > info.mem_total + 16 * HEAP_REGIONS_MAX)
            fail("more of a heap is used than there is");
        (void)os_memheap_check(heap);
        (void)os_memheap_trace(heap);
    }
}

/* --- the rest --- */

static void on_malloc(void *block, os_size_t size)
{
    (void)block;
    (void)size;
}

static void on_free(void *block)
{
    (void)block;
}

static void call_v1(unsigned verb, const uint32_t *operands)
{
    const size_t size = dialect_size(operands[2]);

    if (verb == DO_v1_init) {
        os_system_heap_init(dialect_area(operands[1]), dialect_area(operands[1] + 1));
    } else if (verb == DO_v1_align) {
        dialect_gives(APART, os_malloc_align(size, operands[3] % 64), size, 4);
    } else if (verb == DO_v1_free_align) {
        dialect_frees_aligned(APART, dialect_block(APART, operands[1]), os_free_align);
    } else {
        os_malloc_set_hook((operands[2] & 1) != 0 ? on_malloc : NULL);
        os_free_set_hook((operands[2] & 2) != 0 ? on_free : NULL);
    }
}

static void through_libc(const uint32_t *operands)
{
    const size_t size = dialect_size(operands[2]);
    void *block = dialect_block(SYSTEM, operands[1]);

    switch (operands[3] % 5) {
    case 0:
        take(SYSTEM, dialect.libc.malloc(size, HEAP_CALL("malloc")), size);
        break;
    case 1:
        dialect_before(SYSTEM, block);
        block = dialect.libc.realloc(block, some(size), HEAP_CALL("realloc"));
        dialect_after_resize(block, some(size));
        break;
    case 2:
        aligned(SYSTEM,
                dialect.libc.memalign((size_t)1 << operands[3] / 5 % 8, size, HEAP_CALL("a")), size,
                (size_t)1 << operands[3] / 5 % 8);
        break;
    case 3:
        dialect_gives_cleared(
            SYSTEM, dialect.libc.calloc(operands[3], operands[2] % 64, HEAP_CALL("calloc")),
            operands[3] * (operands[2] % 64), 4);
        break;
    default:
        dialect_before(SYSTEM, block);
        dialect.libc.free(block, HEAP_CALL("free"));
        dialect_after_free();
    }
}

static void section(unsigned verb, const uint32_t *operands)
{
    if (verb == DO_schedule) {
        const os_bool_t before = os_is_schedule_locked();

        if (operands[3] % 8 == 0) {
            if (!before)
                os_schedule_unlock(); /* without a lock */
            return;
        }
        os_schedule_lock();
        take(SYSTEM, os_malloc(operands[2] % 64), operands[2] % 64);
        os_schedule_unlock();
        if (os_is_schedule_locked() != before)
            fail("the scheduler is locked, or not, as it was not before");
        return;
    }
    const os_bool_t was_off = os_is_irq_disabled();
    const os_ubase_t state = os_irq_lock();
    if (!os_is_irq_disabled() || (os_is_irq_active() != 0) != irq_in_isr())
        fail("interrupts are not off, or an ISR does not know that it is one");
    take(SYSTEM, os_malloc(operands[2] % 64), operands[2] % 64);
    os_irq_unlock(state);
    if (was_off)
        return;
    os_irq_disable();
    dialect_frees(SYSTEM, dialect_block(SYSTEM, operands[1]), os_free);
    os_irq_enable();
}

static void print(const uint32_t *operands)
{
    char text[32];
    const os_size_t room = operands[3] % (sizeof text + 1);

    if (os_snprintf(text, room, "%u and %s", operands[2], "more") < 9)
        fail("a text is shorter than it is");
    os_kprintf("%u\n", operands[2]);
    OS_ASSERT_EX(operands[3] % 2 == 0, "%u", operands[2]);
}

static void call(unsigned verb, const uint32_t *operands)
{
    const size_t size = dialect_size(operands[2]);
    const size_t count = dialect_count(operands);
    void *block = dialect_block(SYSTEM, operands[1]);

    switch (verb) {
    case DO_malloc:
        take(SYSTEM, os_malloc(size), size);
        break;
    case DO_calloc:
        dialect_gives_cleared(SYSTEM, os_calloc(count, size), count * size, 4);
        break;
    case DO_aligned:
        aligned(SYSTEM, os_aligned_malloc(alignment(operands[3]), size), size,
                alignment(operands[3]));
        break;
    case DO_realloc:
        dialect_before(SYSTEM, block);
        block = os_realloc(block, some(size));
        dialect_after_resize(block, some(size));
        break;
    case DO_free:
        dialect_frees(SYSTEM, block, os_free);
        break;
    case DO_info:
        look();
        break;
    case DO_check:
        check_heap();
        break;
    case DO_trace:
        (void)os_memory_trace();
        break;
    case DO_sys_init:
        os_sys_heap_init();
        break;
    case DO_sys_add:
        add_region(operands);
        break;
    case DO_schedule:
    case DO_irq:
        section(verb, operands);
        break;
    case DO_text:
        print(operands);
        break;
    case DO_libc:
        through_libc(operands);
        break;
    case DO_pass:
        if (!dialect_is_helper() && rules_here() == 0)
            (void)task_sleep(1 + operands[2] % 4);
        break;
    default:
        if (verb >= DO_memheap_init && verb <= DO_memheap_deinit)
            memheap_call(verb, operands);
        else
            call_v1(verb, operands);
    }
}

/* --- the input --- */

static void make(void *begin, unsigned long size)
{
    if (oneos_is_v1())
        os_system_heap_init(begin, (char *)begin + size);
    else
        (void)os_sys_heap_add(begin, size, OS_MEM_ALG_DEFAULT);
}

static bool begin(const uint32_t *header)
{
    if (!dialect_begin(header, make))
        return false;
    corrupt_at_first = diagnose_count(DIAGNOSIS_HEAP_CORRUPT);
    dialect_start_helper(HELPER_PRIORITY);
    return true;
}

static void act(unsigned verb, const uint32_t *operands)
{
    dialect_from(operands[0], call, verb, operands);
}

static void free_all(void)
{
    while (held_count > 0) {
        const unsigned before = held_count;
        void *const block = target_pointer(held_blocks[0].address);
        const unsigned owner = held_blocks[0].owner;

        if (owner < MEMHEAP) {
            dialect_frees(owner, block, owner == SYSTEM ? os_free : os_free_align);
        } else {
            dialect_before(owner, block);
            os_memheap_free(&memheaps[owner - MEMHEAP], block);
            dialect_after_free();
        }
        if (held_count == before)
            fail("a block could not be given back");
    }
}

/* There is no call for that. */
static void end_memheaps(void)
{
    for (unsigned i = 0; i < MEMHEAPS; i++) {
        if (memheaps[i].heap.ops != NULL)
            heap_detach(&memheaps[i].heap);
        memset(&memheaps[i], 0, sizeof memheaps[i]);
    }
    kernel.oneos.memheaps = NULL;
}

static void end(void)
{
    os_malloc_set_hook(NULL);
    os_free_set_hook(NULL);
    dialect_close_helper();
    free_all();
    check_heap();
    end_memheaps();
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
    board_serve();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    dialect_boot("OneOS", "oneos-mixed");
    return 0;
}
