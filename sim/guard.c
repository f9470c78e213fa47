#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../kernel/kernel.h"
#include "ledger.h"
#include "options.h"
#include "sparse.h"
#include "symbol.h"
#include "window.h"

enum {
    CHOICES = 16,
    AREA = 32 << 20, /* of the host window */
    PAGE = 4096,
    SLOTS = 1024,
    SITES = 1 << 12
};

/* Pages of one block, and those without access around it. */
struct slot {
    taddr_t begin;
    tsize_t pages; /* bytes of it with access; 0: there is none */
    taddr_t own, block;
    tsize_t size, usable;
    bool live;
};

struct site {
    uint32_t address;
    bool chosen;
};

static const char *choices[CHOICES];
static unsigned choice_count;
static taddr_t area;
static taddr_t next;       /* of the area, in use up to here; then from its begin again */
static struct slot *slots; /* a ring, the oldest first */
static unsigned first_slot, slot_count;
static struct site *sites; /* return addresses that were looked at */

bool guard_choose(const char *choice)
{
    if (choice_count == CHOICES)
        return false;
    choices[choice_count++] = choice;
    return true;
}

bool guard_is_wanted(void)
{
    return choice_count > 0;
}

/* --- which blocks --- */

static bool is_address(const char *choice, taddr_t block)
{
    char *end;

    return strtoul(choice, &end, 0) == block && *end == '\0' && end != choice;
}

static bool names(const char *choice, const struct symbol_location *location)
{
    const char *const colon = strrchr(choice, ':');
    const char *const slash = strrchr(location->path, '/');
    const char *const file = slash != NULL ? slash + 1 : location->path;

    if (colon == NULL)
        return strcmp(choice, location->function) == 0;
    return strncmp(choice, file, (size_t)(colon - choice)) == 0 && file[colon - choice] == '\0' &&
           atoi(colon + 1) == location->line;
}

/* Looked up once: that takes longer than all the rest. */
static bool is_chosen_site(uint32_t address)
{
    struct site *const site = &sites[(address >> 1) % SITES];
    struct symbol_location location;

    if (site->address == address)
        return site->chosen;
    *site = (struct site){.address = address};
    if (symbol_locate((const void *)(uintptr_t)address, &location))
        for (unsigned i = 0; i < choice_count && !site->chosen; i++)
            site->chosen = names(choices[i], &location);
    return site->chosen;
}

static bool is_chosen(const struct heap *h, taddr_t block)
{
    struct ledger_deed deed;

    for (unsigned i = 0; i < choice_count; i++)
        if (is_address(choices[i], block))
            return true;
    ledger_note_deed(&deed, h->call);
    for (unsigned i = 0; i < LEDGER_FRAMES && deed.frames[i] != 0; i++)
        if (is_chosen_site(deed.frames[i]))
            return true;
    return false;
}

/* --- slots --- */

static struct slot *slot_at(unsigned index)
{
    return &slots[(first_slot + index) % SLOTS];
}

static struct slot *slot_of(taddr_t block)
{
    for (unsigned i = slot_count; area != 0 && block - area < AREA && i-- > 0;)
        if (slot_at(i)->live && slot_at(i)->block == block)
            return slot_at(i);
    return NULL;
}

static void drop_oldest(void)
{
    first_slot = (first_slot + 1) % SLOTS;
    slot_count--;
}

/* The pages at `next`, which no live block has; NULL if one has them. */
static struct slot *take_pages(tsize_t pages)
{
    if (pages + PAGE > area + AREA - next)
        next = area + PAGE;
    while (slot_count > 0) {
        const struct slot *const oldest = slot_at(0);

        if (slot_count < SLOTS &&
            (oldest->begin >= next + pages + PAGE || oldest->begin + oldest->pages + PAGE <= next))
            break;
        if (oldest->live)
            return NULL;
        drop_oldest();
    }
    if (mprotect(target_pointer(next), pages, PROT_READ | PROT_WRITE) != 0)
        return NULL;
    struct slot *const slot = slot_at(slot_count++);
    *slot = (struct slot){.begin = next, .pages = pages};
    next += pages + PAGE;
    return slot;
}

taddr_t guard_place(struct heap *h, taddr_t block, tsize_t size)
{
    const tsize_t align = 8;

    if (choice_count == 0 || block == 0 || size == 0 || size > AREA / 2 ||
        h != &kernel.system_heap || !is_chosen(h, block))
        return block;
    const tsize_t usable = align_up(size, align);
    struct slot *const slot = take_pages(align_up(usable, PAGE));
    if (slot == NULL)
        return block;
    slot->own = block;
    slot->block = slot->begin + slot->pages - usable;
    slot->size = size;
    slot->usable = usable;
    slot->live = true;
    memcpy(target_pointer(slot->block), target_pointer(block), size);
    return slot->block;
}

taddr_t guard_own(taddr_t block)
{
    const struct slot *const slot = slot_of(block);

    return slot != NULL ? slot->own : block;
}

tsize_t guard_usable(taddr_t block)
{
    const struct slot *const slot = slot_of(block);

    return slot != NULL ? slot->usable : 0;
}

void guard_copy_back(taddr_t block)
{
    const struct slot *const slot = slot_of(block);

    if (slot != NULL)
        memcpy(target_pointer(slot->own), target_pointer(slot->block), slot->size);
}

void guard_retire(taddr_t block)
{
    struct slot *const slot = slot_of(block);

    if (slot == NULL)
        return;
    slot->live = false;
    madvise(target_pointer(slot->begin), slot->pages, MADV_DONTNEED);
    mprotect(target_pointer(slot->begin), slot->pages, PROT_NONE);
}

/* --- an access --- */

bool guard_has(taddr_t address)
{
    return area != 0 && address - area < AREA;
}

bool guard_judge(taddr_t address, enum diagnosis_kind *kind, const struct heap **heap)
{
    if (!guard_has(address))
        return false;
    *heap = &kernel.system_heap;
    *kind = DIAGNOSIS_WILD_ACCESS;
    for (unsigned i = slot_count; i-- > 0;) {
        const struct slot *const slot = slot_at(i);

        if (address < slot->begin - PAGE || address >= slot->begin + slot->pages + PAGE)
            continue;
        if (!slot->live)
            *kind = DIAGNOSIS_USE_AFTER_FREE;
        else
            *kind = address < slot->block ? DIAGNOSIS_UNDERFLOW : DIAGNOSIS_OVERFLOW;
        return true;
    }
    return true;
}

bool guard_start(void)
{
    if (choice_count == 0)
        return true;
    char *const pages = window_pages(AREA);
    slots = sparse_memory(SLOTS * sizeof *slots);
    sites = sparse_memory(SITES * sizeof *sites);
    if (pages == NULL || slots == NULL || sites == NULL || mprotect(pages, AREA, PROT_NONE) != 0)
        return false;
    area = (taddr_t)(uintptr_t)pages;
    next = area + PAGE;
    return ledger_cover(area, AREA);
}
