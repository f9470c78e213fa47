/* The C library's string functions, as instrumented code calls them, on blocks of 24 bytes. */
#include "cases.h"

#include <stdarg.h>

static int print(char *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int print(char *to, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = vsprintf(to, format, args);
    va_end(args);
    return length;
}

static int print_in(char *to, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int print_in(char *to, size_t room, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    const int length = vsnprintf(to, room, format, args);
    va_end(args);
    return length;
}

/* clang-format off */
FITS(strlen, result = strlen(text))
KIND(strlen_bad, "heap-overflow", result = strlen(full))
KIND(strlen_freed_bad, "use-after-free", result = strlen(gone))
KIND(strlen_null_bad, "null-access", result = strlen(nothing))
FITS(strnlen, result = strnlen(full, SIZE))
KIND(strnlen_bad, "heap-overflow", result = strnlen(full, SIZE + one))
FITS(strcmp, result = (size_t)strcmp(text, chars23))
FITS(strcmp_differ, result = (size_t)strcmp(full, chars23))
KIND(strcmp_bad, "heap-overflow", result = (size_t)strcmp(full, chars24))
KIND(strcmp_right_bad, "heap-overflow", result = (size_t)strcmp(chars24, full))
FITS(strncmp, result = (size_t)strncmp(full, chars24, SIZE))
KIND(strncmp_bad, "heap-overflow", result = (size_t)strncmp(full, chars24, SIZE + one))
FITS(strchr, result = strchr(full, 'x') != NULL)
FITS(strchr_none, result = strchr(text, 'z') != NULL)
KIND(strchr_bad, "heap-overflow", result = strchr(full, 'z') != NULL)
FITS(strrchr, result = strrchr(text, 'a') != NULL)
KIND(strrchr_bad, "heap-overflow", result = strrchr(full, 'a') != NULL)
FITS(strstr, result = strstr(full, "wx") != NULL)
FITS(strstr_none, result = strstr(text, "wx") != NULL)
KIND(strstr_bad, "heap-overflow", result = strstr(full, "xy") != NULL)
KIND(strstr_part_bad, "use-after-free", result = strstr(chars23, gone) != NULL)
FITS(memcmp, result = (size_t)memcmp(full, chars24, SIZE))
KIND(memcmp_bad, "heap-overflow", result = (size_t)memcmp(full, chars24, SIZE + one))
FITS(memchr, result = memchr(full, 'x', 100) != NULL)
KIND(memchr_bad, "heap-overflow", result = memchr(full, 'z', SIZE + one) != NULL)
FITS(strdup, free(strdup(text)))
KIND(strdup_bad, "heap-overflow", free(strdup(full)))
FITS(strndup, free(strndup(full, SIZE)))
KIND(strndup_bad, "heap-overflow", free(strndup(full, SIZE + one)))
FITS(strcpy, strcpy(block, chars23))
FITS(strcpy_literal, strcpy(block, "abcdefghijklmnopqrstuvw"))
KIND(strcpy_bad, "heap-overflow", strcpy(block, chars24))
KIND(strcpy_literal_bad, "heap-overflow", strcpy(block, "abcdefghijklmnopqrstuvwx"))
KIND(strcpy_freed_bad, "use-after-free", strcpy(gone, "a"))
KIND(strcpy_from_bad, "use-after-free", strcpy(block, gone))
KIND(strcpy_under_bad, "heap-underflow", strcpy(block - one, "a"))
FITS(stpcpy, result = (size_t)(stpcpy(block, chars23) - block))
KIND(stpcpy_bad, "heap-overflow", result = (size_t)(stpcpy(block, chars24) - block))
FITS(strncpy, strncpy(block, chars24, SIZE))
KIND(strncpy_bad, "heap-overflow", strncpy(block, "a", SIZE + one))
KIND(strncpy_from_bad, "heap-overflow", strncpy(block, full + SIZE - one, 2 * one))
FITS(stpncpy, result = (size_t)(stpncpy(block, chars24, SIZE) - block))
KIND(stpncpy_bad, "heap-overflow", result = (size_t)(stpncpy(block, "a", SIZE + one) - block))
FITS(strcat, (strcpy(block, "ab"), strcat(block, chars23 + 2)))
KIND(strcat_bad, "heap-overflow", (strcpy(block, "ab"), strcat(block, chars23 + one)))
KIND(strcat_to_bad, "heap-overflow", strcat(full, ""))
FITS(strncat, (strcpy(block, "ab"), strncat(block, chars24, SIZE - 3)))
KIND(strncat_bad, "heap-overflow", (strcpy(block, "ab"), strncat(block, chars24, SIZE - 3 + one)))
FITS(sprintf, sprintf(block, "%s", chars23))
FITS(sprintf_number, sprintf(block, "%23d", (int)one))
KIND(sprintf_bad, "heap-overflow", sprintf(block, "%s", chars24))
KIND(sprintf_number_bad, "heap-overflow", sprintf(block, "%24d", (int)one))
KIND(sprintf_literal_bad, "heap-overflow", sprintf(block, "abcdefghijklmnopqrstuvwx"))
FITS(snprintf, result = (size_t)snprintf(block, SIZE, "%s", chars24))
FITS(snprintf_short, result = (size_t)snprintf(block, 1000 * one, "%s", "short"))
FITS(snprintf_none, result = (size_t)snprintf(NULL, 0, "%s", chars24))
KIND(snprintf_bad, "heap-overflow", result = (size_t)snprintf(block, SIZE + one, "%s", chars24))
FITS(sprintf_texts, sprintf(block, "%.2s%*d%-4.*s%%%c%lld%zu%5.1f%p", full + 22, 3, (int)one, (int)one, full + 23, 'c', 1LL, one, 1.5, NULL))
KIND(sprintf_text_bad, "heap-overflow", result = (size_t)snprintf(block, SIZE, "%d%s", 1, full))
KIND(sprintf_text_freed_bad, "use-after-free", result = (size_t)snprintf(block, SIZE, "%5.1f%lld%c%s", 1.0, 1LL, 'c', gone))
KIND(sprintf_star_bad, "heap-overflow", result = (size_t)snprintf(block, SIZE, "%.*s", (int)one + SIZE, full))
KIND(sprintf_limit_bad, "heap-overflow", result = (size_t)snprintf(block, SIZE, "%.3s", full + 22))
KIND(sprintf_format_bad, "use-after-free", sprintf(block, gone, 1))
FITS(sprintf_null, sprintf(block, "%s %s", nothing, text + 10))
FITS(vsprintf, print(block, "%s", chars23))
FITS(vsnprintf, print_in(block, SIZE, "%s", chars24))
FITS(printf, result = (size_t)printf("%.0s", text))
KIND(printf_bad, "use-after-free", printf("%s\n", gone))
KIND(puts_bad, "use-after-free", puts(gone))
KIND(fprintf_bad, "heap-overflow", fprintf(stderr, "%s", full))
KIND(fputs_bad, "heap-overflow", fputs(full, stderr))
FITS(fwrite, result = fwrite(full, 0, SIZE, stdout))
KIND(fwrite_bad, "heap-overflow", result = fwrite(full, 1, SIZE + one, stdout))
KIND(fread_bad, "heap-overflow", result = fread(block, 1, SIZE + one, stdin))
FITS(rt_strncpy, rt_strncpy(block, chars24, SIZE))
KIND(rt_strncpy_bad, "heap-overflow", rt_strncpy(block, chars24, SIZE + one))
KIND(rt_strlen_bad, "heap-overflow", result = rt_strlen(full))
KIND(rt_memcpy_bad, "heap-overflow", rt_memcpy(block, chars24, SIZE + one))
KIND(rt_memcmp_bad, "heap-overflow", result = (size_t)rt_memcmp(full, chars24, SIZE + one))
