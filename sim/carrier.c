#include "carrier.h"

#include <stddef.h>
#include <string.h>

const struct carrier_kind *carriers = &carrier_pthread;

__thread struct carrier *carrier_self;

bool carrier_choose(const char *name)
{
    static const struct carrier_kind *const kinds[] = {&carrier_pthread, &carrier_fibre};

    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i]->name, name) == 0) {
            carriers = kinds[i];
            return true;
        }
    }
    return false;
}
