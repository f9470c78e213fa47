/*
 * The board's UART, for drivers of the application's own: registers as functions.
 *
 *   terminal --> wire, a byte each 10 bits of the baud rate --> receive FIFO --> sim_uart_read()
 *   terminal <-- wire <-- transmit FIFO <-- sim_uart_write()
 *
 * The terminal is what the options say: --uart pty, --uart stdio, --uart-script FILE; without them
 * nothing comes in, and what is sent goes to standard output. All calls may be made in any context;
 * none waits.
 *
 * - The receive line is raised on core 0 for each byte that arrives, as a device would; so an ISR
 * reads until nothing is left. A byte that finds the FIFO full is lost: an overrun.
 * - The transmit line is raised when the last byte that was written has left the wire.
 */
#ifndef HEAPSIM_UART_H
#define HEAPSIM_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SIM_UART_NO_LINE = -1, SIM_UART_FIFO_MAX = 256 };

struct sim_uart_config {
    int receive_line; /* 0 to 63, or SIM_UART_NO_LINE */
    int transmit_line;
    uint32_t baud; /* 300 to 10,000,000; 0: 115200 */
    uint32_t fifo; /* bytes of each FIFO, 1 to SIM_UART_FIFO_MAX; 0: 16 */
};

struct sim_uart_status {
    uint32_t readable; /* bytes in the receive FIFO */
    uint32_t writable; /* bytes that the transmit FIFO has room for */
    uint32_t received; /* bytes that came in so far, overruns not counted */
    uint32_t sent;     /* bytes that have left the wire */
    uint32_t overruns; /* bytes lost */
};

/*
 * Switches the UART on, with empty FIFOs; the terminal sends nothing before that. False for a line,
 * baud rate or FIFO that is not as above: nothing changes.
 */
bool sim_uart_attach(const struct sim_uart_config *config);

/* Takes up to `size` bytes out of the receive FIFO; returns how many. */
size_t sim_uart_read(void *buffer, size_t size);

/* Puts up to `size` bytes into the transmit FIFO; returns how many it had room for. */
size_t sim_uart_write(const void *data, size_t size);

struct sim_uart_status sim_uart_status(void);

#ifdef __cplusplus
}
#endif

#endif
