/*
 * A board for targets that need a running kernel: the virtual engine on fibres, booted once. An
 * input runs in one of its tasks, on that task's fibre; the fuzzer keeps its own stack, and no
 * thread is made.
 *
 *      fuzzer's stack                   board
 *      board_start() ----------------> boot: dialect_start() or sched_start()
 *                    <---------------- a task: board_serve()
 *      board_call(f) ----------------> f() in that task, others as it lets them
 *                    <---------------- f() has returned
 */
#ifndef HEAPSIM_FUZZ_BOARD_H
#define HEAPSIM_FUZZ_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BOARD_RAM = 0x20000000, BOARD_RAM_SIZE = 1 << 20 };

struct board {
    unsigned cores;
    uint32_t ticks_per_second;
    bool steered;     /* a core runs on until steer_chooser says otherwise (sim/steer.h) */
    const char *heap; /* of the system, by name; NULL: none is set up */
    void (*boot)(void);
};

/* Once. Returns when a task serves. */
void board_start(const struct board *board);

/* That task's body. */
_Noreturn void board_serve(void);

void board_call(void (*function)(const void *argument), const void *argument);

#endif
