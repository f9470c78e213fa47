#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kernel/heap/heap.h"
#include "../sim/arena.h"
#include "../sim/diagnose.h"
#include "../sim/fill.h"
#include "../sim/ledger.h"
#include "../sim/sentence.h"
#include "../sim/spec.h"

enum { SLOTS_MAX = 1 << 20, FIGURES_MAX = 32 };

struct slot {
    taddr_t block;
    bool aligned; /* made by a line `m` */
};

struct verifier {
    struct text text;
    struct heap_config config;
    struct heap heap;
    bool running; /* the heap is laid out: the header is over */
    struct heap_region regions[HEAP_REGIONS_MAX];
    unsigned region_count;
    struct column {
        const struct heap_figure *figure;
        unsigned region;
    } columns[FIGURES_MAX];
    unsigned column_count;
    bool has_columns; /* a `# stat` line was there */
    struct slot *slots;
    uint32_t slot_count;
    unsigned initial_line;
    char initial[TEXT_LINE_MAX]; /* the `# initial` line's fields */
    struct verify_result *result;
    bool differed;
};

static const struct heap_call call = {.name = "replay --verify"};

static bool watched;

void verify_watched(void)
{
    watched = true;
}

/* --- header --- */

/*
 * Names in vector files for the options of the tables. A switch of the whole build may be named
 * where the allocator has no such option, because it makes no difference to it.
 */
static const struct {
    const char *key, *option;
    bool build_wide;
} aliases[] = {{"RT_ALIGN_SIZE", "align", false},
               {"RT_NAME_MAX", "name_max", false},
               {"RT_USING_MEMTRACE", "memtrace", true},
               {"mem_trace", "memtrace", false}};

static bool set_option(struct verifier *v, const char *key, const char *value)
{
    char why[SPEC_WHY_MAX];

    for (unsigned i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcmp(key, aliases[i].key) != 0)
            continue;
        key = aliases[i].option;
        if (aliases[i].build_wide && heap_option_index(v->config.ops, key) < 0)
            return true;
    }
    return spec_set_option(&v->config, key, value, why) || text_fail(&v->text, "%s", why);
}

static bool read_allocator(struct verifier *v, const char *name)
{
    char why[SPEC_WHY_MAX];

    if (v->config.ops != NULL)
        return text_fail(&v->text, "there is a second line '# allocator'");
    if (!spec_heap(name, &v->config, why))
        return text_fail(&v->text, "%s", why);
    v->config.faithful = true;
    return true;
}

/* `PROJECT VERSION/COMMIT abi ilp32 align N` */
static bool read_upstream(struct verifier *v, char *fields)
{
    const char *const align = strstr(fields, " align ");
    char *const version = strchr(fields, ' ');

    if (align != NULL && heap_option_index(v->config.ops, "align") >= 0 &&
        !set_option(v, "align", align + strlen(" align ")))
        return false;
    if (version == NULL || heap_option_index(v->config.ops, "release") < 0)
        return true;
    version[1 + strcspn(version + 1, "/ ")] = '\0';
    return set_option(v, "release", version + 1 + strspn(version + 1, "Vv"));
}

static bool read_config(struct verifier *v, char *fields)
{
    char *rest;

    for (char *item = strtok_r(fields, " ", &rest); item != NULL;
         item = strtok_r(NULL, " ", &rest)) {
        char *const equals = strchr(item, '=');

        if (equals == NULL)
            return text_fail(&v->text, "'%.60s' is not KEY=VALUE", item);
        *equals = '\0';
        if (!set_option(v, item, equals + 1))
            return false;
    }
    return true;
}

/* START SIZE [ALGORITHM] */
static bool read_region(struct verifier *v, const char *cursor)
{
    struct heap_region *const region = &v->regions[v->region_count];
    const char *const *const algorithms = v->config.ops->algorithms;

    if (v->region_count == HEAP_REGIONS_MAX)
        return text_fail(&v->text, "there are more than %d regions", HEAP_REGIONS_MAX);
    if (!text_hexadecimal(&cursor, &region->begin) || !text_hexadecimal(&cursor, &region->size))
        return text_fail(&v->text, "a region is written '# region 0xSTART 0xSIZE'");
    if (*cursor != '\0') {
        while (algorithms != NULL && algorithms[region->algorithm] != NULL &&
               strcmp(algorithms[region->algorithm], cursor) != 0)
            region->algorithm++;
        if (algorithms == NULL || algorithms[region->algorithm] == NULL)
            return text_fail(&v->text, "heap %s has no algorithm '%.40s' for a region",
                             v->config.ops->name, cursor);
    }
    v->region_count++;
    return true;
}

/* "used", or with the region's index behind it "used1". */
static bool find_column(const struct heap_ops *ops, const char *name, struct column *column)
{
    for (const struct heap_figure *figure = ops->figures; figure->name != NULL; figure++) {
        const size_t length = strlen(figure->name);
        const char *cursor = name + length;
        uint64_t region = 0;

        if (strncmp(figure->name, name, length) == 0 &&
            (figure->of_region ? text_decimal(&cursor, HEAP_REGIONS_MAX - 1, &region)
                               : *cursor == '\0')) {
            *column = (struct column){figure, (unsigned)region};
            return true;
        }
    }
    return false;
}

static bool read_columns(struct verifier *v, char *fields)
{
    char *rest;

    v->has_columns = true;
    if (strcmp(fields, "-") == 0)
        return true;
    for (char *name = strtok_r(fields, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        if (v->column_count == FIGURES_MAX ||
            !find_column(v->config.ops, name, &v->columns[v->column_count]))
            return text_fail(&v->text, "heap %s has no figure '%.60s'", v->config.ops->name, name);
        v->column_count++;
    }
    return true;
}

static tsize_t read_column(struct verifier *v, const struct column *column)
{
    return column->figure->read(&v->heap, column->region);
}

static bool read_initial(struct verifier *v, const char *fields)
{
    v->initial_line = v->text.line_number;
    snprintf(v->initial, sizeof v->initial, "%s", fields);
    return true;
}

static char *after(char *line, const char *prefix)
{
    const size_t length = strlen(prefix);

    return strncmp(line, prefix, length) == 0 ? line + length : NULL;
}

/* A line that starts with '#': those that are not known are for people. */
static bool read_header_line(struct verifier *v)
{
    char *const line = v->text.line;
    char *fields;

    if (v->running)
        return true; /* the trailer */
    if ((fields = after(line, "# allocator ")) != NULL)
        return read_allocator(v, fields);
    if (v->config.ops == NULL)
        return text_fail(&v->text, "the second line is not '# allocator NAME'");
    if ((fields = after(line, "# upstream ")) != NULL)
        return read_upstream(v, fields);
    if ((fields = after(line, "# config ")) != NULL)
        return read_config(v, fields);
    if ((fields = after(line, "# region ")) != NULL)
        return read_region(v, fields);
    if ((fields = after(line, "# stat ")) != NULL)
        return read_columns(v, fields);
    if ((fields = after(line, "# initial ")) != NULL)
        return read_initial(v, fields);
    return true;
}

/* --- set-up, at the first operation --- */

static bool check_initial(struct verifier *v)
{
    char *rest;

    for (char *name = strtok_r(v->initial, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        const char *cursor = strtok_r(NULL, " ", &rest);
        struct column column;
        uint64_t expected;

        if (!find_column(v->config.ops, name, &column) || cursor == NULL ||
            !text_decimal(&cursor, UINT32_MAX, &expected))
            return text_fail(&v->text, "line %u: '# initial' wants pairs of figure and value",
                             v->initial_line);
        const tsize_t actual = read_column(v, &column);
        if (actual != expected && !v->differed) {
            v->differed = true;
            printf("%s:%u: initial %s: expected %u, actual %u\n", v->text.path, v->initial_line,
                   name, (unsigned)expected, actual);
        }
    }
    return true;
}

static bool map_regions(struct verifier *v)
{
    char why[ARENA_WHY_MAX];
    char name[16];

    arena_unmap_all();
    for (unsigned i = 0; i < v->region_count; i++) {
        snprintf(name, sizeof name, "region%u", i + 1);
        if (!arena_map(name, v->regions[i].begin, v->regions[i].size, why))
            return text_fail(&v->text, "%s", why);
    }
    return true;
}

static bool set_up(struct verifier *v)
{
    if (v->config.ops == NULL || v->region_count == 0 || !v->has_columns)
        return text_fail(&v->text, "an operation before the lines '# allocator', '# region' and "
                                   "'# stat'");
    for (unsigned i = 0; i < v->column_count; i++)
        if (v->columns[i].figure->of_region && v->columns[i].region >= v->region_count)
            return text_fail(&v->text, "figure %s%u is of a region that there is not",
                             v->columns[i].figure->name, v->columns[i].region);
    if (!map_regions(v))
        return false;
    if (watched && (!ledger_start() || !fill_start(FILL_ALL)))
        return text_fail(&v->text, "there is no memory for the ledger");
    v->config.events = watched;
    const char *const refusal =
        heap_init(&v->heap, &v->config, "heap", v->regions, v->region_count, 0, call);
    if (refusal != NULL)
        return text_fail(&v->text, "no %s heap in %u bytes at 0x%x: %s", v->config.ops->name,
                         v->regions[0].size, v->regions[0].begin, refusal);
    v->running = true;
    return check_initial(v);
}

/* --- operations --- */

enum { RESET_LOW_WATER = 'l' }; /* the line `m = -` */

struct operation {
    char kind;
    uint32_t slot;
    tsize_t numbers[2];
};

static bool grow_slots(struct verifier *v, uint32_t slot)
{
    uint32_t count = v->slot_count == 0 ? 256 : v->slot_count;

    if (slot < v->slot_count)
        return true;
    while (count <= slot)
        count *= 2;
    struct slot *const bigger = realloc(v->slots, count * sizeof *bigger);
    if (bigger == NULL)
        return text_fail(&v->text, "out of memory for the slots");
    memset(bigger + v->slot_count, 0, (count - v->slot_count) * sizeof *bigger);
    v->slots = bigger;
    v->slot_count = count;
    return true;
}

/* Reads up to the '=', behind which *cursor is left. */
static bool parse_operation(struct verifier *v, const char **cursor, struct operation *op)
{
    static const struct {
        char kind;
        unsigned numbers;
    } forms[] = {{'a', 1}, {'c', 2}, {'r', 1}, {'f', 0}, {'m', 2}};
    const char *const line = *cursor;
    unsigned form = 0;
    uint64_t value;

    *op = (struct operation){.kind = line[0]};
    if (strncmp(line, "m = ", 4) == 0) {
        op->kind = RESET_LOW_WATER;
        *cursor = line + 4;
        return grow_slots(v, 0);
    }
    while (form < sizeof forms / sizeof forms[0] && forms[form].kind != op->kind)
        form++;
    *cursor = line + 2;
    bool good = form < sizeof forms / sizeof forms[0] && line[1] == ' ' &&
                text_decimal(cursor, SLOTS_MAX - 1, &value);
    if (good) {
        op->slot = (uint32_t)value;
        for (unsigned i = 0; good && i < forms[form].numbers; i++) {
            good = text_decimal(cursor, UINT32_MAX, &value);
            op->numbers[i] = (tsize_t)value;
        }
    }
    if (!good || (*cursor)[0] != '=' || (*cursor)[1] != ' ')
        return text_fail(&v->text, "'%.60s' is no operation of a vector file", line);
    *cursor += 2;
    return grow_slots(v, op->slot);
}

static bool is_possible(struct verifier *v, const struct operation *op)
{
    const unsigned can = v->heap.ops->capabilities;
    const struct slot *const slot = &v->slots[op->slot];

    if (op->kind == RESET_LOW_WATER && v->heap.ops->reset_low_water == NULL)
        return text_fail(&v->text, "heap %s has no operation 'm' without a slot",
                         v->heap.ops->name);
    if ((op->kind == 'r' && !(can & HEAP_CAN_REALLOC)) ||
        (op->kind == 'f' && !(can & HEAP_CAN_FREE)) || (op->kind == 'm' && !(can & HEAP_CAN_ALIGN)))
        return text_fail(&v->text, "heap %s has no operation '%c'", v->heap.ops->name, op->kind);
    if (strchr("acm", op->kind) != NULL && slot->block != 0 && !v->differed)
        return text_fail(&v->text, "slot %u is in use", op->slot);
    if (op->kind == 'r' && slot->aligned && (can & HEAP_ALIGNED_APART))
        return text_fail(&v->text, "slot %u holds an aligned block, which can't be reallocated",
                         op->slot);
    return true;
}

/* What a program may do with a block, it does. */
static void use(taddr_t address)
{
    const struct ledger_block *const block = watched ? ledger_block_at(address) : NULL;

    if (block != NULL)
        memset(target_pointer(address), 0x5a, block->size);
}

/* Does the operation; the slot holds the answer, but a failed realloc keeps its block. */
static taddr_t operate(struct verifier *v, const struct operation *op)
{
    struct heap *const h = &v->heap;
    struct slot *const slot = &v->slots[op->slot];
    taddr_t answer = 0;

    switch (op->kind) {
    case RESET_LOW_WATER:
        h->ops->reset_low_water(h);
        return 0;
    case 'a':
        answer = heap_alloc(h, op->numbers[0], call);
        break;
    case 'c':
        answer = heap_alloc_cleared(h, op->numbers[0], op->numbers[1], call);
        break;
    case 'm':
        answer = heap_alloc_aligned(h, op->numbers[0], op->numbers[1], call);
        break;
    case 'r':
        answer = heap_realloc(h, slot->block, op->numbers[0], call);
        if (answer == 0 && op->numbers[0] != 0)
            return 0;
        break;
    default:
        (slot->aligned ? heap_free_aligned : heap_free)(h, slot->block, call);
    }
    use(answer);
    *slot = (struct slot){.block = answer, .aligned = op->kind == 'm' && answer != 0};
    return answer;
}

/* The answer and the figures as a vector file writes them. */
static void format_answer(struct verifier *v, const struct operation *op, taddr_t answer,
                          char *line, size_t size)
{
    const bool silent = op->kind == 'f' || op->kind == RESET_LOW_WATER;
    int used = silent ? snprintf(line, size, "-") : snprintf(line, size, "0x%x", answer);

    for (unsigned i = 0; i < v->column_count; i++)
        used += snprintf(line + used, size - (size_t)used, " %u", read_column(v, &v->columns[i]));
}

static bool verify_operation(struct verifier *v)
{
    const char *cursor = v->text.line;
    struct operation op;
    char actual[32 + FIGURES_MAX * 11];

    if (!parse_operation(v, &cursor, &op) || !is_possible(v, &op))
        return false;
    format_answer(v, &op, operate(v, &op), actual, sizeof actual);
    v->result->operations++;
    if (strcmp(cursor, actual) == 0) {
        v->result->matched++;
    } else if (!v->differed) {
        v->differed = true;
        sentence_clean(v->text.line);
        printf("%s:%u: the first difference\n  expected: %s\n  actual:   %.*s%s\n", v->text.path,
               v->text.line_number, v->text.line, (int)(cursor - v->text.line), v->text.line,
               actual);
    }
    return true;
}

static bool verify_line(struct verifier *v)
{
    if (v->text.line_number == 1)
        return strcmp(v->text.line, "# heap-vectors 1") == 0 ||
               text_fail(&v->text,
                         "it is no vector file: the first line is not '# heap-vectors 1'");
    if (v->text.line[0] == '#')
        return read_header_line(v);
    return (v->running || set_up(v)) && verify_operation(v);
}

bool verify_file(const char *path, struct verify_result *result, char *why)
{
    static struct verifier v; /* static: the heap may need an address below 4 GiB */

    *result = (struct verify_result){0, 0};
    memset(&v, 0, sizeof v);
    v.result = result;
    if (text_open(&v.text, path))
        while (text_next(&v.text) && verify_line(&v))
            continue;
    if (!v.text.failed && result->operations == 0)
        text_fail(&v.text, "the file holds no operation");
    text_close(&v.text);
    free(v.slots);
    if (v.running && watched)
        fill_check_heap(&v.heap, call);
    if (v.running)
        heap_detach(&v.heap);
    const unsigned found =
        diagnose_count(DIAGNOSIS_OVERFLOW) + diagnose_count(DIAGNOSIS_USE_AFTER_FREE);
    if (found > 0) {
        printf("%s: the allocator changed %u places that it should not\n", path, found);
        v.differed = true;
    }
    if (v.text.failed)
        memcpy(why, v.text.why, TEXT_WHY_MAX);
    else if (v.differed && result->matched == result->operations)
        result->matched--; /* an initial figure differed */
    return !v.text.failed;
}
