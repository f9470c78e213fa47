/* Which mistake a fault is, from its address and where the stacks lie. */
#ifndef HEAPSIM_FAULT_PLACE_H
#define HEAPSIM_FAULT_PLACE_H

#include "../kernel/diagnosis.h"
#include "fault_context.h"

struct fault_texts {
    char call[48], text[256];
};

/* Fills in kind, call, text and address of a diagnosis; `texts` holds what it points to. */
void fault_judge(const struct fault *fault, struct diagnosis *diagnosis, struct fault_texts *texts);

#endif
