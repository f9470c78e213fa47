/*
 * A realloc to a size that wraps, quirks answered: it moves to a region that grants a few bytes,
 * and the whole block was copied there, beyond the region.
 */
#include "../case.h"

CASE
{
    BEGIN(31u /* layout */, 4u /* option1 */, 33u /* option2 */, 136u /* option3 */,
          32u /* option4 */, 0u /* option5 */, 9u /* option6 */, 0u /* option7 */, 4u /* option8 */,
          0u /* shift1 */, 2095u /* size1 */, 14u /* algorithm1 */, 65u /* shift2 */,
          61198u /* size2 */, 1u /* algorithm2 */, 16u /* shift3 */, 4481u /* size3 */,
          0u /* algorithm3 */, 1u /* shift4 */, 390u /* size4 */, 136u /* algorithm4 */);
    DO("alloc-small", 139u);
    DO("faithful");
    DO("huge", 255u, 4294967292u, 0u);
    END();
}
