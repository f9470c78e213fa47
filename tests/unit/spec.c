/* The little languages of the command line, the boards, and --on-violation's words. */
#include <stdio.h>

#include "../../sim/boards.h"
#include "unit.h"

static char why[SPEC_WHY_MAX];

static void says(const char *words, const char *input)
{
    if (strstr(why, words) == NULL || strchr(why, '\n') != NULL)
        fail_msg("'%s' does not say '%s' of '%s'", why, words, input);
}

/* --- numbers --- */

static const struct {
    const char *text;
    bool good;
    uint64_t value;
} numbers[] = {
    {"0", true, 0},
    {"65536", true, 65536},
    {"64K", true, 65536},
    {"64k", true, 65536},
    {"2M", true, 2 << 20},
    {"2m", true, 2 << 20},
    {"0x10", true, 16},
    {"0X1f", true, 31},
    {"0xABCdef", true, 0xabcdef},
    {"0x10K", true, 0x4000},
    {"010", true, 10}, /* not octal */
    {"18446744073709551615", true, UINT64_MAX},
    {"18014398509481983K", true, UINT64_MAX - 1023},
    {"18446744073709551616", false, 0},
    {"18014398509481984K", false, 0},
    {"17592186044416M", false, 0},
    {"0x10000000000000000", false, 0},
    {"", false, 0},
    {"K", false, 0},
    {"-1", false, 0},
    {"+1", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"1KK", false, 0},
    {"1G", false, 0},
    {"1.5K", false, 0},
    {"0x", false, 0},
    {"0xK", false, 0},
    {"0xg", false, 0},
    {"0x-1", false, 0},
    {"x10", false, 0},
    {"ten", false, 0},
};

static void sizes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(numbers); i++) {
        uint64_t value = 0;

        if (spec_number(numbers[i].text, &value) != numbers[i].good)
            fail_msg("'%s' should be %s", numbers[i].text, numbers[i].good ? "good" : "bad");
        if (numbers[i].good && value != numbers[i].value)
            fail_msg("'%s' is read as %llu", numbers[i].text, (unsigned long long)value);
    }
}

/* --- regions --- */

static const struct {
    const char *text;
    const char *reason; /* NULL: it is good */
} regions[] = {
    {"ram=0x20000000:4K", NULL},
    {"a=536870912:1", NULL},
    {"a:b=0x20000000:4K", NULL}, /* any name without '=' */
    {"a-name-of-23-characters=0x20000000:4K", NULL},
    {"a-name-of-24-characters-=0x20000000:4K", "a region is written NAME=BASE:SIZE"},
    {"", "a region is written NAME=BASE:SIZE"},
    {"ram", "a region is written NAME=BASE:SIZE"},
    {"ram=0x20000000", "a region is written NAME=BASE:SIZE"},
    {"ram:0x20000000=4K", "a region is written NAME=BASE:SIZE"},
    {"=0x20000000:4K", "a region is written NAME=BASE:SIZE"},
    {"ram=:4K", "'' is no address"},
    {"ram=x:4K", "'x' is no address"},
    {"ram=-1:4K", "'-1' is no address"},
    {"ram=0x20000000:", "'' is no size"},
    {"ram=0x20000000:4KB", "'4KB' is no size"},
    {"ram=0x20000000:4K:5", "'4K:5' is no size"},
    {"ram=0x20000000:-1", "'-1' is no size"},
    {"ram=0x20000000:0", "it is empty"},
    {"ram=0x100000000:4K", "above 4 GiB"},
    {"ram=0xfffff000:8K", "above 4 GiB"},
    {"ram=0x20000000:4096M", "above 4 GiB"},
    {"ram=0x00000000000000000000000000000000020000000:4K", "a region is written"},
    {"ram=0x1000:4K", "below 0x10000"},
    {"ram=0x08000000:4K", "the program itself"},
};

static void region_texts(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(regions); i++) {
        arena_unmap_all();
        if (spec_map_region(regions[i].text, why) != (regions[i].reason == NULL))
            fail_msg("'%s': %s", regions[i].text, why);
        if (regions[i].reason != NULL)
            says(regions[i].reason, regions[i].text);
        assert_int_equal(arena_region_count(), regions[i].reason == NULL);
    }
}

/* --- heaps --- */

static const struct {
    const char *text;
    const char *reason;
} bad_heaps[] = {
    {"", "there is no heap ''; heaps are: rt-small-mem, "},
    {"small-mem", "there is no heap 'small-mem'"},
    {"rt-small-mem ", "there is no heap 'rt-small-mem '"},
    {"RT-SMALL-MEM", "there is no heap"},
    {":align=4", "there is no heap ''"},
    {"rt-small-mem:nothing=1", "heap rt-small-mem has no option 'nothing'; its options are: align"},
    {"rt-small-mem:align", "'align' is no option; options are written key=value"},
    {"rt-small-mem:align=", "option align can't be '': it takes a power of two from 4 to 32"},
    {"rt-small-mem:align=2", "option align can't be '2'"},
    {"rt-small-mem:align=6", "option align can't be '6'"},
    {"rt-small-mem:align=64", "option align can't be '64'"},
    {"rt-small-mem:align=4294967300", "option align can't be '4294967300'"}, /* 2^32 + 4 */
    {"rt-small-mem:align=-4", "option align can't be '-4'"},
    {"rt-small-mem:align=8=8", "option align can't be '8=8'"},
    {"rt-small-mem:name_max=1", "option name_max can't be '1': it takes a number from 2 to 64"},
    {"rt-small-mem:name_max=65", "option name_max can't be '65'"},
    {"rt-small-mem:memtrace=2", "option memtrace can't be '2'"},
    {"rt-small-mem:memtrace=yes", "option memtrace can't be 'yes'"},
    {"rt-small-mem:align=8,memtrace=1,block_size=8", "has no option 'block_size'"},
    {"rt-mempool:block_size=0", "option block_size can't be '0'"},
    {"rt-mempool:block_size=4294967296", "option block_size can't be '4294967296'"},
};

static void bad_heap_texts(void **state)
{
    struct heap_config config;

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(bad_heaps); i++) {
        if (spec_heap(bad_heaps[i].text, &config, why))
            fail_msg("'%s' was taken", bad_heaps[i].text);
        says(bad_heaps[i].reason, bad_heaps[i].text);
    }
}

static void overlong_texts(void **state)
{
    struct heap_config config;
    char text[4000];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_false(spec_heap(text, &config, why));
    says("too long", "a long heap");
    assert_false(spec_map_region(text, why));
    says("a region is written", "a long region");
    memcpy(text, "rt-small-mem:align=", 19);
    text[250] = '\0';
    assert_false(spec_heap(text, &config, why));
    says("option align can't be", "a long value");
    memcpy(text, "ram=0x20000000:", 15);
    text[250] = 'x';
    assert_false(spec_map_region(text, why));
    says("is no size", "a long size");
    assert_false(board_map(text, why));
    says("there is no board", "a long board");
}

static void good_heap_texts(void **state)
{
    struct heap_config config;

    (void)state;
    assert_true(spec_heap("rt-small-mem", &config, why));
    assert_ptr_equal(config.ops, &heap_rt_small_mem);
    assert_int_equal(config.option[heap_option_index(config.ops, "align")], 8);
    assert_int_equal(config.option[heap_option_index(config.ops, "name_max")], 8);
    assert_int_equal(config.option[heap_option_index(config.ops, "memtrace")], 0);
    assert_false(config.faithful);
    assert_true(spec_heap("rt-small-mem:memtrace=1,align=0x10,align=4,name_max=12", &config, why));
    assert_int_equal(config.option[heap_option_index(config.ops, "align")],
                     4); /* the last counts */
    assert_int_equal(config.option[heap_option_index(config.ops, "name_max")], 12);
    assert_int_equal(config.option[heap_option_index(config.ops, "memtrace")], 1);
    assert_true(spec_heap("rt-mempool:block_size=1K", &config, why));
    assert_int_equal(config.option[heap_option_index(config.ops, "block_size")], 1024);
}

/* Every option of every allocator takes its limits and refuses what lies beyond. */
static void limits_of_every_option(void **state)
{
    char text[32];
    char value[16];

    (void)state;
    for (unsigned i = 0; heap_allocators[i] != NULL; i++) {
        const struct heap_ops *const ops = heap_allocators[i];

        for (const struct heap_option *o = ops->options; o->key != NULL; o++) {
            struct heap_config config;
            const tsize_t good[] = {o->least, o->most, o->standard};

            heap_config_standard(&config, ops);
            if (o->kind == HEAP_OPTION_WORD) {
                assert_false(spec_set_option(&config, o->key, "no such word", why));
                for (unsigned k = 0; o->words[k] != NULL; k++)
                    assert_true(spec_set_option(&config, o->key, o->words[k], why));
                continue;
            }
            for (unsigned k = 0; k < UNIT_COUNT(good); k++) {
                spec_format_value(o, good[k], value, sizeof value);
                if (o->kind != HEAP_OPTION_POWER || is_power_of_two(good[k]))
                    assert_true(spec_set_option(&config, o->key, value, why));
            }
            if (o->kind == HEAP_OPTION_VERSION)
                continue;
            snprintf(text, sizeof text, "%llu", (unsigned long long)o->most + 1);
            assert_false(spec_set_option(&config, o->key, text, why));
            says(o->key, text);
            if (o->least == 0)
                continue;
            snprintf(text, sizeof text, "%u", o->least - 1);
            assert_false(spec_set_option(&config, o->key, text, why));
            says(o->key, text);
        }
    }
}

/* --- boards --- */

static void every_board(void **state)
{
    (void)state;
    for (const struct board *board = boards; board->name != NULL; board++) {
        arena_unmap_all();
        assert_true(board_map(board->name, why));
        for (unsigned i = 0; i < arena_region_count(); i++) {
            const struct arena_region *const region = arena_region(i);

            assert_string_equal(region->name, board->regions[i].name);
            assert_int_equal(region->base, board->regions[i].base);
            assert_int_equal(region->size, board->regions[i].size);
            *(volatile uint8_t *)target_pointer(region->base + region->size - 1) = 1;
        }
        assert_true(arena_region_count() == BOARD_REGIONS_MAX ||
                    board->regions[arena_region_count()].size == 0);
        assert_int_not_equal(arena_region_count(), 0);
    }
    arena_unmap_all();
    assert_false(board_map("stm32", why));
    says("there is no board 'stm32'; boards are stm32f103, ", "stm32");
    assert_true(board_map("stm32f103", why));
    assert_false(board_map("stm32f103", why));
    says("another region has that name", "a board twice");
}

static void words_of_on_violation(void **state)
{
    enum violation_policy policy;

    (void)state;
    assert_true(diagnose_parse_policy("stop", &policy));
    assert_int_equal(policy, VIOLATION_STOP);
    assert_true(diagnose_parse_policy("report", &policy));
    assert_int_equal(policy, VIOLATION_REPORT);
    assert_true(diagnose_parse_policy("return", &policy));
    assert_int_equal(policy, VIOLATION_RETURN);
    assert_false(diagnose_parse_policy("", &policy));
    assert_false(diagnose_parse_policy("sto", &policy));
    assert_false(diagnose_parse_policy("stop ", &policy));
    for (int kind = 0; kind < DIAGNOSIS_KINDS; kind++)
        assert_non_null(diagnose_kind_name((enum diagnosis_kind)kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),           cmocka_unit_test(region_texts),
        cmocka_unit_test(bad_heap_texts),  cmocka_unit_test(overlong_texts),
        cmocka_unit_test(good_heap_texts), cmocka_unit_test(limits_of_every_option),
        cmocka_unit_test(every_board),     cmocka_unit_test(words_of_on_violation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
