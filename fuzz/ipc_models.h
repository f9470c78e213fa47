/* The objects of pool_and_ipc whose contents have an order or a meaning (ipc_models.c). */
#ifndef HEAPSIM_FUZZ_IPC_MODELS_H
#define HEAPSIM_FUZZ_IPC_MODELS_H

#include "ipc.h"

/* What the header says: of object number i, and any of its numbers. */
enum wait_order objects_order(unsigned i);
uint32_t objects_number(unsigned which);

void models_begin(void);
void models_do(const struct command *command);
void models_renew(unsigned kind, unsigned i);
void models_check(void);
void models_end(void);

#endif
