/*
 * An overwritten word of the page table says that a zone begins before the heap: the size of a
 * block was looked for there.
 */
#include "../case.h"

CASE
{
    BEGIN(1u /* allocator */, 0u /* layout */, 0u /* option1 */, 4u /* option2 */, 0u /* option3 */,
          0u /* option4 */, 223u /* option5 */, 255u /* option6 */, 255u /* option7 */,
          255u /* option8 */, 255u /* shift1 */, 65534u /* size1 */, 255u /* algorithm1 */,
          255u /* shift2 */, 65532u /* size2 */, 252u /* algorithm2 */, 0u /* shift3 */,
          65535u /* size3 */, 255u /* algorithm3 */, 255u /* shift4 */, 167u /* size4 */,
          2u /* algorithm4 */);
    DO("alloc", 60177u);
    DO("alloc-small", 4u);
    DO("events", 235u);
    DO("overwrite", 255u, 3842u, 17u);
    DO("alloc-small", 4u);
    END();
}
