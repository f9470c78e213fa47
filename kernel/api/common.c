#include "common.h"

#include "../kernel.h"
#include "../port.h"

void api_misuse(struct heap_call call, enum diagnosis_kind kind, const void *at, size_t size,
                const char *text)
{
    const struct diagnosis diagnosis = {.kind = kind,
                                        .call = call.name,
                                        .site = call.site,
                                        .frame = call.frame,
                                        .address = api_address(at),
                                        .size = (tsize_t)size,
                                        .text = text};

    port_diagnosis(&diagnosis);
}

int api_print(char *buffer, size_t size, const char *format, va_list args)
{
    const int length = port_format(buffer, size, format, args);

    if (length > 0)
        port_console_write(buffer, (size_t)length < size ? (size_t)length : size - 1);
    return length;
}

bool api_fits(size_t value, struct heap_call call)
{
    if (value == (tsize_t)value)
        return true;
    api_misuse(call, DIAGNOSIS_SIZE_OVERFLOW, NULL, value,
               "the size needs more than the 32 bits of the board's size_t");
    return false;
}

bool api_is_on_board(const void *block, struct heap_call call)
{
    if ((uintptr_t)block == api_address(block))
        return true;
    api_misuse(call, DIAGNOSIS_FOREIGN_POINTER, block, 0, port_memory_refusal(block, 1));
    return false;
}

/* --- locks --- */

bool api_lock_heap(struct semaphore *lock, uint32_t ticks, enum take_result *result)
{
    struct task *const self = task_self();

    task_count(&self->heap_locks, 1);
    *result = semaphore_take(lock, ticks);
    if (*result != TAKEN)
        task_count(&self->heap_locks, -1);
    return *result == TAKEN;
}

void api_unlock_heap(struct semaphore *lock)
{
    const bool masked = kernel_enter(); /* nobody comes in between */

    task_count(&task_self()->heap_locks, -1);
    semaphore_give(lock);
    kernel_leave(masked);
}

/* In a heap call a task is BLOCKED only where it waits for the lock that it was the last to ask. */
bool api_is_in_heap(const struct task *task)
{
    return task_counted(&task->heap_locks) > (task->state == TASK_BLOCKED ? 1u : 0u);
}

/* --- configurations --- */

struct heap_config api_config(const struct heap_ops *ops)
{
    const struct heap_config *const system = &kernel.heap_config;
    struct heap_config config;

    heap_config_standard(&config, ops);
    config.faithful = system->faithful;
    config.events = system->events;
    config.points = system->points;
    return config;
}

void api_share_options(struct heap_config *config, const char *const *names, unsigned count)
{
    const struct heap_config *const system = &kernel.heap_config;

    for (unsigned i = 0; system->ops != NULL && i < count; i++) {
        const int from = heap_option_index(system->ops, names[i]);
        const int to = heap_option_index(config->ops, names[i]);

        if (from >= 0 && to >= 0 && /* the same macro: else its values mean something else */
            strcmp(system->ops->options[from].upstream, config->ops->options[to].upstream) == 0)
            config->option[to] = system->option[from];
    }
}

/* --- what an allocator may lack --- */

taddr_t api_alloc_cleared(struct heap *h, tsize_t count, tsize_t size, struct heap_call call)
{
    const uint64_t whole = (uint64_t)count * size;

    if (h->ops->alloc_cleared != NULL)
        return heap_alloc_cleared(h, count, size, call);
    if (whole > UINT32_MAX) {
        api_misuse(call, DIAGNOSIS_SIZE_OVERFLOW, NULL, (tsize_t)whole,
                   "count x size wraps at 32 bits, so the block would be too small");
        return 0;
    }
    const taddr_t block = heap_alloc(h, (tsize_t)whole, call);
    if (block != 0)
        heap_clear(h, block, (tsize_t)whole);
    return block;
}

struct block_search {
    taddr_t payload;
    tsize_t usable;
    bool found;
};

static bool find_live(void *context, const struct heap_block *block)
{
    struct block_search *const search = context;

    search->found = block->used && block->payload == search->payload;
    search->usable = block->usable;
    return !search->found;
}

bool api_is_live(struct heap *h, taddr_t block)
{
    struct block_search search = {.payload = block};

    h->ops->walk(h, find_live, &search);
    return search.found;
}

static taddr_t move(struct heap *h, taddr_t block, tsize_t size, struct heap_call call)
{
    struct block_search search = {.payload = block};

    h->ops->walk(h, find_live, &search);
    if (!search.found) {
        h->call = call;
        heap_bad_pointer(h, block);
        return 0;
    }
    const taddr_t moved = heap_alloc(h, size, call);
    if (moved != 0) {
        heap_copy(h, moved, block, search.usable < size ? search.usable : size);
        heap_free(h, block, call);
    }
    return moved;
}

taddr_t api_realloc(struct heap *h, taddr_t block, tsize_t size, struct heap_call call)
{
    if (h->ops->realloc != NULL || !(h->ops->capabilities & HEAP_CAN_FREE))
        return heap_realloc(h, block, size, call); /* which names a heap that has none */
    if (block == 0)
        return heap_alloc(h, size, call);
    if (size != 0)
        return move(h, block, size, call);
    heap_free(h, block, call);
    return 0;
}

static bool has_align(const struct heap *h, size_t align)
{
    const int index = heap_option_index(h->ops, "align");

    return align <= (index >= 0 ? h->config.option[index] : 4);
}

void *api_memalign(api_malloc *serve, api_free *take_back, size_t align, size_t size,
                   struct heap_call call)
{
    if (has_align(&kernel.system_heap, align)) {
        void *const block = serve(size, call);

        if (align == 0 || (uintptr_t)block % align == 0)
            return block;
        take_back(block, call); /* the heap lies aslant itself */
    }
    api_misuse(call, DIAGNOSIS_UNSUPPORTED, NULL, align,
               "this heap has no block so aligned that free() could take it back");
    return NULL;
}
