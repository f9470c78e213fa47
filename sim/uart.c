/* The UART as a device in virtual time: two FIFOs, two wires, two interrupt lines. */
#include "uart.h"

#include "../kernel/irq/irq.h"
#include "../kernel/port.h"
#include "engine.h"

enum { QUEUE = 1024, BITS = 10, BAUD = 115200, FIFO = 16 };

struct fifo {
    uint8_t bytes[SIM_UART_FIFO_MAX];
    uint32_t first, count;
};

static struct {
    bool attached;
    struct sim_uart_config config;
    uint64_t byte_ns; /* on the wire */
    struct fifo in, out;
    bool hung_up; /* the terminal has: nothing comes in any more */
    bool sending;
    uint8_t shifted;        /* the byte on the wire */
    uint64_t sent_at;       /* when it is through */
    uint64_t last_received; /* when the wire was last busy */
    uint32_t received, sent, overruns;
} uart;

static struct {
    uint64_t time;
    unsigned byte;
} queue[QUEUE];
static unsigned queue_first, queue_count;

/* --- FIFOs --- */

static bool put(struct fifo *fifo, uint8_t byte)
{
    if (fifo->count == uart.config.fifo)
        return false;
    fifo->bytes[(fifo->first + fifo->count++) % uart.config.fifo] = byte;
    return true;
}

static bool take(struct fifo *fifo, uint8_t *byte)
{
    if (fifo->count == 0)
        return false;
    *byte = fifo->bytes[fifo->first];
    fifo->first = (fifo->first + 1) % uart.config.fifo;
    fifo->count--;
    return true;
}

static void raise_line(int line)
{
    if (line == SIM_UART_NO_LINE)
        return;
    irq_pend(0, (unsigned)line);
}

/* --- receiving --- */

void uart_queue(uint64_t time, unsigned byte)
{
    const unsigned at = (queue_first + queue_count++) % QUEUE;

    queue[at].time = time;
    queue[at].byte = byte;
}

unsigned uart_queue_room(void)
{
    return QUEUE - queue_count;
}

/* When the next byte is complete. */
static uint64_t arrival(void)
{
    const uint64_t least = uart.last_received + uart.byte_ns;

    if (!uart.attached)
        return UART_NEVER;
    if (queue_count == 0)
        uart_fetch();
    if (queue_count == 0)
        return UART_NEVER;
    return queue[queue_first].time > least ? queue[queue_first].time : least;
}

static void receive(uint64_t time)
{
    const unsigned byte = queue[queue_first].byte;

    queue_first = (queue_first + 1) % QUEUE;
    queue_count--;
    uart.last_received = time;
    uart_note(time, byte);
    if (byte == UART_END) {
        uart.hung_up = true;
        return;
    }
    if (put(&uart.in, (uint8_t)byte))
        uart.received++;
    else
        uart.overruns++;
    raise_line(uart.config.receive_line);
}

/* --- sending --- */

static void send_next(uint64_t time)
{
    uart.sending = take(&uart.out, &uart.shifted);
    uart.sent_at = time + uart.byte_ns;
}

static void finish_byte(void)
{
    uart_transmit(uart.shifted);
    uart.sent++;
    send_next(uart.sent_at);
    if (!uart.sending)
        raise_line(uart.config.transmit_line);
}

/* --- for the engine --- */

uint64_t uart_next(void)
{
    const uint64_t in = arrival();
    const uint64_t out = uart.sending ? uart.sent_at : UART_NEVER;

    return in < out ? in : out;
}

void uart_deliver(uint64_t now)
{
    for (uint64_t next; (next = uart_next()) <= now;) {
        if (uart.sending && uart.sent_at == next)
            finish_byte();
        else
            receive(engine->in_order ? next : now);
    }
}

bool uart_has_hung_up(void)
{
    const bool held = engine_guard();
    const bool hung_up = uart.hung_up;

    engine_unguard(held);
    return hung_up;
}

void uart_flush(void)
{
    const bool held = engine_guard();

    while (uart.sending) {
        uart_transmit(uart.shifted);
        uart.sent++;
        uart.sending = take(&uart.out, &uart.shifted);
    }
    engine_unguard(held);
}

/* --- for drivers --- */

static bool is_line(int line)
{
    return line >= SIM_UART_NO_LINE && line < IRQ_LINES;
}

bool sim_uart_attach(const struct sim_uart_config *config)
{
    struct sim_uart_config c = *config;

    if (c.baud == 0)
        c.baud = BAUD;
    if (c.fifo == 0)
        c.fifo = FIFO;
    if (!is_line(c.receive_line) || !is_line(c.transmit_line) || c.baud < 300 ||
        c.baud > 10000000 || c.fifo > SIM_UART_FIFO_MAX)
        return false;
    const bool held = engine_guard();
    uart.config = c;
    uart.in = uart.out = (struct fifo){.first = 0};
    uart.byte_ns = (BITS * 1000000000ull + c.baud / 2) / c.baud;
    uart.attached = true;
    uart.sending = false;
    uart.last_received = engine_now();
    uart_go_live(engine_now());
    engine_replan();
    engine_unguard(held);
    return true;
}

size_t sim_uart_read(void *buffer, size_t size)
{
    const bool held = engine_guard();
    uint8_t *const bytes = buffer;
    size_t count = 0;

    while (count < size && take(&uart.in, &bytes[count]))
        count++;
    engine_unguard(held);
    return count;
}

static size_t write_out(const uint8_t *bytes, size_t size)
{
    size_t count = 0;

    if (!uart.attached)
        return 0;
    while (count < size && put(&uart.out, bytes[count]))
        count++;
    if (count > 0 && !uart.sending) {
        send_next(engine_now());
        if (count < size && put(&uart.out, bytes[count]))
            count++; /* the first byte went straight to the wire */
        engine_replan();
    }
    return count;
}

size_t sim_uart_write(const void *data, size_t size)
{
    const bool held = engine_guard();
    const size_t count = write_out(data, size);

    engine_unguard(held);
    return count;
}

struct sim_uart_status sim_uart_status(void)
{
    const bool held = engine_guard();
    const struct sim_uart_status status = {.readable = uart.in.count,
                                           .writable = uart.config.fifo - uart.out.count,
                                           .received = uart.received,
                                           .sent = uart.sent,
                                           .overruns = uart.overruns};

    engine_unguard(held);
    return status;
}
