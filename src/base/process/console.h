/* The program's own arguments and its standard output, UTF-8 on every system. */
#ifndef BASE_PROCESS_CONSOLE_H
#define BASE_PROCESS_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

/* Call first in main. On Windows: gives the arguments in UTF-8 (the memory is the program's until it ends; *argc may
 * change), keeps libraries from being looked for in the current folder, makes standard output write bytes as they are.
 * Elsewhere argv as it is; closed standard descriptors are filled, and a write to a broken pipe is an error instead of
 * a signal. */
char **console_begin(int *argc, char **argv);

/* fprintf to stdout or stderr. A Windows console gets whole UTF-16 characters, whatever its code page; the user's code
 * page stays as it was. What could not be written is an error of the stream (ferror). */
void console_print(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

enum console_end { CONSOLE_WRITTEN, CONSOLE_READER_GONE, CONSOLE_FAILED };

/* Writes out what standard output still holds and says what became of all that was printed there. READER_GONE: whoever
 * read it has had enough (`| head`), which is no fault. */
enum console_end console_flush(void);

/* Columns of the terminal at standard output; 80 where that is none. */
int console_columns(void);

/* Does standard output show colours? False when it is no terminal, or one that knows no ANSI sequences (TERM=dumb). */
bool console_colours(void);

/* Do standard output and standard error go to one place that is no terminal, as an agent reads them? On Windows two
 * pipes count as one. */
bool console_outputs_are_one(void);

#endif
