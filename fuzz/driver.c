/*
 * Runs a fuzz target on files and folders of inputs, in any build: no fuzzer is needed to replay
 * what one has found. --show prints an input as a program in place of running it, --reproduce as C
 * source (fuzz/show, fuzz/reproduce).
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "show.h"
#include "target.h"

enum { INPUT_MAX = 1 << 20 };

static unsigned inputs;
static const char *target; /* --reproduce: its name */
static bool shows;

static void run_file(const char *path)
{
    static uint8_t data[INPUT_MAX];
    FILE *const file = fopen(path, "rb");

    if (file == NULL) {
        fprintf(stderr, "%s can't be read\n", path);
        exit(2);
    }
    const size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    inputs++;
    if (shows) {
        show_program(data, size);
        return;
    }
    if (target != NULL) {
        show_source(target, data, size);
        return;
    }
    fprintf(stderr, "%s\n", path); /* first, so that the culprit stands last */
    LLVMFuzzerTestOneInput(data, size);
}

static void run_folder(const char *path)
{
    struct dirent **entries;
    const int count = scandir(path, &entries, NULL, alphasort);
    char name[4096];

    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
            run_file(name);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

int main(int argc, char **argv)
{
    struct stat status;

    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--show") == 0)
            shows = true;
        else if (strncmp(argv[i], "--reproduce=", 12) == 0)
            target = argv[i] + 12;
        if (strncmp(argv[i], "--", 2) == 0)
            continue;
        if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode))
            run_folder(argv[i]);
        else
            run_file(argv[i]);
    }
    if (!shows && target == NULL)
        printf("%u inputs passed, %llu operations\n", inputs, (unsigned long long)fuzz_operations);
    return inputs > 0 ? 0 : 2;
}
