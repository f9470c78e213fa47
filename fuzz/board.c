#define _GNU_SOURCE
#include "board.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "../kernel/kernel.h"
#include "../sim/arena.h"
#include "../sim/carrier.h"
#include "../sim/diagnose.h"
#include "../sim/engine.h"
#include "../sim/steer.h"
#include "fail.h"

static struct carrier *host, *server;

static struct {
    void (*function)(const void *argument);
    const void *argument;
} work;

static _Noreturn void give_up(const char *why)
{
    fprintf(stderr, "fuzz: %s\n", why);
    exit(EXIT_USAGE);
}

static void boot(void *argument)
{
    const struct board *const board = argument;

    board->boot();
}

static void pass_to(struct carrier *carrier)
{
    carrier_self = host;
    carrier_pass(carrier);
    carrier_self = NULL; /* what the fuzzer does is no part of the simulation */
}

/* A run that would end here is a finding like any other: an input's end is to come. */
_Noreturn void __wrap_finish_quiet(void);
_Noreturn void __wrap_finish_quiet(void)
{
    fail("all tasks wait for ever, that which runs the input, too");
}

/* A fuzzer's console is no place for what boards print. */
void __wrap_port_console_write(const char *text, size_t length);
void __wrap_port_console_write(const char *text, size_t length)
{
    (void)text;
    (void)length;
}

void board_start(const struct board *board)
{
    const struct engine_options options = {
        .cores = board->cores, .seed = 1, .ticks_per_second = board->ticks_per_second};
    char why[ARENA_WHY_MAX];
    cpu_set_t cpus;

    carrier_choose("fibre");
    diagnose_set_policy(VIOLATION_RETURN);
    if (!arena_map("ram", BOARD_RAM, BOARD_RAM_SIZE, why))
        give_up(why);
    if (board->heap != NULL)
        heap_config_standard(&kernel.heap_config, heap_allocator(board->heap));
    kernel_init(board->cores, board->ticks_per_second);
    if (board->steered)
        steer_start();
    sched_getaffinity(0, sizeof cpus, &cpus);
    engine_init(&options);
    sched_setaffinity(0, sizeof cpus, &cpus); /* the engine takes one CPU; fuzzers share them */
    host = carrier_of_host();
    if (host == NULL)
        give_up("it can't be found out where the first thread's stack lies");
    pass_to(carrier_take(boot, (void *)(uintptr_t)board, "boot"));
}

void board_serve(void)
{
    server = carrier_self;
    for (;;) {
        carrier_pass(host);
        work.function(work.argument);
    }
}

void board_call(void (*function)(const void *argument), const void *argument)
{
    work.function = function;
    work.argument = argument;
    pass_to(server);
}
