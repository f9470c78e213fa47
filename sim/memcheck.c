#include "memcheck.h"

void memcheck_start(void)
{
}
