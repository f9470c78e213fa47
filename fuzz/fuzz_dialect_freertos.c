/*
 * fuzz_dialect_freertos: FreeRTOS's memory calls, with right and wrong arguments, from tasks, ISRs
 * and locked sections, on each heap_N and on the allocators of the others.
 */
#include "../kernel/api/freertos/internal.h"
#include "../kernel/api/freertos/task.h"

#include "../kernel/heap/allocators.h"
#include "../sim/diagnose.h"
#include "board.h"
#include "dialect_calls.h"
#include "fail.h"
#include "target.h"

#include "../kernel/api/dialect.h"

enum { MAIN_PRIORITY = 20, HELPER_PRIORITY = 10, OWNER = 0 };

/* clang-format off */
#define VERBS(VERB)                                                                                \
    VERB(malloc) VERB(calloc) VERB(free) VERB(free_size) VERB(least_free) VERB(reset_least)        \
    VERB(stats) VERB(initialise) VERB(regions) VERB(reset_state) VERB(suspend_all)                 \
    VERB(resume_all) VERB(enter_critical) VERB(exit_critical) VERB(from_isr) VERB(disable)         \
    VERB(assert) VERB(libc) VERB(body) VERB(pass)
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

static struct task main_task;
static unsigned failures; /* that the hook was told of */

void vApplicationMallocFailedHook(void)
{
    failures++;
}

static void ask(unsigned verb, size_t size, size_t count)
{
    const unsigned before = failures;
    void *const block = verb == DO_malloc ? pvPortMalloc(size) : pvPortCalloc(count, size);

    if (block != NULL && failures != before && freertos_heap_number() != 0)
        fail("an allocation that succeeded was told as failed");
    if (verb == DO_malloc)
        dialect_gives(OWNER, block, size, 1);
    else
        dialect_gives_cleared(OWNER, block, count * size, 1);
}

static void give_back(void *block)
{
    dialect_frees(OWNER, block, vPortFree);
}

static void look(void)
{
    HeapStats_t stats;
    const size_t least = xPortGetMinimumEverFreeHeapSize();
    const size_t now = xPortGetFreeHeapSize();

    if (least > now && now > 0)
        fail("the least there ever was is more than there is");
    vPortGetHeapStats(&stats);
    if (!kernel.freertos.was_reset &&
        stats.xSizeOfLargestFreeBlockInBytes > stats.xAvailableHeapSpaceInBytes)
        fail("the largest free block is larger than all that is free");
}

static void define_regions(const uint32_t *operands)
{
    HeapRegion_t regions[6] = {{NULL, 0}};
    const unsigned count = operands[1] % 5;

    for (unsigned i = 0; i < count; i++) {
        regions[i].pucStartAddress =
            (uint8_t *)dialect_area((operands[3] & 1) != 0 ? count - i : i) + operands[3] % 8;
        regions[i].xSizeInBytes = (operands[3] & 2) != 0 ? operands[2] % 40 : operands[2] % 0x3000;
    }
    if ((operands[3] & 12) == 12)
        regions[0].pucStartAddress = (operands[3] & 16) != 0 ? NULL : target_pointer(12);
    vPortDefineHeapRegions(regions);
}

/* All blocks are forgotten, if the call is there and allowed, and does anything. */
static void start_anew(unsigned verb, const uint32_t *operands)
{
    const unsigned number = freertos_heap_number();
    const unsigned before = diagnose_count(DIAGNOSIS_KINDS);
    bool forgets = true;

    if (operands[1] % 8 != 0 && number != 1 && verb != DO_regions)
        return; /* rarely: little would be left to look at */
    if (verb == DO_regions) {
        define_regions(operands);
    } else if (verb == DO_initialise) {
        vPortInitialiseBlocks();
        forgets = number == 1;
    } else {
        vPortHeapResetState();
        forgets = number != 3;
    }
    if ((diagnose_count(DIAGNOSIS_KINDS) == before && forgets) || !kernel.system_heap_live)
        dialect_forgets();
}

static void through_libc(const uint32_t *operands)
{
    const size_t size = dialect_size(operands[2]);
    void *block = dialect_block(OWNER, operands[1]);

    if (!dialect.libc.malloc)
        return;
    switch (operands[3] % 4) {
    case 0:
        dialect_gives(OWNER, dialect.libc.malloc(size, HEAP_CALL("malloc")), size, 1);
        break;
    case 1:
        dialect_before(OWNER, block);
        block = dialect.libc.realloc(block, size, HEAP_CALL("realloc"));
        dialect_after_resize(block, size);
        break;
    case 2:
        dialect_gives(OWNER, dialect.libc.memalign(1u << operands[3] / 4 % 8, size, HEAP_CALL("a")),
                      size, 1u << operands[3] / 4 % 8);
        break;
    default:
        dialect_before(OWNER, block);
        dialect.libc.free(block, HEAP_CALL("free"));
        dialect_after_free();
    }
}

/* A section, closed again; or an end without a begin. */
static void section(unsigned verb, const uint32_t *operands)
{
    unsigned long saved;

    switch (verb) {
    case DO_suspend_all:
        vTaskSuspendAll();
        ask(DO_malloc, operands[2] % 64, 0);
        if (operands[3] % 4 == 0)
            (void)dialect_ticks(operands[3], 0);
        xTaskResumeAll();
        break;
    case DO_resume_all:
        xTaskResumeAll();
        break;
    case DO_enter_critical:
        portENTER_CRITICAL();
        portENTER_CRITICAL();
        ask(DO_malloc, operands[2] % 64, 0);
        portEXIT_CRITICAL();
        portEXIT_CRITICAL();
        break;
    case DO_exit_critical:
        portEXIT_CRITICAL();
        break;
    case DO_from_isr:
        saved = portSET_INTERRUPT_MASK_FROM_ISR();
        give_back(dialect_block(OWNER, operands[1]));
        portCLEAR_INTERRUPT_MASK_FROM_ISR(saved);
        break;
    default: {
        const bool masked = kernel_core()->masked;

        portDISABLE_INTERRUPTS();
        give_back(dialect_block(OWNER, operands[1]));
        if (!masked)
            portENABLE_INTERRUPTS();
    }
    }
}

static void nothing(void *unused)
{
    (void)unused;
}

static void call(unsigned verb, const uint32_t *operands)
{
    switch (verb) {
    case DO_malloc:
        ask(verb, dialect_size(operands[2]), 0);
        break;
    case DO_calloc:
        ask(verb, dialect_size(operands[2]),
            operands[3] >= 0xf0 ? dialect_size(0xff00 + operands[1]) : operands[3] % 8);
        break;
    case DO_free:
        give_back(dialect_block(OWNER, operands[1]));
        break;
    case DO_free_size:
    case DO_least_free:
    case DO_stats:
        look();
        break;
    case DO_reset_least:
        xPortResetHeapMinimumEverFreeHeapSize();
        break;
    case DO_initialise:
    case DO_regions:
    case DO_reset_state:
        start_anew(verb, operands);
        break;
    case DO_assert:
        vPortAssertFailed("it holds", "fuzz", operands[2]);
        break;
    case DO_libc:
        through_libc(operands);
        break;
    case DO_body:
        freertos_task_body(nothing, NULL);
        break;
    case DO_pass:
        if (task_self() == &main_task && !irq_in_isr() && !kernel_core()->masked &&
            main_task.schedule_locks == 0)
            (void)task_sleep(1 + operands[2] % 4);
        break;
    default:
        section(verb, operands);
    }
}

/* --- the input --- */

static void make(void *begin, unsigned long size)
{
    const HeapRegion_t regions[] = {{begin, size}, {NULL, 0}};

    freertos_make_heap(begin, size, HEAP_CALL("start-up"));
    if (freertos_heap_number() == 5)
        vPortDefineHeapRegions(regions);
}

static bool begins;

static bool begin(const uint32_t *header)
{
    kernel.freertos.was_reset = false;
    kernel.irq.ceiling = (header[DIALECT_FLAGS] & 0x40) != 0 ? 32 : 0;
    begins = dialect_begin(header, make);
    if (!begins)
        return false;
    dialect_start_helper(HELPER_PRIORITY);
    return true;
}

static void act(unsigned verb, const uint32_t *operands)
{
    dialect_from(operands[0], call, verb, operands);
}

static void end(void)
{
    kernel.irq.ceiling = 0;
    dialect_close_helper();
    if (kernel.system_heap_live && !kernel.freertos.was_reset && freertos_heap_number() != 1)
        while (held_count > 0) {
            const unsigned before = held_count;

            give_back(target_pointer(held_blocks[0].address));
            if (held_count == before)
                fail("a block could not be given back");
        }
    dialect_end();
}

const struct language fuzz_language = {.header = {DIALECT_HEADER},
                                       .verbs = verbs,
                                       .begin = begin,
                                       .act = act,
                                       .end = end,
                                       .around = board_call};

/* --- the board --- */

static void serve(void *unused)
{
    (void)unused;
    board_serve();
}

/* main, before the scheduler starts: makes the task that the inputs run in. */
int port_application_main(void)
{
    task_init(&main_task, "main", serve, NULL, MAIN_PRIORITY, 1);
    (void)task_start(&main_task);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    dialect_boot("FreeRTOS", "freertos-heap-4");
    return 0;
}
