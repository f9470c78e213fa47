/* Inputs that are texts show themselves. As C source they are one array of bytes. */
#include "show.h"

#include <stdbool.h>
#include <stdio.h>

void show_program(const uint8_t *data, size_t size)
{
    fwrite(data, 1, size, stdout);
}

void show_source(const char *target, const uint8_t *data, size_t size)
{
    printf(
        "/* %s: as fuzz/reproduce writes it. Save it as fuzz/cases/%s.NAME.c: it is a test then.\n"
        " */\n#include \"../case.h\"\n\nTEXT(",
        target, target);
    for (size_t i = 0; i < size; i++) {
        const bool printable =
            data[i] >= ' ' && data[i] <= '~' && data[i] != '"' && data[i] != '\\';

        if (i == 0 || data[i - 1] == '\n')
            printf("\n    \"");
        if (data[i] == '\n')
            printf("\\n\"");
        else if (printable && data[i] != '?') /* no trigraphs */
            putchar(data[i]);
        else
            printf("\\%03o", data[i]);
        if (data[i] != '\n' && i + 1 == size)
            putchar('"');
    }
    printf("%s)\n", size == 0 ? "\"\"" : "");
}
