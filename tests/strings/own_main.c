#include <rtthread.h>

#include <stdio.h>
#include <string.h>

#include "own.h"

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("line %d: %s\n", __LINE__, #condition);                                         \
            return 1;                                                                              \
        }                                                                                          \
    } while (0)

int main(int argc, char **argv)
{
    static char text[24];

    (void)argv;
    CHECK(strcpy(text, argc > 0 ? "abc" : "d") == text && own_calls == 1);
    CHECK(strlen(text) == 3 && own_calls == 2);
    CHECK(memcpy(text + argc, "xyz", (size_t)argc + 1) == text + 1 && own_calls == 3);
    CHECK(own_compare(text, "axy") == 0 && own_calls == 4);
    CHECK(own_has(text, 'y') && !own_has(text, 'c') && own_calls == 6);
    CHECK(strncmp(text, "ax", 2) == 0 && strstr(text, "xy") == text + 1); /* the C library's */
    CHECK(snprintf(text, sizeof text, "%s", "own") == 3 && own_calls == 6);
    puts("own");
    return 0;
}
