/* What a trace of --trace is written with: any bytes become JSON that jansson reads back. */
#include "unit.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "../../sim/json_stream.h"
#include "../../sim/random.h"

enum { TEXTS = 3000, THREADS = 4, OBJECTS = 5000 };

static char path[] = "/tmp/json_stream.XXXXXX";

static int new_file(void **state)
{
    (void)state;
    const int file = mkstemp(path);

    kernel.core_count = 1;
    return file < 0 || close(file) != 0 || !stream_open(path);
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    return 0;
}

static json_t *read_back(size_t objects)
{
    json_error_t error;

    stream_close();
    json_t *const array = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_array(array))
        fail_msg("line %d: %s", error.line, error.text);
    assert_int_equal(json_array_size(array), objects);
    return array;
}

static void write_text(const char *text)
{
    stream_enter();
    stream_begin();
    stream_text("text", text);
    stream_end();
    stream_leave();
}

static const char *text_at(const json_t *array, size_t index)
{
    return json_string_value(json_object_get(json_array_get(array, index), "text"));
}

static void kinds_of_values(void **state)
{
    (void)state;
    stream_enter();
    stream_begin();
    stream_number("number", UINT64_MAX / 2);
    stream_time("time", 1234567);
    stream_time("begin", 5);
    stream_nested("args");
    stream_text_begin("pieces");
    stream_piece("a\"");
    stream_piece_number(0);
    stream_piece_address(0x200000af);
    stream_text_end();
    stream_nested_end();
    stream_number("after", 1);
    stream_end();
    stream_leave();
    json_t *const array = read_back(1);
    const json_t *const object = json_array_get(array, 0);
    assert_int_equal(json_integer_value(json_object_get(object, "number")), UINT64_MAX / 2);
    assert_true(json_real_value(json_object_get(object, "time")) == 1234.567);
    assert_true(json_real_value(json_object_get(object, "begin")) == 0.005);
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(object, "args"), "pieces")),
        "a\"00x200000af");
    assert_int_equal(json_integer_value(json_object_get(object, "after")), 1);
    json_decref(array);
}

static void nothing_written(void **state)
{
    (void)state;
    json_decref(read_back(0));
}

static void each_byte(void **state)
{
    char text[4] = "x.y";

    (void)state;
    for (unsigned byte = 1; byte < 256; byte++) {
        text[1] = (char)byte;
        write_text(text);
    }
    json_t *const array = read_back(255);
    for (unsigned byte = 1; byte < 256; byte++) {
        text[1] = (char)byte;
        assert_string_equal(text_at(array, byte - 1), byte < 0x80 ? text : "x\xef\xbf\xbdy");
    }
    json_decref(array);
}

/* jansson's own idea of UTF-8 is the judge: what it takes must come back as it was. */
static void random_bytes(void **state)
{
    static const unsigned char often[] = {0x80, 0xbf, 0xc3, 0xe0, 0xa0, 0xed, 0x9f, 0xf0,
                                          0x90, 0xf4, 0x8f, '"',  '\\', 1,    0xc1, 0xe2};
    static char texts[TEXTS][8];
    struct random random = {.state = 1};
    unsigned valid = 0;

    (void)state;
    for (unsigned i = 0; i < TEXTS; i++) {
        const unsigned length = 1 + (unsigned)random_below(&random, 6);

        for (unsigned k = 0; k < length; k++)
            texts[i][k] = (char)often[random_below(&random, sizeof often)];
        write_text(texts[i]);
    }
    json_t *const array = read_back(TEXTS);
    for (unsigned i = 0; i < TEXTS; i++) {
        json_t *const judge = json_string(texts[i]);

        if (judge != NULL) {
            valid++;
            assert_string_equal(text_at(array, i), texts[i]);
        } else {
            assert_non_null(strstr(text_at(array, i), "\xef\xbf\xbd"));
        }
        json_decref(judge);
    }
    assert_in_range(valid, 20, TEXTS - 20);
    json_decref(array);
}

static void long_texts_are_cut(void **state)
{
    char text[JSON_TEXT_MAX + 50];

    (void)state;
    memset(text, 1, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (unsigned i = 0; i < 100; i++)
        write_text(text);
    json_t *const array = read_back(100);
    assert_int_equal(strlen(text_at(array, 99)), JSON_TEXT_MAX);
    json_decref(array);
}

static void *write_many(void *argument)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        write_text(argument);
    return NULL;
}

/* Objects of several threads stay whole, and none is lost. */
static void threads(void **state)
{
    static char names[THREADS][2] = {"a", "b", "c", "d"};
    unsigned counts[THREADS] = {0};
    pthread_t thread[THREADS];

    (void)state;
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, write_many, names[i]), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    json_t *const array = read_back((size_t)THREADS * OBJECTS);
    for (size_t i = 0; i < (size_t)THREADS * OBJECTS; i++)
        counts[text_at(array, i)[0] - 'a']++;
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(counts[i], OBJECTS);
    json_decref(array);
}

/* An interrupt of this core waits while an object is written; masked stays masked. */
static void masks_the_core(void **state)
{
    (void)state;
    for (unsigned masked = 0; masked < 2; masked++) {
        kernel.cores[0].masked = masked;
        stream_enter();
        assert_true(kernel.cores[0].masked);
        stream_leave();
        assert_int_equal(kernel.cores[0].masked, masked);
    }
    json_decref(read_back(0));
}

static void no_such_directory(void **state)
{
    (void)state;
    stream_close();
    assert_false(stream_open("/nowhere/at/all.json"));
    assert_int_equal(errno, ENOENT);
    write_text("goes nowhere");
}

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, new_file, remove_file)
    const struct CMUnitTest tests[] = {WITH_FILE(kinds_of_values),    WITH_FILE(nothing_written),
                                       WITH_FILE(each_byte),          WITH_FILE(random_bytes),
                                       WITH_FILE(long_texts_are_cut), WITH_FILE(threads),
                                       WITH_FILE(masks_the_core),     WITH_FILE(no_such_directory)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
