/*
 * fuzz_vector_file: golden vectors (docs/vectors.md), as replay --verify reads and replays them.
 * What differs from the real code's answers is no finding; what ends otherwise than by a sentence
 * is, and so is a file that answers otherwise when it is read again.
 */
#include <stdio.h>
#include <string.h>

#include "../replay/verify.h"
#include "../sim/arena.h"
#include "../sim/diagnose.h"
#include "fail.h"
#include "target.h"
#include "text_input.h"

enum { RAM_MOST = 1 << 20 };

struct answer {
    bool read;
    struct verify_result result;
    char why[TEXT_WHY_MAX];
};

/* RAM that is asked for and used is no finding: there is only a little here. */
bool __real_arena_map(const char *name, uint64_t base, uint64_t size, char *why);
bool __wrap_arena_map(const char *name, uint64_t base, uint64_t size, char *why);
bool __wrap_arena_map(const char *name, uint64_t base, uint64_t size, char *why)
{
    if (size <= RAM_MOST)
        return __real_arena_map(name, base, size, why);
    snprintf(why, ARENA_WHY_MAX, "region %s has more RAM than this target tries", name);
    return false;
}

static void read_file(const char *path, struct answer *answer)
{
    answer->why[0] = '\0';
    answer->read = verify_file(path, &answer->result, answer->why);
}

static void check_why(const struct answer *answer)
{
    if (answer->read)
        return;
    text_input_check_sentence(answer->why);
    if (strstr(answer->why, ", line ") == NULL)
        fail("a mistake in the file does not name its line");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fail_about("vector_file");
    diagnose_set_policy(VIOLATION_RETURN);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *const path = text_input_file(data, size);
    struct answer first, second;
    const char *out, *err;

    text_input_listen();
    read_file(path, &first);
    read_file(path, &second);
    text_input_hear(&out, &err);
    text_input_check_lines(out);
    check_why(&first);
    if (first.read != second.read || strcmp(first.why, second.why) != 0 ||
        first.result.operations != second.result.operations ||
        first.result.matched != second.result.matched)
        fail("the same file answers otherwise when it is read again");
    arena_unmap_all();
    return 0;
}
