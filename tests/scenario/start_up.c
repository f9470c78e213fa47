/* Functions that run at start-up: in the order of their levels, the first before any thread. */
#include "check.h"

static char ran[8];
static unsigned count;
static rt_bool_t threads_before;

static int note(char level)
{
    ran[count++] = level;
    return 0;
}

static int app(void)
{
    rt_thread_delay(1); /* the main thread may wait */
    return note('6');
}
INIT_APP_EXPORT(app);

static int env(void)
{
    return note('5');
}
INIT_ENV_EXPORT(env);

static int component(void)
{
    return note('4');
}
INIT_COMPONENT_EXPORT(component);

static int device(void)
{
    return note('3');
}
INIT_DEVICE_EXPORT(device);

static int prev(void)
{
    CHECK(strcmp(rt_thread_self()->parent.name, "main") == 0);
    return note('2');
}
INIT_PREV_EXPORT(prev);

static int board(void)
{
    void *const block = rt_malloc(16); /* the heap is there, and needs no lock yet */

    CHECK(block != RT_NULL);
    rt_free(block);
    threads_before = rt_thread_self() != RT_NULL;
    return note('1');
}
INIT_BOARD_EXPORT(board);

static void shell_command(void)
{
}
MSH_CMD_EXPORT(shell_command, does nothing);

int main(void)
{
    char name[6];

    CHECK(strcmp(ran, "123456") == 0);
    CHECK(!threads_before);
    CHECK_EQUAL(rt_thread_get_name(rt_thread_self(), name, sizeof name), RT_EOK);
    CHECK(strcmp(name, "main") == 0);
    CHECK_EQUAL(rt_thread_get_name(rt_thread_self(), name, 3), RT_EOK);
    CHECK(strcmp(name, "ma") == 0);
    CHECK_EQUAL(rt_thread_get_name(RT_NULL, name, 3), -RT_EINVAL);
    CHECK_EQUAL(rt_sprintf(ran, "%s-%d", "ab", 12), 5);
    CHECK(strcmp(ran, "ab-12") == 0);
    CHECK_EQUAL(rt_snprintf(ran, 4, "%s-%d", "ab", 12), 5);
    CHECK(strcmp(ran, "ab-") == 0);
    const rt_tick_t base = rt_tick_get();
    rt_thread_delay(5);
    CHECK_EQUAL(rt_tick_get_delta(base), 5);
    return check_result();
}
