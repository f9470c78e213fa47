#include "boards.h"

#include <stdio.h>

enum { KIB = 1024, MIB = 1024 * 1024 };

const struct board boards[] = {
    {"stm32f103", "STM32F103xB: 20 KiB SRAM", {{"sram", 0x20000000, 20 * KIB}}},
    {"stm32l475",
     "STM32L475: 96 KiB SRAM1, 32 KiB SRAM2",
     {{"sram1", 0x20000000, 96 * KIB}, {"sram2", 0x10000000, 32 * KIB}}},
    {"stm32h743",
     "STM32H743: 512 KiB AXI SRAM, 128 KiB DTCM, 288 KiB SRAM1-3, 64 KiB SRAM4",
     {{"axi", 0x24000000, 512 * KIB},
      {"dtcm", 0x20000000, 128 * KIB},
      {"sram123", 0x30000000, 288 * KIB},
      {"sram4", 0x38000000, 64 * KIB}}},
    {"qemu-vexpress-a9", "QEMU vexpress-a9: 128 MiB RAM", {{"ram", 0x60000000, 128 * MIB}}},
    {.name = NULL}};

static const struct board *find_board(const char *name)
{
    for (const struct board *board = boards; board->name != NULL; board++)
        if (strcmp(board->name, name) == 0)
            return board;
    return NULL;
}

bool board_map(const char *name, char *why)
{
    const struct board *const board = find_board(name);

    if (board == NULL) {
        int used = snprintf(why, ARENA_WHY_MAX, "there is no board '%.40s'; boards are", name);

        for (const struct board *b = boards; b->name != NULL && used < ARENA_WHY_MAX; b++)
            used += snprintf(why + used, (size_t)(ARENA_WHY_MAX - used), "%s %s",
                             b == boards ? "" : ",", b->name);
        return false;
    }
    for (unsigned i = 0; i < BOARD_REGIONS_MAX && board->regions[i].size != 0; i++)
        if (!arena_map(board->regions[i].name, board->regions[i].base, board->regions[i].size, why))
            return false;
    return true;
}
