/*
 * Everybody at the UART at once: threads on all cores send and ask how it stands, while its two
 * ISRs receive and send, too. Each byte that the FIFOs took went over the wire, each that came in
 * was read or counted as lost. Run it with crowd.uart.
 */
#include <rthw.h>
#include <rtthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "heapsim_uart.h"

enum { RECEIVE = 4, TRANSMIT = 5, THREADS = 6, LINES = 60, TYPED = 12 * 26, FIFO = 16 };

static atomic_uint accepted, seen, wrong, running, idle_lines;

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition) && wrong++ < 20)                                                          \
            fprintf(stderr, "FAILED: crowd.c:%d: %s\n", __LINE__, #condition);                     \
    } while (0)

static void on_receive(int line, void *unused)
{
    char bytes[3];
    size_t count;

    while ((count = sim_uart_read(bytes, sizeof bytes)) > 0) {
        for (size_t i = 0; i < count; i++)
            EXPECT(bytes[i] >= 'a' && bytes[i] <= 'z');
        seen += (unsigned)count;
    }
}

static void on_transmit(int line, void *unused)
{
    idle_lines++;
    accepted += (unsigned)sim_uart_write("*", 1);
}

static void sends(void *unused)
{
    for (unsigned i = 0; i < LINES; i++) {
        accepted += (unsigned)sim_uart_write("a line of text\n", 15);
        const struct sim_uart_status status = sim_uart_status();
        EXPECT(status.readable <= FIFO && status.writable <= FIFO);
        EXPECT(status.received + status.overruns <= TYPED);
        if (i % 3 == 0)
            rt_thread_delay(1);
    }
    running--;
}

int main(void)
{
    const struct sim_uart_config config = {
        .receive_line = RECEIVE, .transmit_line = TRANSMIT, .baud = 1000000, .fifo = FIFO};
    struct sim_uart_status status;

    rt_hw_interrupt_install(RECEIVE, on_receive, RT_NULL, "uart-rx");
    rt_hw_interrupt_install(TRANSMIT, on_transmit, RT_NULL, "uart-tx");
    EXPECT(sim_uart_attach(&config));
    running = THREADS;
    for (unsigned i = 0; i < THREADS; i++)
        rt_thread_startup(rt_thread_create("sends", sends, RT_NULL, 512, 12 + i % 2, 5));
    do {
        rt_thread_delay(1);
        status = sim_uart_status();
    } while (running > 0 || status.received + status.overruns < TYPED);
    rt_hw_interrupt_mask(TRANSMIT); /* each star that was sent asked for another one */
    while (sim_uart_status().sent != accepted)
        rt_thread_delay(1);
    rt_thread_delay(2);
    status = sim_uart_status();
    EXPECT(seen == status.received && seen > 0);
    EXPECT(status.sent == accepted && status.writable == FIFO);
    EXPECT(idle_lines > 0);
    fprintf(stderr, "%u sent, %u received, %u lost\n", status.sent, status.received,
            status.overruns);
    return wrong == 0 ? 0 : 1;
}
