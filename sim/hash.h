/* Hashes of texts (FNV-1a), for tables. */
#ifndef HEAPSIM_HASH_H
#define HEAPSIM_HASH_H

#include <stdint.h>

#define HASH_BEGIN 2166136261u

/* Goes on from HASH_BEGIN, or from the hash of what stands before. */
static inline uint32_t hash_text(uint32_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

#endif
