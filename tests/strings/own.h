#ifndef OWN_H
#define OWN_H

extern volatile int own_calls; /* of the functions of own.c */

int own_compare(const char *a, const char *b);
int own_has(const char *text, int byte);

#endif
