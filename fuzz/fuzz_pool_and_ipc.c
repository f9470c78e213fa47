/*
 * fuzz_pool_and_ipc: tasks, interrupts and timers that use pools, semaphores, mutexes, events,
 * queues, streams, notifications, a heap and each other as the input says, beside what is owed.
 */
#include "board.h"
#include "fail.h"
#include "ipc.h"
#include "target.h"

enum { TICKS_PER_SECOND = 100000 }; /* one comes after fifty kernel calls */

/* clang-format off */
#define OPERANDS {{"who", 'b'}, {"object", 'b'}, {"value", 'b'}, {"ticks", 'b'}}
/* clang-format on */
static const struct language_verb verbs[] = {
#define VERB(name) {#name, OPERANDS},
    IPC_VERBS(VERB)
#undef VERB
        {"ambush", OPERANDS},
    {"pass", OPERANDS},
    {.name = NULL}};

static bool begin(const uint32_t *header)
{
    watch_begin();
    objects_begin(header);
    actors_begin(header);
    return true;
}

const struct language fuzz_language = {.header = {{"orders", 'h'},
                                                  {"hands", 'b'},
                                                  {"inherit", 'b'},
                                                  {"suspend", 'b'},
                                                  {"counts", 'b'},
                                                  {"slots", 'b'},
                                                  {"sizes", 'b'},
                                                  {"heap", 'b'},
                                                  {"flags", 'b'},
                                                  {"priority1", 'b'},
                                                  {"priority2", 'b'},
                                                  {"priority3", 'b'},
                                                  {"priority4", 'b'},
                                                  {"priority5", 'b'},
                                                  {"priority6", 'b'}},
                                       .verbs = verbs,
                                       .begin = begin,
                                       .act = actors_act,
                                       .end = actors_end,
                                       .around = board_call};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct board board = {
        .cores = 1, .ticks_per_second = TICKS_PER_SECOND, .boot = actors_boot};

    (void)argc;
    (void)argv;
    fail_about("pool and ipc");
    board_start(&board);
    return 0;
}
