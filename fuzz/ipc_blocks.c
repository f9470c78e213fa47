#include "ipc_blocks.h"

#include "fail.h"

struct held_block held_blocks[BLOCKS];
unsigned held_count;

static uint8_t marks;

bool block_take(unsigned owner, taddr_t address, tsize_t size)
{
    for (unsigned i = 0; i < held_count; i++)
        if (address < held_blocks[i].address + held_blocks[i].size &&
            held_blocks[i].address < address + size)
            fail("a block was given out that somebody holds");
    if (held_count == BLOCKS)
        return false;
    held_blocks[held_count++] = (struct held_block){address, size, owner, ++marks};
    memset(target_pointer(address), marks, size);
    return true;
}

void block_check(const struct held_block *block)
{
    const uint8_t *const bytes = target_pointer(block->address);

    for (tsize_t i = 0; i < block->size; i++)
        if (bytes[i] != block->mark)
            fail("what was written to a block is not there any more");
}

struct held_block *block_of(unsigned owner, unsigned n)
{
    const unsigned count = block_count(owner);

    for (unsigned i = 0, k = 0; i < held_count && count > 0; i++)
        if (held_blocks[i].owner == owner && k++ == n % count)
            return &held_blocks[i];
    return NULL;
}

struct held_block *block_at(unsigned owner, const void *address)
{
    for (unsigned i = 0; i < held_count; i++)
        if (held_blocks[i].owner == owner && target_pointer(held_blocks[i].address) == address)
            return &held_blocks[i];
    return NULL;
}

unsigned block_count(unsigned owner)
{
    unsigned count = 0;

    for (unsigned i = 0; i < held_count; i++)
        count += held_blocks[i].owner == owner;
    return count;
}

void block_drop(struct held_block *block)
{
    block_check(block);
    *block = held_blocks[--held_count];
}
