/*
 * A task that waits for a block is resumed, looks again and finds one: the block was given, and the
 * result said that there was none.
 */
#include "../case.h"

CASE
{
    BEGIN(10u /* orders */, 0u /* hands */, 0u /* inherit */, 0u /* suspend */, 12u /* counts */,
          0u /* slots */, 0u /* sizes */, 3u /* heap */, 252u /* flags */, 253u /* priority1 */,
          39u /* priority2 */, 15u /* priority3 */, 13u /* priority4 */, 6u /* priority5 */,
          2u /* priority6 */);
    DO("pool_alloc", 97u, 2u, 153u, 102u);
    DO("pool_alloc", 0u, 143u, 0u, 3u);
    DO("pool_alloc", 0u, 143u, 3u, 17u);
    DO("pool_alloc", 242u, 12u, 148u, 9u);
    DO("resume", 160u, 8u, 249u, 11u);
    DO("pool_free", 0u, 88u, 4u, 8u);
    END();
}
