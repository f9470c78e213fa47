#include "schedule_file.h"

void schedule_file_write(const char *path, const struct schedule *schedule)
{
    (void)path;
    (void)schedule;
}
