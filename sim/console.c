/* The board's console: standard output, unbuffered, as a polling UART would be. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "../kernel/port.h"

void port_console_write(const char *text, size_t length)
{
    while (length > 0) {
        const ssize_t wrote = write(STDOUT_FILENO, text, length);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return;
        text += wrote;
        length -= (size_t)wrote;
    }
}

int port_format(char *buffer, size_t size, const char *format, va_list args)
{
    return vsnprintf(buffer, size, format, args);
}
