/*
 * A region's first block says by its overwritten size word that the block before it is free: there
 * is none, and TLSF read the word below the region.
 */
#include "../case.h"

CASE
{
    BEGIN(4u /* allocator: tlsf */, 1u /* layout: two regions */, 0x80u /* front=0 */, 0u, 0u, 0u,
          0u, 0u, 0u, 0u, 0u /* shift1 */, 0x2000u /* size1 */, 0u, 0u /* shift2 */,
          0x4000u /* size2 */, 0u, 0u, 0u, 0u, 0u, 0u, 0u);
    DO("alloc", 0x3000u);
    DO("overwrite", 1u /* region */, 0u /* at */, 1u /* change: bit 1 */);
    DO("free", 0u);
    END();
}
