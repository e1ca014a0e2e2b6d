/* What the process says at its end (design.md §2). WARNINGS: `check` found nothing worse. */
#ifndef BASE_EXIT_STATUS_H
#define BASE_EXIT_STATUS_H

enum { EXIT_DONE = 0, EXIT_NOT_READ = 1, EXIT_USAGE = 2, EXIT_WARNINGS = 3 };

#endif
