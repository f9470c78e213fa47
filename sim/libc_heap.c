/*
 * The C library's heap, as the target sees it.
 *
 * The blocks of the host's malloc lie above 4 GiB, where no pointer of the target leads. So the
 * blocks here come from memory of our own in the host window, managed by TLSF; like those of any C
 * library, their addresses are no promise. Each block carries two words in front that tell a live
 * block from any other address:
 *
 *   | size asked for | address of the payload ^ TAG | payload, a multiple of 8 |
 */
#include "libc_heap.h"

#include "../kernel/heap/allocators.h"
#include "../kernel/port.h"
#include "engine.h"
#include "window.h"

#define TAG 0x6c696263u /* "libc" */

enum { HEAP_BYTES = 64 << 20, FRONT = 8, ALIGN = 8 };

static struct heap libc;
static const struct heap_call call = {.name = "malloc"};

static bool is_ready(void)
{
    struct heap_config config;

    if (libc.ops != NULL)
        return true;
    static void *pages;
    const bool held = engine_guard();
    if (pages == NULL)
        pages = window_pages(HEAP_BYTES);
    engine_unguard(held);
    const struct heap_region region = {(taddr_t)(uintptr_t)pages, HEAP_BYTES, 0};
    heap_config_standard(&config, &heap_tlsf);
    return pages != NULL && heap_init(&libc, &config, "libc", &region, 1, 0, call) == NULL;
}

void libc_heap_clear(void)
{
    if (libc.ops != NULL)
        heap_detach(&libc);
    libc = (struct heap){.ops = NULL};
}

void port_libc_region(taddr_t *begin, tsize_t *size)
{
    const bool ready = is_ready();

    *begin = ready ? libc.regions[0].begin : 0;
    *size = ready ? libc.regions[0].size : 0;
}

taddr_t port_libc_alloc(tsize_t size)
{
    if (size > HEAP_BYTES || !is_ready())
        return 0;
    const taddr_t front = heap_alloc_aligned(&libc, FRONT + (size != 0 ? size : 1), ALIGN, call);
    if (front == 0)
        return 0;
    const taddr_t block = front + FRONT;
    store32(front, size);
    store32(front + 4, block ^ TAG);
    return block;
}

void port_libc_free(taddr_t block)
{
    store32(block - 4, 0);
    heap_free(&libc, block - FRONT, call);
}

tsize_t port_libc_usable(taddr_t block)
{
    const taddr_t front = block - FRONT;

    if (libc.ops == NULL || !is_aligned(block, ALIGN) || !heap_contains(&libc, front, FRONT) ||
        load32(front + 4) != (block ^ TAG))
        return 0;
    return libc.ops->usable_size(&libc, front) - FRONT;
}

bool port_libc_check(struct heap_fault *fault)
{
    return libc.ops == NULL || libc.ops->check(&libc, fault);
}

struct translation {
    bool (*visit)(void *context, const struct heap_block *block);
    void *context;
};

static bool visit_translated(void *context, const struct heap_block *block)
{
    const struct translation *const to = context;
    struct heap_block translated = *block;

    if (block->used) { /* of the block and its front TLSF's own word is left out */
        translated.header = block->payload;
        translated.size = block->usable;
        translated.payload = block->payload + FRONT;
        translated.usable = block->usable - FRONT;
    }
    return to->visit(to->context, &translated);
}

void port_libc_walk(bool (*visit)(void *context, const struct heap_block *block), void *context)
{
    struct translation to = {visit, context};

    if (libc.ops != NULL)
        libc.ops->walk(&libc, visit_translated, &to);
}
