/*
 * A fuzz input as C source, as fuzz/reproduce writes it: a regression test that can be read and
 * edited. Compiled with its target's sources; CMake makes a test of each file in fuzz/cases.
 */
#ifndef HEAPSIM_FUZZ_CASE_H
#define HEAPSIM_FUZZ_CASE_H

/* Begins as the target's header says; runs the verb of that name; ends, and checks what is owed. */
void case_begin(const unsigned *header, unsigned count);
void case_do(const char *verb, const unsigned *operands, unsigned count);
void case_end(void);

#define CASE void case_run(void)
void case_run(void);

#define CASE_COUNT(...) (sizeof((unsigned[]){__VA_ARGS__}) / sizeof(unsigned))
#define BEGIN(...)      case_begin((const unsigned[]){__VA_ARGS__}, CASE_COUNT(__VA_ARGS__))
#define DO(verb, ...)                                                                              \
    case_do(verb, (const unsigned[]){0, ##__VA_ARGS__}, CASE_COUNT(0, ##__VA_ARGS__))
#define END() case_end()

/* Of targets whose inputs are texts. */
void case_text(const char *text, unsigned size);

#define TEXT(...)                                                                                  \
    CASE                                                                                           \
    {                                                                                              \
        static const char text[] = __VA_ARGS__;                                                    \
        case_text(text, sizeof text - 1);                                                          \
    }

#endif
