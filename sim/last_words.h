/*
 * What is still to be done when a signal ends the process: files are made complete.
 *
 * - A signal that somebody has a handler for, or that is ignored, is left alone: who handles it
 *   calls last_words() before the process ends.
 * - A function that is told runs in a signal handler, perhaps on top of itself or of what it is to
 *   complete: it takes no lock that it could wait for in vain.
 */
#ifndef HEAPSIM_LAST_WORDS_H
#define HEAPSIM_LAST_WORDS_H

/*
 * From now on `tell` is called when the process dies: `number` is the signal's, or 0 if a
 * sanitizer's runtime ends it. Those told of first are called first; a second time is no other.
 */
void last_words_add(void (*tell)(int number));

/* Calls them all, once in a process's life. From any context. */
void last_words(int number);

#endif
