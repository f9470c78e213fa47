/*
 * The UART between the engine, the options and the host's side of it: see heapsim_uart.h.
 *
 * Determinism. What comes in has a virtual time, that of the end of its stop bit. A live terminal's
 * byte gets one when it is read, later than anything any core has done; so nothing that happened
 * before depended on it, and a script with the recorded times gives the same run.
 *
 * On the parallel engine drivers on any core, ISRs and the timer's thread come here at once: the
 * device and its queue are under engine_guard(). Only the timer's thread looks at the terminal, and
 * it waits there without the guard.
 */
#ifndef HEAPSIM_SIM_UART_H
#define HEAPSIM_SIM_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "heapsim_uart.h"

#define UART_NEVER UINT64_MAX

enum { UART_END = 256 }; /* in the place of a byte: the terminal hangs up */

/* --- the device (uart.c) --- */

/* These four under engine_guard(). When something happens on the wire next, or UART_NEVER. */
uint64_t uart_next(void);

/*
 * Does all that is due by `now`; interrupts are those of core 0. Where time is the host's, a late
 * host makes what comes in late, too: bytes are never closer than on the wire.
 */
void uart_deliver(uint64_t now);

/* The terminal sends: `time` is the earliest at which the byte (or UART_END) is complete. */
void uart_queue(uint64_t time, unsigned byte);

/* Room in that queue. */
unsigned uart_queue_room(void);

/* True once it has: tasks that wait for ever may wait for it, which is no deadlock. */
bool uart_has_hung_up(void);

/* The run is over: what is still to be sent goes out at once. */
void uart_flush(void);

/* --- the host's side (uart_host.c) --- */

/* --uart; false for another word. */
bool uart_choose_terminal(const char *word);

/* --uart-script and --uart-record: file names. */
void uart_choose_script(const char *path);
void uart_choose_record(const char *path);
bool uart_records(void);
bool uart_has_terminal(void);

/* Opens what was chosen; a sentence why it can't be, or NULL. */
const char *uart_open(char *why, unsigned size);

/* The UART was switched on, at that virtual time: from here on the terminal is listened to. */
void uart_go_live(uint64_t now);

/* Puts the terminal back as it was, completes the record. */
void uart_close(void);

/* True if a person or program may type at any moment: uart_look() has to be called. */
extern _Atomic bool uart_is_live;

/*
 * Looks whether the terminal sent something. `latest`: the furthest clock of all cores. With
 * `idle`, waits until it does, or until the wall clock reaches `next`; else only as far as virtual
 * time is ahead of the wall clock.
 */
void uart_look(uint64_t latest, uint64_t next, bool idle);

/* The device fetches more of the script; sends a byte; notes one that arrived. */
void uart_fetch(void);
void uart_transmit(uint8_t byte);
void uart_note(uint64_t time, unsigned byte);

/* --- scripts (uart_script.c) --- */

/*
 * Reads a script; NULL, or why it can't be read: "FILE:3: ...". Bytes are then had one by one.
 */
const char *uart_script_read(const char *path, char *why, unsigned size);
bool uart_script_next(uint64_t *time, unsigned *byte);

#endif
