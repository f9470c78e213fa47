/* Who was resumed while it waited for a block, tried again and got one was told both. */
#include "../case.h"

CASE
{
    BEGIN(5u /* orders */, 0u /* hands */, 0u /* inherit */, 3u /* suspend */, 254u /* counts */,
          0u /* slots */, 203u /* sizes */, 41u /* heap */, 110u /* flags */, 1u /* priority1 */,
          27u /* priority2 */, 178u /* priority3 */, 255u /* priority4 */, 92u /* priority5 */,
          99u /* priority6 */);
    DO("sem_take", 216u, 39u, 18u, 6u);
    DO("resume", 162u, 163u, 6u, 13u);
    DO("pool_alloc", 225u, 252u, 24u, 120u);
    DO("pool_alloc", 225u, 252u, 24u, 120u);
    DO("pool_free", 242u, 252u, 7u, 12u);
    DO("sem_give", 0u, 0u, 0u, 0u);
    END();
}
