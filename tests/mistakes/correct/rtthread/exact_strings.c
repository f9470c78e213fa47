/*
 * strcpy, sprintf and their kin, into blocks that are just large enough.
 *
 * Expected: nothing
 * Run: --leaks
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {"", "a", "led", "beeper7", "backlight", "a sixteen letter"};

int main(void)
{
    unsigned i;

    for (i = 0; i < 6; i++) {
        rt_size_t length = strlen(names[i]);
        char *copy = rt_malloc(length + 1);
        char *text = rt_malloc(length + 8);

        strcpy(copy, names[i]);
        sprintf(text, "name: %s", "");
        strcat(text, copy);
        text[length + 6] = '.';
        text[length + 7] = '\0';
        snprintf(copy, length + 1, "%s is cut off", names[i]);
        strncpy(copy, "longer than all of the names", length + 1);
        copy[length] = '\0';
        rt_kprintf("%s %d\n", text, strcmp(copy, text));
        rt_free(copy);
        rt_free(text);
    }
    return 0;
}
