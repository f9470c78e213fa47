/* One mistake each, made where nobody looks, in a library; `clean` makes none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect.h"
#include "heapsim.h"
#include "library.h"

static void *blocks[40];

static void fill_up(int size)
{
    for (int i = 0; i < 40; i++)
        blocks[i] = ALLOC(size);
}

static void clean_up(void)
{
    for (int i = 0; i < 40; i++)
        if (blocks[i] != NULL)
            FREE(blocks[i]);
}

static void behind(void)
{
    char *const block = ALLOC(45);

    library_write(block, 45, 1);
    FREE(block);
}

/* Nobody frees it. */
static void behind_for_ever(void)
{
    char *const block = ALLOC(45);

    library_write(block, 45, 2);
}

static void after_free(void)
{
    char *const block = ALLOC(200);

    FREE(block);
    library_write(block, 40, 4);
    fill_up(190);
    clean_up();
}

/* The header of the block behind, while another one is taken. */
static void header(void)
{
    char *const block = ALLOC(64);
    char *const next = ALLOC(64);
    char *const other = ALLOC(32);

    library_write(next, -16, 12);
    FREE(other);
    FREE(ALLOC(100));
    (void)block;
}

/* Nothing is done with heaps any more. */
static void header_at_end(void)
{
    char *const block = ALLOC(64);
    char *const next = ALLOC(64);

    (void)block;
    library_write(next, -16, 16);
}

static void reads_behind(void)
{
    char *const block = ALLOC(40);

    printf("%d\n", library_read(block, 40));
    FREE(block);
}

static void reads_freed(void)
{
    char *const block = ALLOC(100);

    FREE(block);
    printf("%d\n", library_read(block, 50));
}

static void frees_twice(void)
{
    char *const block = ALLOC(100);

    FREE(block);
    FREE(block);
}

static void clean(void)
{
    char *const block = ALLOC(45);

    library_write(block, 0, 45);
#ifdef REALLOC
    char *const larger = REALLOC(block, 99);
    if (larger == NULL)
        exit(1);
    library_write(larger, 0, 99);
    char *const smaller = REALLOC(larger, 21);
    library_write(smaller, 0, 21);
    FREE(smaller);
#else
    FREE(block);
#endif
    for (int round = 1; round < 200; round++) {
        const int i = round * 7 % 40;
        const int size = round * 37 % 300 + 1;

        if (blocks[i] != NULL)
            FREE(blocks[i]);
        blocks[i] = ALLOC(size);
        if (blocks[i] != NULL)
            library_write(blocks[i], 0, size);
    }
    clean_up();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"behind", behind},
                 {"behind_for_ever", behind_for_ever},
                 {"after_free", after_free},
                 {"header", header},
                 {"header_end", header_at_end},
                 {"reads_behind", reads_behind},
                 {"reads_freed", reads_freed},
                 {"frees_twice", frees_twice},
                 {"clean", clean}};

    for (unsigned i = 0; argc > 1 && i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            exit(0);
        }
    }
    return 1;
}
