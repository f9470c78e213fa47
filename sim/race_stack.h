/*
 * Where a context is in the calls of the application: a node of a tree that is shared by all, so
 * that an access is noted with its whole stack in four bytes.
 */
#ifndef HEAPSIM_RACE_STACK_H
#define HEAPSIM_RACE_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RACE_STACK_ROOT = 0, RACE_STACK_DEPTH = 64 };

bool race_stack_start(void);
void race_stack_reset(void);

/*
 * The node below `node` for a call from there; RACE_STACK_ROOT - and that is no child - if it can't
 * be noted: the tree is full, or too deep.
 */
uint32_t race_stack_call(uint32_t node, uint32_t caller);
uint32_t race_stack_parent(uint32_t node);

/* The return addresses from a node outwards. Returns how many. */
size_t race_stack_frames(uint32_t node, const void **frames, size_t room);

#endif
