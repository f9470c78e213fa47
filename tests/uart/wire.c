/*
 * The UART as a driver sees it, run with --uart-script wire.uart: FIFOs, overruns, both lines, and
 * the times of bytes at each baud rate.
 */
#include "../scenario/check.h"

#include "heapsim_uart.h"

enum { RECEIVE = 4, TRANSMIT = 5, TIMES_MAX = 64 };

static uint64_t times[TIMES_MAX];
static unsigned count, done;
static char got[TIMES_MAX + 1];

static void receives(int line, void *unused)
{
    uint8_t byte;

    while (count < TIMES_MAX && sim_uart_read(&byte, 1) == 1) {
        times[count] = sim_time_us();
        got[count++] = (char)byte;
    }
}

static void transmits(int line, void *unused)
{
    done++;
}

static void attach(uint32_t baud, uint32_t fifo)
{
    const struct sim_uart_config config = {
        .receive_line = RECEIVE, .transmit_line = TRANSMIT, .baud = baud, .fifo = fifo};

    sim_irq_install(RECEIVE, receives, RT_NULL, "receive");
    sim_irq_install(TRANSMIT, transmits, RT_NULL, "transmit");
    CHECK(sim_uart_attach(&config));
    memset(got, 0, sizeof got);
    count = done = 0;
}

static void until_ms(unsigned ms)
{
    rt_thread_delay(ms - rt_tick_get());
}

/* 10 ms: 40 bytes come, and nobody reads. */
static void overruns(void)
{
    uint8_t bytes[64];

    attach(115200, 0);
    sim_irq_enable(RECEIVE, false);
    until_ms(20);
    const struct sim_uart_status s = sim_uart_status();
    CHECK_EQUAL(s.readable, 16);
    CHECK_EQUAL(s.received, 16);
    CHECK_EQUAL(s.overruns, 24);
    CHECK_EQUAL(sim_uart_read(bytes, 5), 5);
    CHECK(memcmp(bytes, "01234", 5) == 0);
    CHECK_EQUAL(sim_uart_read(bytes, 64), 11);
    CHECK_EQUAL(sim_uart_read(bytes, 64), 0);
}

/* 100 ms: ten bytes, each 10 bits of 9600 baud after the one before. */
static void slow(void)
{
    attach(9600, 1);
    until_ms(150);
    CHECK_EQUAL(count, 10);
    CHECK(strcmp(got, "abcdefghij") == 0);
    for (unsigned i = 0; i < 10; i++) {
        const uint64_t due = 100000 + i * 1000000ull / 960;

        CHECK(times[i] >= due && times[i] <= due + 1);
    }
    CHECK_EQUAL(sim_uart_status().overruns, 24);
}

/* 200 and 201 ms: at 300 baud a byte takes 33 ms, so the later one waits for its turn. */
static void slowest(void)
{
    attach(300, 4);
    until_ms(300);
    CHECK_EQUAL(count, 2);
    CHECK_EQUAL(times[0], 200000);
    CHECK_EQUAL(times[1], 233333);
}

/* All 256 bytes of the script's escapes. */
static void escapes(void)
{
    attach(1000000, 16);
    until_ms(350);
    CHECK_EQUAL(count, 8);
    CHECK(memcmp(got, "\r\n\t\"\\\x00\xff#", 8) == 0);
}

static void transmitting(void)
{
    attach(100000, 4); /* 100 us a byte */
    rt_thread_control(rt_thread_self(), RT_THREAD_CTRL_BIND_CPU, (void *)0);
    CHECK_EQUAL(sim_uart_status().writable, 4);
    CHECK_EQUAL(sim_uart_write("0123456789", 10), 5); /* one on the wire, four behind it */
    CHECK_EQUAL(sim_uart_status().writable, 0);
    CHECK_EQUAL(sim_uart_write("x", 1), 0);
    sim_spend(101);
    CHECK_EQUAL(sim_uart_status().writable, 1);
    CHECK_EQUAL(sim_uart_write("5678", 4), 1);
    sim_spend(490);
    CHECK_EQUAL(done, 0);
    sim_spend(20);
    CHECK_EQUAL(done, 1);
    CHECK_EQUAL(sim_uart_status().sent, 6);
    CHECK_EQUAL(sim_uart_write("\n", 1), 1);
    sim_spend(110);
    CHECK_EQUAL(done, 2);
}

static void bad_configurations(void)
{
    static const struct sim_uart_config bad[] = {{.receive_line = 64, .transmit_line = 5},
                                                 {.receive_line = 4, .transmit_line = -2},
                                                 {.baud = 299},
                                                 {.baud = 10000001},
                                                 {.fifo = SIM_UART_FIFO_MAX + 1}};

    for (unsigned i = 0; i < COUNT(bad); i++)
        CHECK(!sim_uart_attach(&bad[i]));
}

static const struct test_case cases[] = {
    {"overruns", overruns},         {"slow", slow},
    {"slowest", slowest},           {"escapes", escapes},
    {"transmitting", transmitting}, {"bad configurations", bad_configurations},
};

int main(void)
{
    CHECK_EQUAL(sim_uart_write("x", 1), 0); /* it is not switched on */
    return run_cases(cases, COUNT(cases));
}
