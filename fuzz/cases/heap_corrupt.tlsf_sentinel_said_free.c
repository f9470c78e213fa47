/*
 * The sentinel of a region says by its overwritten size word that it is a large free block: TLSF
 * looked behind it, outside the region.
 */
#include "../case.h"

CASE
{
    BEGIN(4u /* allocator */, 0u /* layout */, 233u /* option1 */, 12u /* option2 */,
          0u /* option3 */, 4u /* option4 */, 1u /* option5 */, 0u /* option6 */, 1u /* option7 */,
          240u /* option8 */, 56u /* shift1 */, 3593u /* size1 */, 0u /* algorithm1 */,
          0u /* shift2 */, 2048u /* size2 */, 124u /* algorithm2 */, 1u /* shift3 */,
          22274u /* size3 */, 12u /* algorithm3 */, 21u /* shift4 */, 14815u /* size4 */,
          9u /* algorithm4 */);
    DO("alloc-tight", 87u);
    DO("overwrite-word", 203u, 57u, 4280944137u);
    DO("free-last");
    END();
}
