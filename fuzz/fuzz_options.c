/*
 * fuzz_options: command lines, one argument a line; the first is the program: replay, or else a
 * scenario. What exits with 2 must have said one sentence.
 *
 * The programs call exit(), from inside of argp, too, which would not give its memory back if it
 * were left by longjmp(). So each of argp's parsers gets one before it (guards[]), to which an
 * exit() comes; it tells argp of an error, and the second exit(), outside of argp, ends the input.
 */
#define _GNU_SOURCE
#include "fuzz_options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kernel/kernel.h"
#include "../sim/arena.h"
#include "../sim/growth.h"
#include "../sim/options.h"
#include "../sim/spec.h"
#include "fail.h"
#include "target.h"
#include "text_input.h"

enum { ARGUMENTS_MOST = 64, TEXT_MOST = 1 << 14, GUARDS = 8, GIVEN_MOST = 16, HEAP_MOST = 1 << 20 };

/* --- exit --- */

static jmp_buf *exit_to; /* NULL: it is a real one */
static int status;

_Noreturn void __real_exit(int code);
_Noreturn void __wrap_exit(int code);
void __wrap_exit(int code)
{
    if (exit_to == NULL)
        __real_exit(code);
    if (status < 0) /* the first one would have ended the program */
        status = code;
    longjmp(*exit_to, 1);
}

static const struct argp *guarded[GUARDS];
static unsigned guarded_count;

static error_t guard(unsigned which, int key, char *argument, struct argp_state *state)
{
    jmp_buf *const outer = exit_to;
    jmp_buf here;
    error_t error;

    if (setjmp(here) == 0) {
        exit_to = &here;
        error = guarded[which]->parser(key, argument, state);
        exit_to = outer;
        return error;
    }
    exit_to = outer;
    return ECANCELED;
}

#define GUARD(n)                                                                                   \
    static error_t guard##n(int key, char *argument, struct argp_state *state)                     \
    {                                                                                              \
        return guard(n, key, argument, state);                                                     \
    }
GUARD(0)
GUARD(1)
GUARD(2)
GUARD(3)
GUARD(4)
GUARD(5)
GUARD(6)
GUARD(7)

static const argp_parser_t guards[GUARDS] = {guard0, guard1, guard2, guard3,
                                             guard4, guard5, guard6, guard7};
static struct argp copies[GUARDS];
static struct argp_child children[GUARDS][GUARDS];

static const struct argp *guard_tree(const struct argp *argp)
{
    const unsigned which = guarded_count++;

    if (which == GUARDS)
        fail("argp has more parsers than there are guards");
    guarded[which] = argp;
    copies[which] = *argp;
    if (argp->parser != NULL)
        copies[which].parser = guards[which];
    memset(children[which], 0, sizeof children[which]);
    for (unsigned i = 0; argp->children != NULL && argp->children[i].argp != NULL; i++) {
        children[which][i] = argp->children[i];
        children[which][i].argp = guard_tree(argp->children[i].argp);
    }
    copies[which].children = children[which];
    return &copies[which];
}

/* argp's own --help exits from inside libc, where it can't be caught. */
error_t __real_argp_parse(const struct argp *argp, int argc, char **argv, unsigned flags,
                          int *index, void *input);
error_t __wrap_argp_parse(const struct argp *argp, int argc, char **argv, unsigned flags,
                          int *index, void *input);
error_t __wrap_argp_parse(const struct argp *argp, int argc, char **argv, unsigned flags,
                          int *index, void *input)
{
    guarded_count = 0;
    return __real_argp_parse(guard_tree(argp), argc, argv, flags | ARGP_NO_EXIT, index, input);
}

/* --- what is chosen for good --- */

static unsigned guards_given, moments_given;

bool __wrap_guard_choose(const char *choice);
bool __wrap_guard_choose(const char *choice)
{
    (void)choice;
    return guards_given++ < GIVEN_MOST;
}

bool __wrap_growth_note_at(uint64_t time, const char *text);
bool __wrap_growth_note_at(uint64_t time, const char *text)
{
    if (time == 0 || text[0] == '\0')
        fail("a snapshot has no time");
    return moments_given++ < GROWTH_MOMENTS_MAX;
}

/* --- what came of it --- */

/* A heap's options as the command line spells them are the same options. */
static void check_heap(const struct heap_config *config)
{
    struct heap_config again;
    char why[SPEC_WHY_MAX];
    char value[40];

    heap_config_standard(&again, config->ops);
    for (unsigned i = 0; config->ops->options[i].key != NULL; i++) {
        spec_format_value(&config->ops->options[i], config->option[i], value, sizeof value);
        if (!spec_set_option(&again, config->ops->options[i].key, value, why))
            fail("an option that was read and written can't be read");
    }
    if (memcmp(again.option, config->option, sizeof again.option) != 0)
        fail("an option that was read and written reads otherwise");
}

static void lay_out(void)
{
    static struct heap heap; /* allocators may link target memory to it */
    const struct heap_call call = {.name = "fuzz"};
    struct heap_config config = kernel.heap_config;
    struct heap_fault fault;

    config.points = config.events = false;
    if (arena_region(0)->size > HEAP_MOST)
        return;
    const struct heap_region region = {arena_region(0)->base, arena_region(0)->size, 0};
    if (heap_init(&heap, &config, "heap", &region, 1, 0, call) != NULL)
        return;
    if (!config.ops->check(&heap, &fault))
        fail("a heap is broken from the start");
    heap_detach(&heap);
}

static void try_arguments(int argc, char **argv)
{
    jmp_buf here;

    status = -1;
    if (setjmp(here) == 0) {
        exit_to = &here;
        if (strcmp(argv[0], "replay") == 0) {
            options_of_replay(argc, argv);
        } else {
            options_of_scenario(argc, argv);
            check_heap(&kernel.heap_config);
            lay_out();
        }
    }
    exit_to = NULL;
}

/* --- the input --- */

/* glibc's own: --HANG=SECONDS sleeps, and --program-name=NAME gives getopt any name to print. */
static bool is_hidden(const char *argument)
{
    return strncmp(argument, "--H", 3) == 0 || strncmp(argument, "--p", 3) == 0;
}

/* The arguments last until the next input: programs keep pointers to them. */
static int split(const uint8_t *data, size_t size, char **argv)
{
    static char text[TEXT_MOST];
    static char race[] = "race", replay[] = "replay";
    char *rest = text;
    int argc = 0;

    snprintf(text, sizeof text, "%.*s", (int)size, (const char *)data);
    for (char *line; argc < ARGUMENTS_MOST && (line = strsep(&rest, "\n")) != NULL;) {
        if (rest == NULL && line[0] == '\0')
            break; /* behind the last line end */
        if (argc == 0)
            argv[argc++] = strcmp(line, replay) == 0 ? replay : race;
        else if (!is_hidden(line))
            argv[argc++] = line;
    }
    if (argc == 0)
        argv[argc++] = race;
    argv[argc] = NULL;
    fuzz_operations += (uint64_t)argc;
    return argc;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fail_about("options");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[ARGUMENTS_MOST + 1];
    const char *out, *err;
    const int argc = split(data, size, argv);

    guards_given = moments_given = 0;
    sim_options = (struct sim_options){.faithful = false};
    diagnose_set_policy(VIOLATION_RETURN);
    text_input_listen();
    try_arguments(argc, argv);
    text_input_hear(&out, &err);
    if (status == EXIT_USAGE)
        text_input_check_message(err);
    else if (status > EXIT_USAGE)
        fail("arguments end a program that does not run yet");
    arena_unmap_all();
    return 0;
}
