/* What a person at a terminal wants, and sentences for one. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stdbool.h>

/* What COLUMNS says (20 to 1000), else the columns of the terminal at standard output; 80 where that is none. */
int words_columns(void);

/* Are colours wanted there: can it show them, and is NO_COLOR not set? */
bool words_colours(void);

/* A line that begins behind `from` blanks and goes on behind `indent`, broken at its blanks where the terminal ends;
 * what is not for a screen stays one line, for whoever looks through it. */
void words_print(int from, int indent, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
