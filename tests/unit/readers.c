/* The readers of text files, traces and vectors: what is no whole valid file, and what is said. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "../../replay/run.h"
#include "../../replay/trace.h"
#include "../../replay/verify.h"
#include "unit.h"

static char path[] = "/tmp/heapsim-readers-XXXXXX";
static char why[TEXT_WHY_MAX];

static void write_file(const void *bytes, size_t length)
{
    FILE *const file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

static void says(const char *sentence, const char *words, const char *input)
{
    if (strstr(sentence, words) == NULL || strstr(sentence, path) == NULL ||
        strchr(sentence, '\n') != NULL)
        fail_msg("'%s' does not say '%s' of: %.200s", sentence, words, input);
}

/* --- numbers --- */

static const struct {
    const char *text;
    uint64_t most;
    bool good;
    uint64_t value;
    size_t read; /* characters */
} decimals[] = {
    {"0", 9, true, 0, 1},
    {"0 1", 9, true, 0, 2},
    {"7", 7, true, 7, 1},
    {"8", 7, false, 0, 0},
    {"9", 7, false, 0, 0},
    {"1", 0, false, 0, 0},
    {"10", 9, false, 0, 0},
    {"4294967295", UINT32_MAX, true, UINT32_MAX, 10},
    {"4294967296", UINT32_MAX, false, 0, 0},
    {"4294967299", UINT32_MAX, false, 0, 0},
    {"18446744073709551615", UINT64_MAX, true, UINT64_MAX, 20},
    {"18446744073709551616", UINT64_MAX, false, 0, 0},
    {"99999999999999999999", UINT64_MAX, false, 0, 0},
    {"", 9, false, 0, 0},
    {" 1", 9, false, 0, 0},
    {"-1", 9, false, 0, 0},
    {"+1", 9, false, 0, 0},
    {"01", 99, false, 0, 0},
    {"00", 99, false, 0, 0},
    {"1 ", 9, false, 0, 0},
    {"1  2", 9, false, 0, 0},
    {"1\t2", 9, false, 0, 0},
    {"1x", 9, false, 0, 0},
    {"0x1", 9, false, 0, 0},
    {"x", 9, false, 0, 0},
};

static void decimal_numbers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(decimals); i++) {
        const char *cursor = decimals[i].text;
        uint64_t value = 0;

        if (text_decimal(&cursor, decimals[i].most, &value) != decimals[i].good)
            fail_msg("'%s' up to %llu is %s", decimals[i].text,
                     (unsigned long long)decimals[i].most, decimals[i].good ? "good" : "bad");
        if (decimals[i].good) {
            assert_true(value == decimals[i].value);
            assert_int_equal(cursor - decimals[i].text, decimals[i].read);
        }
    }
}

static const struct {
    const char *text;
    bool good;
    uint32_t value;
} hexadecimals[] = {
    {"0x0", true, 0},
    {"0xffffffff", true, UINT32_MAX},
    {"0x20000000 0x1", true, 0x20000000},
    {"0x100000000", false, 0},
    {"0x", false, 0},
    {"0xG", false, 0},
    {"0xABC", false, 0},
    {"0X1", false, 0},
    {"12", false, 0},
    {"0x1 ", false, 0},
    {"0x1  2", false, 0},
    {"0x1g", false, 0},
    {"", false, 0},
    {"-0x1", false, 0},
};

static void hexadecimal_numbers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(hexadecimals); i++) {
        const char *cursor = hexadecimals[i].text;
        uint32_t value = 0;

        if (text_hexadecimal(&cursor, &value) != hexadecimals[i].good)
            fail_msg("'%s'", hexadecimals[i].text);
        if (hexadecimals[i].good)
            assert_int_equal(value, hexadecimals[i].value);
    }
}

/* --- lines --- */

static void lines_of_every_length(void **state)
{
    static char line[TEXT_LINE_MAX + 16];
    static struct text text;

    (void)state;
    memset(line, 'x', sizeof line);
    for (size_t length = TEXT_LINE_MAX - 4; length < TEXT_LINE_MAX + 4; length++) {
        line[length] = '\n';
        write_file(line, length + 1);
        line[length] = 'x';
        assert_true(text_open(&text, path));
        assert_int_equal(text_next(&text), length <= TEXT_LINE_MAX - 2);
        if (text.failed)
            says(text.why, "longer than 4094 bytes", "a long line");
        else
            assert_int_equal(strlen(text.line), length);
        text_close(&text);
    }
}

static const struct {
    const char *bytes;
    size_t length;
    unsigned lines;     /* good ones before it ends */
    const char *reason; /* NULL: a good end */
} files[] = {
    {"", 0, 0, NULL},
    {"\n", 1, 1, NULL},
    {"a\nb\n", 4, 2, NULL},
    {"a\nb", 3, 1, "line 2: the last line has no line end"},
    {"a", 1, 0, "line 1: the last line has no line end"},
    {"a\n\0b\nc\n", 7, 1, "line 2: it holds a zero byte"},
    {"a\0\nb\n", 5, 0, "line 1: it holds a zero byte"},
    {"\x1f", 1, 0, "line 1: "},                           /* half of gzip's mark */
    {"\x1f\x8b", 2, 0, "line 1: the compressed"},         /* the mark, and nothing */
    {"\x1f\x8b\x08\x00", 4, 0, "line 1: the compressed"}, /* a part of its header */
    {"\x1f\x8b\x08\x00\0\0\0\0\0\3\7zzzzzzz", 18, 0, "line 1: the compressed data is damaged"},
    {"\x1f\x8bzzzzzzzzzzzzzzzz", 18, 0, "line 1: the compressed data is damaged"},
};

static void text_files(void **state)
{
    static struct text text;

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(files); i++) {
        unsigned lines = 0;

        write_file(files[i].bytes, files[i].length);
        assert_true(text_open(&text, path));
        while (text_next(&text))
            lines++;
        if (lines != files[i].lines || text.failed != (files[i].reason != NULL))
            fail_msg("file %u: %u lines, %s", i, lines, text.failed ? text.why : "a good end");
        if (text.failed)
            says(text.why, files[i].reason, "a file");
        assert_false(text_next(&text)); /* it stays at the end */
        text_close(&text);
    }
}

/* --- traces --- */

#define HEAD "# heap-trace 1\n# source a program\n# time us\n"

static const struct {
    const char *text;
    const char *reason;
} bad_traces[] = {
    {"", "line 1: it is no trace: this line should be '# heap-trace 1'"},
    {"# heap-trace 2\n", "line 1: it is no trace"},
    {"# heap-trace 1 \n", "line 1: it is no trace"},
    {"# heap-trace 1\n", "line 2: it is no trace: this line should be '# source ...'"},
    {"# heap-trace 1\n# time us\n", "line 2: it is no trace"},
    {"# heap-trace 1\n# source x\n", "line 3: it is no trace: this line should be '# time us'"},
    {"# heap-trace 1\n# source x\n# time ms\n0 0 a 0 1\n", "line 3: it is no trace"},
    {"# heap-vectors 1\n", "line 1: it is no trace"},
    {HEAD, "the trace holds no operation"},
    {HEAD "\n", "line 4: '' is no line of a trace"},
    {HEAD "0 0 a 0 1\n\n", "line 5: '' is no line of a trace"},
    {HEAD "# more\n", "line 4: '# more' is no line of a trace"},
    {HEAD "0 0 a 0 1", "line 4: the last line has no line end"},
    {HEAD "0 0 a 0 1\n0 0 f ", "line 5: the last line has no line end"},
    {HEAD "0 0 a 0 1\r\n", "line 4: a number is missing, malformed"},
    {HEAD " 0 0 a 0 1\n", "is no line of a trace"},
    {HEAD "0  0 a 0 1\n", "is no line of a trace"},
    {HEAD "0 0 a 0 1 \n", "line 4: a number is missing, malformed"},
    {HEAD "0 0 a 0 1 2\n", "line 4: there is more on the line than 'a' takes"},
    {HEAD "0 0 a 0 1\n0 0 f 0 0\n", "line 5: there is more on the line than 'f' takes"},
    {HEAD "0 0 a 0\n", "line 4: a number is missing"},
    {HEAD "0 0 a\n", "is no line of a trace"},
    {HEAD "0 0 a \n", "line 4: a number is missing"},
    {HEAD "0 0\n", "is no line of a trace"},
    {HEAD "0\n", "is no line of a trace"},
    {HEAD "x 0 a 0 1\n", "is no line of a trace"},
    {HEAD "-1 0 a 0 1\n", "is no line of a trace"},
    {HEAD "01 0 a 0 1\n", "is no line of a trace"},
    {HEAD "0 4294967296 a 0 1\n", "is no line of a trace"},
    {HEAD "18446744073709551616 0 a 0 1\n", "is no line of a trace"},
    {HEAD "0 0 x 0 1\n", "line 4: 'x' is no operation (a, c, m, r or f)"},
    {HEAD "0 0 A 0 1\n", "'A' is no operation"},
    {HEAD "0 0 ab 0 1\n", "is no line of a trace"},
    {HEAD "0 0 a 0 4294967296\n", "too large for a 32-bit target"},
    {HEAD "0 0 a 0 -1\n", "a number is missing, malformed"},
    {HEAD "0 0 a 0 0x10\n", "a number is missing, malformed"},
    {HEAD "0 0 c 0 65536 65536\n", "count x size does not fit"},
    {HEAD "0 0 c 0 1\n", "a number is missing"},
    {HEAD "0 0 m 0 8 0\n", "the alignment 0 is no power of two"},
    {HEAD "0 0 m 0 8 24\n", "the alignment 24 is no power of two"},
    {HEAD "0 0 r 0 8\n", "slot 0 is not live"},
    {HEAD "0 0 f 0\n", "slot 0 is not live"},
    {HEAD "0 0 a 1 8\n", "slot 1 skips a number"},
    {HEAD "0 0 a 4294967295 8\n", "skips a number"},
    {HEAD "0 0 f 4294967295\n", "slot 4294967295 is not live"},
    {HEAD "0 0 a 0 8\n0 0 a 0 8\n", "line 5: slot 0 is live already"},
    {HEAD "0 0 a 0 8\n0 0 f 0\n0 0 f 0\n", "line 6: slot 0 is not live"},
    {HEAD "0 0 a 0 8\n0 0 r 0 0\n", "line 5: a realloc to 0 bytes is written as a free"},
    {HEAD "5 0 a 0 8\n4 0 f 0\n", "line 5: the time runs backwards"},
};

static void malformed_traces(void **state)
{
    struct trace trace;

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(bad_traces); i++) {
        write_file(bad_traces[i].text, strlen(bad_traces[i].text));
        if (trace_read(&trace, path, why))
            fail_msg("taken for a trace: %s", bad_traces[i].text);
        says(why, bad_traces[i].reason, bad_traces[i].text);
    }
}

static void a_good_trace(void **state)
{
    static const char text[] = HEAD "0 0 a 0 100\n0 1 c 1 3 50\n7 0 m 2 10 64\n7 0 r 0 1000\n"
                                    "9 2 f 1\n9 0 a 1 0\n18446744073709551615 0 f 2\n";
    struct trace trace;

    (void)state;
    write_file(text, strlen(text));
    assert_true(trace_read(&trace, path, why));
    assert_string_equal(trace.source, "a program");
    assert_int_equal(trace.count, 7);
    assert_int_equal(trace.slots, 3);
    assert_int_equal(trace.live_max, 1160);
    assert_int_equal(trace.largest, 1000);
    assert_int_equal(trace.operations[1].kind, TRACE_CLEARED);
    assert_int_equal(trace.operations[1].thread, 1);
    assert_int_equal(trace.operations[1].extra, 3);
    assert_int_equal(trace.operations[1].size, 50);
    assert_int_equal(trace.operations[2].kind, TRACE_ALIGNED);
    assert_int_equal(trace.operations[2].size, 10);
    assert_int_equal(trace.operations[2].extra, 64);
    assert_int_equal(trace.operations[5].slot, 1);
    assert_true(trace.operations[6].time == UINT64_MAX);
    assert_int_equal(trace_line(0), 4);
    trace_free(&trace);
}

/* Cut at every byte: never taken for a whole one, except between two lines of plain text. */
static void traces_cut_anywhere(void **state)
{
    static const char text[] = HEAD "0 0 a 0 100\n0 1 c 1 3 50\n7 0 m 2 10 64\n7 0 r 0 1000\n";
    static char zipped[1024];
    struct trace trace;

    (void)state;
    for (size_t length = 0; length < strlen(text); length++) {
        const bool whole_lines = length > strlen(HEAD) && text[length - 1] == '\n';

        write_file(text, length);
        assert_int_equal(trace_read(&trace, path, why), whole_lines);
        if (whole_lines)
            trace_free(&trace);
    }
    gzFile file = gzopen(path, "wb");
    assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), strlen(text));
    gzclose(file);
    FILE *const plain = fopen(path, "rb");
    const size_t size = fread(zipped, 1, sizeof zipped, plain);
    fclose(plain);
    assert_true(trace_read(&trace, path, why));
    trace_free(&trace);
    for (size_t length = 0; length < size; length++) {
        write_file(zipped, length);
        if (trace_read(&trace, path, why))
            fail_msg("the first %zu of %zu bytes were taken for a trace", length, size);
        says(why, "", "a cut file");
    }
    for (size_t at = 10; at < size; at++) { /* a byte of the data or of its checksum changed */
        zipped[at] ^= 0x55;
        write_file(zipped, size);
        if (trace_read(&trace, path, why))
            fail_msg("with byte %zu changed it was taken for a trace", at);
        zipped[at] ^= 0x55;
    }
}

static void files_that_are_none(void **state)
{
    struct trace trace;
    struct verify_result result;

    (void)state;
    assert_false(trace_read(&trace, "/tmp", why));
    assert_non_null(strstr(why, "Is a directory"));
    assert_false(trace_read(&trace, "/nowhere/at all", why));
    assert_string_equal(why, "/nowhere/at all: can't be opened: No such file or directory");
    assert_false(verify_file("/tmp", &result, why));
    assert_non_null(strstr(why, "Is a directory"));
    assert_false(verify_file("/nowhere/at all", &result, why));
    assert_string_equal(why, "/nowhere/at all: can't be opened: No such file or directory");
}

/* --- vectors --- */

#define ALLOCATOR "# heap-vectors 1\n# allocator rt-small-mem\n"
#define REGION    "# region 0x20000000 0x1000\n"
#define REGIONS8  REGION REGION REGION REGION REGION REGION REGION REGION
#define SETUP     ALLOCATOR "# upstream RT-Thread v5.2.0 abi ilp32 align 8\n" REGION "# stat used max\n"

static const struct {
    const char *text;
    const char *reason;
} bad_vectors[] = {
    {"", "the file holds no operation"},
    {"# heap-vectors 2\n", "line 1: it is no vector file"},
    {"# heap-trace 1\n", "line 1: it is no vector file"},
    {"garbage\n", "line 1: it is no vector file"},
    {"# heap-vectors 1\n", "the file holds no operation"},
    {"# heap-vectors 1\n# region 0x20000000 0x1000\n",
     "line 2: the second line is not '# allocator NAME'"},
    {"# heap-vectors 1\n# allocator rt-nothing\n", "line 2: there is no heap 'rt-nothing'"},
    {"# heap-vectors 1\n# allocator\n", "line 2: the second line is not"},
    {SETUP, "the file holds no operation"},
    {ALLOCATOR "# upstream RT-Thread v5.2.0 abi ilp32 align 7\n",
     "line 3: option align can't be '7'"},
    {ALLOCATOR "# upstream RT-Thread v5.2.0 abi ilp32 align 8 16\n",
     "option align can't be '8 16'"},
    {ALLOCATOR "# config nothing=1\n", "line 3: heap rt-small-mem has no option 'nothing'"},
    {ALLOCATOR "# config align\n", "line 3: 'align' is not KEY=VALUE"},
    {ALLOCATOR "# config align=5\n", "option align can't be '5'"},
    {ALLOCATOR "# config RT_USING_MEMTRACE=2\n", "option memtrace can't be '2'"},
    {ALLOCATOR "# config align=8 block_size=8\n", "has no option 'block_size'"},
    {ALLOCATOR "# region 20000000 1000\n", "line 3: a region is written"},
    {ALLOCATOR "# region 0x20000000\n", "a region is written"},
    {ALLOCATOR "# region 0x200000000 0x10\n", "a region is written"},
    {ALLOCATOR "# region 0x20000000 0x1000 tlsf\n", "has no algorithm 'tlsf'"},
    {ALLOCATOR REGIONS8 REGIONS8 REGION, "there are more than 16 regions"},
    {ALLOCATOR REGION "# stat nothing\n", "line 4: heap rt-small-mem has no figure 'nothing'"},
    {ALLOCATOR REGION "# stat used0\n", "has no figure 'used0'"},
    {ALLOCATOR REGION "# stat used -\n", "has no figure '-'"},
    {ALLOCATOR REGION "a 0 1 = 0x0\n", "line 4: an operation before the lines"},
    {ALLOCATOR "# stat -\na 0 1 = 0x0\n", "line 4: an operation before the lines"},
    {"# heap-vectors 1\na 0 1 = 0x0\n", "line 2: an operation before the lines"},
    {SETUP "# initial nothing 1\na 0 1 = 0x0 0 0\n", "line 6: '# initial' wants pairs"},
    {SETUP "# initial used\na 0 1 = 0x0 0 0\n", "'# initial' wants pairs"},
    {SETUP "# initial used x\na 0 1 = 0x0 0 0\n", "'# initial' wants pairs"},
    {SETUP "x 0 1 = 0x0 0 0\n", "line 6: 'x 0 1 = 0x0 0 0' is no operation of a vector file"},
    {SETUP "a 0 = 0x0 0 0\n", "is no operation of a vector file"},
    {SETUP "a 0 1 2 = 0x0 0 0\n", "is no operation of a vector file"},
    {SETUP "f 0 1 = - 0 0\n", "is no operation of a vector file"},
    {SETUP "c 0 1 = 0x0 0 0\n", "is no operation of a vector file"},
    {SETUP "m 0 1 = 0x0 0 0\n", "is no operation of a vector file"},
    {SETUP "a 0 -1 = 0x0 0 0\n", "is no operation of a vector file"},
    {SETUP "a 0 4294967296 = 0x0 0 0\n", "is no operation of a vector file"},
    {SETUP "a 1048576 1 = 0x0 0 0\n", "is no operation of a vector file"},
    {SETUP "a 0 1=0x0 0 0\n", "is no operation of a vector file"},
    {SETUP "a 0 1 =\n", "is no operation of a vector file"},
    {SETUP "a 0 1\n", "is no operation of a vector file"},
    {SETUP "a\n", "is no operation of a vector file"},
    {SETUP "\n", "line 6: '' is no operation of a vector file"},
    {SETUP "m = - 0 0\n", "line 6: heap rt-small-mem has no operation 'm' without a slot"},
    {SETUP "a 0 1 = 0x20000048 32 32\na 0 1 = 0x0 0 0\n", "line 7: slot 0 is in use"},
    {SETUP "m 0 8 8 = 0x20000050 32 32\nr 0 8 = 0x0 0 0\n",
     "line 7: slot 0 holds an aligned block"},
    {SETUP "a 0 1 = 0x20000048 32 3", "line 6: the last line has no line end"},
    {"# heap-vectors 1\n# allocator rt-mempool\n# region 0x20000000 0x1000\n# stat free\n"
     "r 0 1 = 0x0 0\n",
     "line 5: heap rt-mempool has no operation 'r'"},
    {"# heap-vectors 1\n# allocator rt-mempool\n# region 0x20000000 0x1000\n# stat free\n"
     "m 0 1 8 = 0x0 0\n",
     "heap rt-mempool has no operation 'm'"},
    {ALLOCATOR "# region 0x20000000 0x40\n# stat -\na 0 1 = 0x0\n",
     "line 5: no rt-small-mem heap in 64 bytes at 0x20000000: it is too small"},
    {ALLOCATOR "# region 0x20000000 0x0\n# stat -\na 0 1 = 0x0\n", "it is empty"},
    {ALLOCATOR "# region 0xfffff000 0x2000\n# stat -\na 0 1 = 0x0\n", "above 4 GiB"},
    {ALLOCATOR "# region 0x1000 0x1000\n# stat -\na 0 1 = 0x0\n", "below 0x10000"},
    {ALLOCATOR REGION REGION "# stat -\na 0 1 = 0x0\n", "overlaps region region1"},
    {ALLOCATOR REGION "# region 0x30000000 0x1000\n# stat -\na 0 1 = 0x0\n", "one region only"},
};

static void malformed_vectors(void **state)
{
    struct verify_result result;

    (void)state;
    diagnose_set_policy(VIOLATION_RETURN);
    for (unsigned i = 0; i < UNIT_COUNT(bad_vectors); i++) {
        write_file(bad_vectors[i].text, strlen(bad_vectors[i].text));
        if (verify_file(path, &result, why))
            fail_msg("taken for vectors: %s", bad_vectors[i].text);
        says(why, bad_vectors[i].reason, bad_vectors[i].text);
        assert_null(kernel.heap_list); /* nothing is left over for the next file */
    }
}

/* Lines for people, a trailer, and everything an operation can be. */
static void good_vectors(void **state)
{
    static const char text[] =
        SETUP "# note for people\n# unknown line\n# config RT_NAME_MAX=8 front=0\n"
              "# initial used 0 max 0 total 4008\n"
              "a 0 1 = 0x20000048 32 32\nc 1 3 7 = 0x20000068 72 72\nm 2 8 8 = 0x20000098 104 104\n"
              "r 1 100 = 0x200000b0 184 224\nr 3 0 = 0x0 184 224\nr 4 8 = 0x20000068 224 224\n"
              "f 2 = - 192 224\nf 9 = - 192 224\na 1048575 0 = 0x0 192 224\n"
              "# block 0x20000038 32 a\n# stat nothing any more\n";
    struct verify_result result;

    (void)state;
    diagnose_set_policy(VIOLATION_RETURN);
    write_file(text, strlen(text));
    if (!verify_file(path, &result, why))
        fail_msg("%s", why);
    assert_int_equal(result.operations, 9);
    assert_int_equal(result.matched, 9);
    assert_null(kernel.heap_list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimal_numbers),       cmocka_unit_test(hexadecimal_numbers),
        cmocka_unit_test(lines_of_every_length), cmocka_unit_test(text_files),
        cmocka_unit_test(malformed_traces),      cmocka_unit_test(a_good_trace),
        cmocka_unit_test(traces_cut_anywhere),   cmocka_unit_test(files_that_are_none),
        cmocka_unit_test(malformed_vectors),     cmocka_unit_test(good_vectors),
    };
    const int file = mkstemp(path);

    if (file == -1)
        return 1;
    close(file);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
