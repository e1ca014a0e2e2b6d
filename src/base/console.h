/* The program's own arguments and its standard output, UTF-8 on every system. */
#ifndef BASE_CONSOLE_H
#define BASE_CONSOLE_H

/* Call first in main. On Windows: gives the arguments in UTF-8 (the memory is the program's until it ends; *argc may
 * change), makes the console speak UTF-8 and standard output write bytes as they are. Elsewhere argv as it is; closed
 * standard descriptors are filled, and a write to a broken pipe is an error instead of a signal. */
char **console_begin(int *argc, char **argv);

#endif
