/*
 * The compiler includes this before every source file of a scenario (HeapsimScenario.cmake): gdb
 * reads in this section which commands belong to the program (heapsim-gdb.py). The linker keeps one
 * of equal entries; nothing of it is loaded when the program runs.
 */
__asm__(".pushsection \".debug_gdb_scripts\", \"MS\", @progbits, 1\n"
        ".byte 1\n" /* the name of a Python file */
        ".asciz \"" HEAPSIM_GDB_COMMANDS "\"\n"
        ".popsection\n");
