#include "window.h"

#include <string.h>
#include <sys/mman.h>

#include "../kernel/port.h"
#include "arena.h"
#include "engine.h"

enum { PAGE = 4096, UNIT = 64, CLASSES = 64, CHUNK = 1 << 20, PIECES_MAX = 1 << 16 };

static taddr_t next_page; /* 0: the window has not been asked for yet */
static taddr_t window_end;

static taddr_t premapped_end; /* pages below it are mapped, and zero */

static struct piece {
    taddr_t begin;
    tsize_t size;
} pieces[PIECES_MAX]; /* between two lies a page without access */
static unsigned piece_count;

static char *chunk; /* objects are cut from here */
static size_t chunk_left;
static void *free_objects[CLASSES]; /* by size in units; each links to the next */

static bool map(void *pages, size_t size)
{
    return mmap(pages, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
                0) == pages;
}

void *window_pages(size_t size)
{
    const size_t whole = (size + PAGE - 1) / PAGE * PAGE;
    tsize_t window_size;

    if (next_page == 0) {
        arena_window(&next_page, &window_size);
        window_end = next_page + window_size;
    }
    if (whole + PAGE > window_end - next_page || piece_count == PIECES_MAX)
        return NULL;
    char *const pages = target_pointer(next_page + PAGE);
    if (next_page + PAGE + whole > premapped_end && !map(pages, whole))
        return NULL;
    next_page += (taddr_t)(whole + PAGE);
    pieces[piece_count++] = (struct piece){(taddr_t)(uintptr_t)pages, (tsize_t)whole};
    return pages;
}

void window_premap(size_t size)
{
    const taddr_t before = next_page;
    char *const pages = window_pages(size);

    if (pages == NULL)
        return;
    premapped_end = next_page;
    next_page = before;
}

unsigned window_pieces(void)
{
    return piece_count;
}

void window_piece(unsigned index, taddr_t *begin, tsize_t *size)
{
    *begin = pieces[index].begin;
    *size = pieces[index].size;
}

void *window_alloc(size_t size)
{
    const size_t units = (size + UNIT - 1) / UNIT;
    void *object;

    if (units >= CLASSES)
        return window_pages(size);
    object = free_objects[units];
    if (object != NULL) {
        memcpy(&free_objects[units], object, sizeof(void *));
    } else {
        if (chunk_left < units * UNIT) {
            chunk = window_pages(CHUNK);
            chunk_left = chunk != NULL ? CHUNK : 0;
            if (chunk == NULL)
                return NULL;
        }
        object = chunk;
        chunk += units * UNIT;
        chunk_left -= units * UNIT;
    }
    return memset(object, 0, units * UNIT);
}

void window_free(void *object, size_t size)
{
    const size_t units = (size + UNIT - 1) / UNIT;

    if (units >= CLASSES)
        return; /* pages are rare and stay */
    memcpy(object, &free_objects[units], sizeof(void *));
    free_objects[units] = object;
}

void window_free_objects(void (*visit)(void *context, const void *object, size_t size),
                         void *context)
{
    for (unsigned units = 0; units < CLASSES; units++) {
        const void *object = free_objects[units];

        while (object != NULL) {
            visit(context, object, units * UNIT);
            memcpy(&object, object, sizeof object);
        }
    }
}

void *port_object_alloc(size_t size)
{
    const bool held = engine_guard();
    void *const object = window_alloc(size);

    engine_unguard(held);
    return object;
}

void port_object_free(void *object, size_t size)
{
    const bool held = engine_guard();

    window_free(object, size);
    engine_unguard(held);
}
