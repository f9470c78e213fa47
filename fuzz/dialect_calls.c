#include "dialect_calls.h"

#include "../kernel/api/common.h"
#include "../kernel/api/dialect.h"
#include "../kernel/kernel.h"
#include "../sim/diagnose.h"
#include "../tests/parallel/invariants.h"
#include "board.h"
#include "fail.h"
#include "layout.h"

enum { LINE = 5, URGENT_LINE = 6, HEAP_AT = DIALECT_RAM, HEAP_MOST = 0x10000 };

/* --- the board --- */

void port_main_returned(int value, bool waited)
{
    (void)value;
    (void)waited;
}

static void on_diagnosis(void);

static void boot(void)
{
    dialect_start(target_pointer(BOARD_RAM), DIALECT_BOOT_RAM);
}

void dialect_boot(const char *name, const char *heap)
{
    const struct board board = {.cores = 1, .ticks_per_second = 1000, .heap = heap, .boot = boot};

    fail_about(name);
    diagnose_on_each(on_diagnosis);
    board_start(&board);
}

/* --- the system heap --- */

static struct {
    struct heap heap;
    struct heap_config config;
    enum heap_lock lock;
} own;

static tsize_t used_at_first;
static bool is_another; /* than at first */

static tsize_t used_now(void)
{
    struct heap_stats stats;

    kernel.system_heap.ops->stats(&kernel.system_heap, &stats);
    return stats.used;
}

static void put_back(void)
{
    if (kernel.system_heap_live)
        heap_detach(&kernel.system_heap);
    kernel.system_heap = own.heap;
    kernel.system_heap.next = kernel.heap_list;
    kernel.heap_list = &kernel.system_heap;
    kernel.system_heap_live = true;
    kernel.heap_config = own.config;
    kernel.heap_lock = own.lock;
}

bool dialect_begin(const uint32_t *header, void (*make)(void *begin, unsigned long size))
{
    unsigned count = 0;

    while (heap_allocators[count] != NULL)
        count++;
    const struct heap_ops *const ops = heap_allocators[header[DIALECT_ALLOCATOR] % count];
    if (dialect.heap_refusal(ops) != NULL)
        return false;
    /* What an input before left there could look like blocks in this one. */
    memset(target_pointer(BOARD_RAM + HEAP_AT), 0, HEAP_MOST);
    memset(target_pointer(BOARD_RAM + DIALECT_AREAS), 0, DIALECT_AREA * DIALECT_AREA_COUNT);
    own.heap = kernel.system_heap;
    own.config = kernel.heap_config;
    own.lock = kernel.heap_lock;
    heap_detach(&kernel.system_heap);
    kernel.system_heap_live = false;
    layout_options(&kernel.heap_config, ops, header);
    kernel.heap_config.points = header[DIALECT_FLAGS] & 1;
    kernel.heap_config.events = true;
    held_count = 0;
    make(target_pointer(BOARD_RAM + HEAP_AT + (header[DIALECT_FLAGS] >> 1 & 7)),
         0x400 + header[DIALECT_SIZE] % (HEAP_MOST - 0x500));
    if (!kernel.system_heap_live) {
        put_back();
        return false;
    }
    (void)heap_alloc(&kernel.system_heap, 1 << 30, HEAP_CALL("fuzz")); /* some are laid out then */
    used_at_first = used_now();
    is_another = false;
    return true;
}

void dialect_end(void)
{
    struct heap *const h = &kernel.system_heap;
    struct heap_fault fault;

    if (kernel_faults() > 0)
        fail("the kernel's records do not agree");
    if (kernel_core()->masked || kernel_core()->interrupts > 0 || task_self()->schedule_locks > 0)
        fail("the input's end is in another context than its begin");
    if (kernel.system_heap_live) {
        if (!h->ops->check(h, &fault))
            fail(fault.text);
        if ((h->ops->capabilities & HEAP_COALESCES) != 0 && held_count == 0 && !is_another &&
            used_now() != used_at_first)
            fail("the heap is not what it was, though all was given back");
    }
    put_back();
}

/* --- contexts --- */

static struct {
    void (*act)(unsigned verb, const uint32_t *operands);
    unsigned verb;
    const uint32_t *operands;
} call;

static void run_call(int line, void *unused)
{
    (void)line;
    (void)unused;
    call.act(call.verb, call.operands);
}

static struct task *helper;
static struct {
    void (*act)(unsigned verb, const uint32_t *operands);
    unsigned verb;
    uint32_t operands[4];
} job;

static bool is_ending;

void dialect_help(void *unused)
{
    (void)unused;
    for (;;) {
        while (job.act == NULL)
            (void)task_sleep(WAIT_FOREVER);
        if (!is_ending)
            job.act(job.verb, job.operands);
        job.act = NULL;
    }
}

void dialect_helper(struct task *task)
{
    helper = task;
    job.act = NULL;
    is_ending = false;
}

void dialect_helper_goes_on(void)
{
    is_ending = true;
    if (job.act != NULL && (helper == NULL || helper->id == 0 || helper->state == TASK_CLOSED))
        is_another = true; /* it was ended amid a call: its block is nobody's */
    for (unsigned i = 0; i < 8 && job.act != NULL && helper != NULL && helper->id != 0; i++) {
        (void)task_resume(helper);
        (void)task_sleep(1); /* it may be less urgent by now */
    }
    if (job.act != NULL && helper != NULL && helper->id != 0 && helper->state != TASK_CLOSED)
        fail("a task waits on though all objects are gone");
}

static struct task kernels_helper;

void dialect_start_helper(uint8_t priority)
{
    task_init(&kernels_helper, "helper", dialect_help, NULL, priority, 1);
    (void)task_start(&kernels_helper);
    dialect_helper(&kernels_helper);
}

void dialect_close_helper(void)
{
    dialect_helper_goes_on();
    (void)task_close(&kernels_helper);
    task_reap();
}

bool dialect_is_helper(void)
{
    return task_self() == helper;
}

static void hand_to_helper(void)
{
    if (helper == NULL || helper->id == 0 || helper->state == TASK_CLOSED || job.act != NULL)
        return;
    job.verb = call.verb;
    memcpy(job.operands, call.operands, sizeof job.operands);
    job.act = call.act;
    (void)task_resume(helper); /* suspended or asleep */
}

static void run_in_isr(unsigned line)
{
    irq_install(line, run_call, NULL, "fuzz");
    irq_set_priority(line, line == LINE ? IRQ_PRIORITY_STANDARD : 3);
    irq_raise(port_core(), line);
}

void dialect_from(unsigned how, void (*act)(unsigned verb, const uint32_t *operands), unsigned verb,
                  const uint32_t *operands)
{
    uint32_t locks;
    bool masked;

    call.act = act;
    call.verb = verb;
    call.operands = operands;
    switch (how % 32) {
    case 24:
        run_in_isr(LINE);
        break;
    case 25:
        run_in_isr(URGENT_LINE);
        break;
    case 26:
        masked = kernel_mask();
        act(verb, operands);
        kernel_leave(masked);
        break;
    case 27:
        locks = task_self()->schedule_locks;
        task_count(&task_self()->schedule_locks, 1);
        act(verb, operands);
        __atomic_store_n(&task_self()->schedule_locks, locks, __ATOMIC_RELAXED);
        kernel_leave(kernel_enter());
        break;
    case 28:
    case 29:
    case 30:
    case 31:
        hand_to_helper();
        break;
    default:
        act(verb, operands);
    }
}

uint32_t dialect_ticks(uint32_t number, uint32_t forever)
{
    return number >= 0xf8 && dialect_is_helper() && !irq_in_isr() ? forever : number % 6;
}

/* --- arguments --- */

void *dialect_area(unsigned n)
{
    return target_pointer(BOARD_RAM + DIALECT_AREAS + n % DIALECT_AREA_COUNT * DIALECT_AREA);
}

/* A place of the heap, whatever it is, but no block of the kernel's own: a task's stack is sound.
 */
static void *in_the_heap(uint32_t number)
{
    const taddr_t at = BOARD_RAM + HEAP_AT + 16 * number;

    for (unsigned i = 0; i < held_count; i++)
        if (held_blocks[i].address == at)
            return target_pointer(at);
    return kernel.system_heap_live && api_is_live(&kernel.system_heap, at) ? NULL
                                                                           : target_pointer(at);
}

void *dialect_block(unsigned owner, uint32_t number)
{
    static uint32_t elsewhere[8];
    const struct held_block *const block = block_of(owner, number);
    const struct held_block *const other = held_count > 0 ? &held_blocks[number % held_count] : 0;

    if (number < 0xe0)
        return block != NULL ? target_pointer(block->address) : NULL;
    switch (number % 8) {
    case 0:
        /* Perhaps another's. An aligned one of 0 bytes may lie where the next block begins. */
        return other != NULL && other->size > 0 ? target_pointer(other->address) : NULL;
    case 1:
        return other != NULL && other->size > 4 ? target_pointer(other->address + 4) : NULL;
    case 2:
        return in_the_heap(number);
    case 3:
        return elsewhere;
    case 4:
        return &call; /* of no use to it */
    case 5:
        return target_pointer(12);
    case 6:
        return __builtin_frame_address(0);
    default:
        return NULL;
    }
}

size_t dialect_size(uint32_t number)
{
    static const size_t extremes[] = {0,          1,          0x7fffffff, 0x80000000,
                                      0xfffffff0, 0xfffffff8, 0xfffffffc, 0xffffffff};

    if (number >= 0xff00)
        return extremes[number % 8];
    return number < 0x8000 ? number % 256 : number % 4096;
}

size_t dialect_count(const uint32_t *operands)
{
    return operands[3] >= 0xf0 ? dialect_size(0xff00 + operands[1]) : operands[3] % 8;
}

/* --- what calls answer --- */

void dialect_gives(unsigned owner, void *block, size_t size, size_t align)
{
    if (block == NULL)
        return;
    if ((uintptr_t)block % align != 0)
        fail("a block is not aligned as it should be");
    if (port_memory_refusal(block, size > 0 ? size : 1) != NULL)
        fail("a block lies where there is no memory");
    if (!block_take(owner, (taddr_t)(uintptr_t)block, (tsize_t)size))
        is_another = true; /* one more that is never given back */
}

void dialect_gives_cleared(unsigned owner, void *block, size_t size, size_t align)
{
    for (size_t i = 0; block != NULL && i < size; i++)
        if (((const char *)block)[i] != 0)
            fail("a cleared block is not clear");
    dialect_gives(owner, block, size, align);
}

/* The call of a task that takes a block back. The block is nobody's meanwhile: what frees it may
 * wake the other task, which is given it before this call returns. */
static struct attempt {
    void *block;
    unsigned owner;
    unsigned diagnoses; /* of this task, since */
    bool was_held;
    struct held_block held;
} attempts[2];

static struct attempt *attempt(void)
{
    return &attempts[dialect_is_helper()];
}

static void on_diagnosis(void)
{
    attempt()->diagnoses++;
}

/* Not looked at: it is the heap's now. */
static void forget(struct held_block *held)
{
    *held = held_blocks[--held_count];
}

static void put_back_block(const struct held_block *held)
{
    if (held_count < BLOCKS)
        held_blocks[held_count++] = *held;
    else
        is_another = true; /* one more that is never given back */
}

void dialect_before(unsigned owner, void *block)
{
    struct attempt *const a = attempt();
    struct held_block *const held = block_at(owner, block);

    *a = (struct attempt){.block = block, .owner = owner};
    if (held == NULL)
        return;
    block_check(held);
    a->was_held = true;
    a->held = *held;
    forget(held);
}

void dialect_after_free(void)
{
    const struct attempt *const a = attempt();

    if (a->diagnoses > 0 && a->was_held)
        put_back_block(&a->held);
    if (a->diagnoses == 0 && a->block != NULL && !a->was_held && held_count < BLOCKS)
        fail("what is no block was taken back without a word"); /* nor one that had no place */
}

void dialect_frees(unsigned owner, void *block, void (*give_back)(void *block))
{
    dialect_before(owner, block);
    give_back(block);
    dialect_after_free();
}

/* The word in front of any pointer, in a header's padding or in a block's slack, may be one that
 * led from an aligned block to its raw one: no allocator can tell. */
static bool looks_aligned(const void *block)
{
    const taddr_t word = (taddr_t)(uintptr_t)block - 4;

    for (struct heap *h = heap_live_after(NULL); h != NULL; h = heap_live_after(h))
        if (heap_contains(h, word, 4))
            return api_is_live(h, load32(word));
    return false;
}

void dialect_frees_aligned(unsigned owner, void *block, void (*give_back)(void *block))
{
    if (block_at(owner, block) != NULL || !looks_aligned(block))
        dialect_frees(owner, block, give_back);
}

void dialect_after_resize(void *block, size_t size)
{
    const struct attempt *const a = attempt();
    struct held_block moved = a->held;

    if (!a->was_held) {
        if (block != NULL && a->block != NULL && a->diagnoses == 0 && held_count < BLOCKS)
            fail("what is no block was resized without a word");
        if (a->block == NULL)
            dialect_gives(a->owner, block, size, 1);
        return;
    }
    if (block == NULL) {
        if (size != 0 || a->diagnoses > 0)
            put_back_block(&moved);
        return;
    }
    moved.address = (taddr_t)(uintptr_t)block;
    if (size < moved.size)
        moved.size = (tsize_t)size;
    block_check(&moved);
    dialect_gives(moved.owner, block, size, 1);
}

void dialect_area_ends(const void *begin, size_t size)
{
    for (unsigned i = held_count; i-- > 0;)
        if (held_blocks[i].address - (taddr_t)(uintptr_t)begin < size)
            forget(&held_blocks[i]);
    for (unsigned i = 0; i < 2; i++)
        if (attempts[i].held.address - (taddr_t)(uintptr_t)begin < size)
            attempts[i].was_held = false;
}

void dialect_forgets(void)
{
    held_count = 0;
    attempts[0].was_held = attempts[1].was_held = false;
    is_another = true;
}

void dialect_grows(void)
{
    is_another = true;
}
