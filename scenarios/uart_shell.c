/*
 * A shell on the board's UART: a driver whose interrupt fills a ring, and a thread that waits for
 * lines and answers.
 *
 *   uart_shell --uart stdio            talk to it here; Ctrl-C ends the run
 *   uart_shell --uart pty              talk to it with any terminal program, on the device it names
 *   uart_shell --uart-script FILE      the same conversation again, to the microsecond
 *
 * What to learn here:
 * - The ISR only moves bytes and releases a semaphore; it reads until the FIFO is empty, since two
 * bytes may have come by the time it runs.
 * - The ring has one writer (the ISR) and one reader (the thread), so each index is written on one
 * side only, and no lock is needed. What does not fit is dropped, and counted.
 * - Sending waits for room in the FIFO by sleeping, not by spinning: other threads get the core.
 *
 * The check at the end (command "exit"): nothing was dropped, and the heap has back what the
 * commands took.
 */
#include <rthw.h>
#include <rtthread.h>

#include <stdlib.h>

#include "heapsim_uart.h"

#define RECEIVE_LINE 4
#define RING_SIZE    64 /* a power of two */
#define LINE_MAX     60

/* --- the driver --- */

static rt_uint8_t ring[RING_SIZE];
static volatile rt_uint32_t ring_in, ring_out, dropped;
static struct rt_semaphore arrived;

static void receive_isr(int vector, void *parameter)
{
    rt_uint8_t byte;

    rt_interrupt_enter();
    while (sim_uart_read(&byte, 1) == 1) {
        if (ring_in - ring_out == RING_SIZE) {
            dropped++;
            continue;
        }
        ring[ring_in % RING_SIZE] = byte;
        ring_in++;
        rt_sem_release(&arrived);
    }
    rt_interrupt_leave();
}

static char get_character(void)
{
    char got;

    rt_sem_take(&arrived, RT_WAITING_FOREVER);
    got = (char)ring[ring_out % RING_SIZE];
    ring_out++;
    return got;
}

static void put_text(const char *text)
{
    rt_size_t left = rt_strlen(text);

    while (left > 0) {
        const rt_size_t taken = sim_uart_write(text, left);

        text += taken;
        left -= taken;
        if (left > 0)
            rt_thread_delay(1);
    }
}

/* --- the shell --- */

/* Reads a line with its echo; backspace takes a character back. */
static void read_line(char *line)
{
    rt_size_t length = 0;

    for (;;) {
        char echo[2] = {get_character(), '\0'};

        if (echo[0] == '\r' || echo[0] == '\n') {
            line[length] = '\0';
            put_text("\r\n");
            return;
        }
        if (echo[0] == '\b' || echo[0] == 127) {
            if (length > 0) {
                length--;
                put_text("\b \b");
            }
        } else if (echo[0] >= ' ' && length < LINE_MAX) {
            line[length++] = echo[0];
            put_text(echo);
        }
    }
}

static void show_memory(void)
{
    char text[80];
    rt_size_t total, used, most;

    rt_memory_info(&total, &used, &most);
    rt_snprintf(text, sizeof text, "heap: %lu of %lu bytes used, %lu at most\r\n", used, total,
                most);
    put_text(text);
}

/* Takes that many bytes and gives them back. */
static void try_memory(const char *size)
{
    void *const block = rt_malloc((rt_size_t)atoi(size));

    put_text(block != RT_NULL ? "there is room\r\n" : "there is no room\r\n");
    rt_free(block);
}

/* RT_FALSE: leave the shell. */
static rt_bool_t execute(const char *line)
{
    if (rt_strcmp(line, "exit") == 0)
        return RT_FALSE;
    if (rt_strcmp(line, "help") == 0)
        put_text("help, free, try BYTES, echo TEXT, exit\r\n");
    else if (rt_strcmp(line, "free") == 0)
        show_memory();
    else if (rt_strncmp(line, "try ", 4) == 0)
        try_memory(line + 4);
    else if (rt_strncmp(line, "echo ", 5) == 0) {
        put_text(line + 5);
        put_text("\r\n");
    } else if (line[0] != '\0') {
        put_text(line);
        put_text(": no such command; try help\r\n");
    }
    return RT_TRUE;
}

int main(void)
{
    const struct sim_uart_config config = {.receive_line = RECEIVE_LINE,
                                           .transmit_line = SIM_UART_NO_LINE,
                                           .baud = 115200,
                                           .fifo = 16};
    char line[LINE_MAX + 1];
    rt_size_t before, after;

    rt_sem_init(&arrived, "arrived", 0, RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(RECEIVE_LINE, receive_isr, RT_NULL, "uart-rx");
    sim_uart_attach(&config);
    rt_memory_info(RT_NULL, &before, RT_NULL);
    put_text("heapsim shell; help tells the commands\r\n");
    do {
        put_text("> ");
        read_line(line);
    } while (execute(line));
    put_text("bye\r\n");
    rt_memory_info(RT_NULL, &after, RT_NULL);
    return dropped != 0 || sim_uart_status().overruns != 0 || after != before;
}
