/*
 * A heap that is smaller than the least payload: alloc without a slow look at the size went past
 * its end, and called it corrupt.
 */
#include "../case.h"

CASE
{
    BEGIN(10u /* layout */, 0u /* option1 */, 0u /* option2 */, 0u /* option3 */, 0u /* option4 */,
          0u /* option5 */, 0u /* option6 */, 0u /* option7 */, 0u /* option8 */, 0u /* shift1 */,
          100u /* size1 */, 8u /* algorithm1 */, 160u /* shift2 */, 160u /* size2 */,
          0u /* algorithm2 */, 0u /* shift3 */, 65533u /* size3 */, 0u /* algorithm3 */,
          0u /* shift4 */, 0u /* size4 */, 0u /* algorithm4 */);
    DO("alloc-tight", 0u);
    END();
}
