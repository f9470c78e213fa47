/* RT-Thread's console and assertions. */
#include <stdio.h>
#include <unistd.h>

#include "unit.h"

#include <rtthread.h>

/* What is written to the console between begin_capture() and end_capture(). */
static FILE *captured;
static int real_output;
static char output[2048];

static void begin_capture(void)
{
    fflush(stdout);
    captured = tmpfile();
    assert_non_null(captured);
    real_output = dup(STDOUT_FILENO);
    assert_int_not_equal(dup2(fileno(captured), STDOUT_FILENO), -1);
}

static size_t end_capture(void)
{
    dup2(real_output, STDOUT_FILENO);
    close(real_output);
    rewind(captured);
    const size_t length = fread(output, 1, sizeof output - 1, captured);
    output[length] = '\0';
    fclose(captured);
    return length;
}

static void kprintf_cuts_off_at_the_buffer(void **state)
{
    static char text[1001];
    static const unsigned lengths[] = {0, 1, 254, 255, 256, 257, 1000};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(lengths); i++) {
        const unsigned shown =
            lengths[i] < RT_CONSOLEBUF_SIZE - 1 ? lengths[i] : RT_CONSOLEBUF_SIZE - 1;

        for (unsigned k = 0; k < lengths[i]; k++)
            text[k] = (char)('a' + k % 26);
        text[lengths[i]] = '\0';
        begin_capture();
        const int answer = rt_kprintf("%s", text);
        const size_t length = end_capture();
        assert_int_equal(answer, lengths[i]);
        assert_int_equal(length, shown);
        assert_memory_equal(output, text, shown);
    }
}

static void kprintf_formats(void **state)
{
    (void)state;
    begin_capture();
    assert_int_equal(rt_kprintf("%d %x %s %c %%\n", -5, 0xbeefu, "word", 'c'), 17);
    (void)end_capture();
    assert_string_equal(output, "-5 beef word c %\n");
}

static void kputs_writes_all(void **state)
{
    static char text[1001];

    (void)state;
    memset(text, 'x', 1000);
    begin_capture();
    rt_kputs(text);
    rt_kputs(NULL);
    rt_kputs("");
    rt_kputs("end");
    assert_int_equal(end_capture(), 1003);
    assert_string_equal(output + 1000, "end");
}

/* Upstream's text when the memory is too small. */
static void smem_init_says_so(void **state)
{
    (void)state;
    unit_region(0x20000000, 0x1000);
    diagnose_set_policy(VIOLATION_RETURN);
    unit_expect();
    begin_capture();
    assert_null(rt_smem_init("s", target_pointer(0x20000000), 87));
    (void)end_capture();
    assert_string_equal(output, "mem init, error begin address 0x20000000, and end address "
                                "0x20000057\n");
    unit_not_diagnosed();
}

/* --- assertions --- */

static const char *asserted_condition;
static const char *asserted_function;
static rt_size_t asserted_line;
static unsigned asserted;

static void on_assert(const char *condition, const char *function, rt_size_t line)
{
    asserted++;
    asserted_condition = condition;
    asserted_function = function;
    asserted_line = line;
}

static void a_failed_assertion_is_a_misuse(void **state)
{
    char expected[200];

    (void)state;
    diagnose_set_policy(VIOLATION_RETURN);
    unit_expect();
    RT_ASSERT(1 + 1 == 2);
    unit_not_diagnosed();
    const int line = __LINE__ + 1;
    RT_ASSERT(1 + 1 == 3);
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
    (void)rt_kprintf("%s", ""); /* what the handler had on its stack is gone */
    snprintf(expected, sizeof expected, "(1 + 1 == 3) does not hold in %s, line %d", __func__,
             line);
    assert_string_equal(diagnose_last()->text, expected);
    assert_string_equal(diagnose_last()->call, __func__);
    assert_non_null(diagnose_last()->site);
}

static void the_hook_is_called_instead(void **state)
{
    (void)state;
    diagnose_set_policy(VIOLATION_RETURN);
    unit_expect();
    rt_assert_set_hook(on_assert);
    RT_ASSERT(asserted == 0);
    assert_int_equal(asserted, 0);
    const rt_size_t line = __LINE__ + 1;
    RT_ASSERT(asserted == 7);
    assert_int_equal(asserted, 1);
    assert_string_equal(asserted_condition, "asserted == 7");
    assert_string_equal(asserted_function, __func__);
    assert_int_equal(asserted_line, line);
    unit_not_diagnosed();
    rt_assert_set_hook(NULL);
    RT_ASSERT(asserted == 7);
    assert_int_equal(asserted, 1);
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
}

/* A long condition is cut, not overrun. */
static void a_long_condition(void **state)
{
    char condition[600];

    (void)state;
    diagnose_set_policy(VIOLATION_RETURN);
    unit_expect();
    memset(condition, 'c', sizeof condition - 1);
    condition[sizeof condition - 1] = '\0';
    rt_assert_handler(condition, "function", 1);
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
    assert_in_range(strlen(diagnose_last()->text), 100, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kprintf_cuts_off_at_the_buffer),
        cmocka_unit_test(kprintf_formats),
        cmocka_unit_test(kputs_writes_all),
        cmocka_unit_test(smem_init_says_so),
        cmocka_unit_test(a_failed_assertion_is_a_misuse),
        cmocka_unit_test(the_hook_is_called_instead),
        cmocka_unit_test(a_long_condition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
