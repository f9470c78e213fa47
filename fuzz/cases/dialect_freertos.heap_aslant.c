/*
 * memalign of a heap that begins at an odd address: every block of it is aligned as its option
 * says, but from there on, and one came that was not.
 */
#include "../case.h"

CASE
{
    BEGIN(2u /* allocator: rt-memheap */, 0u, 253u /* option2 */, 0u, 8u /* option4 */,
          12u /* option5 */, 0u, 255u /* option7 */, 0u, 24u /* size */,
          2u /* flags: one byte further */);
    DO("libc", 0u, 6u, 22649u, 134u /* memalign */);
    END();
}
