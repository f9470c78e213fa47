/*
 * A mutex whose waiters stand in order of arrival, and which is whose who takes it first: its owner
 * ends, the first waiter takes it, and did not inherit from the more urgent one that waits on.
 */
#include "../case.h"

CASE
{
    BEGIN(16395u /* orders */, 202u /* hands */, 0u /* inherit: along a chain */, 4u /* suspend */,
          99u /* counts */, 32u /* slots */, 16u /* sizes */, 0u /* heap */, 0u /* flags */,
          0u /* priority1 */, 0u /* priority2 */, 253u /* priority3 */, 64u /* priority4 */,
          2u /* priority5 */, 0u /* priority6 */);
    DO("mutex_take", 1u, 251u, 9u, 67u);
    DO("mutex_take", 2u, 2u, 96u, 149u);
    DO("mutex_take", 5u, 185u, 224u, 255u);
    DO("close", 12u, 1u, 144u, 245u);
    END();
}
