/* The bytes of one fuzz input, read from the front; behind the end there are only zeros. */
#ifndef HEAPSIM_FUZZ_INPUT_H
#define HEAPSIM_FUZZ_INPUT_H

#include "../kernel/target.h"

struct input {
    const uint8_t *at;
    size_t left;
};

static inline uint32_t input_byte(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

static inline uint32_t input_half(struct input *in)
{
    const uint32_t low = input_byte(in);

    return low | input_byte(in) << 8;
}

static inline uint32_t input_word(struct input *in)
{
    const uint32_t low = input_half(in);

    return low | input_half(in) << 16;
}

#endif
