/* "Did you mean": the known name with the fewest letters wrong. */
#include "cli/args.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 32

static unsigned min_of_three(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

/* Big letters are the same letters: Caps Lock is no other word. */
static bool differ(char a, char b)
{
    return tolower((unsigned char)a) != tolower((unsigned char)b);
}

/* Levenshtein's distance, two neighbours that were swapped counting as one (optimal string alignment). */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][LONGEST + 1];
    size_t n = strlen(a), m = strlen(b);
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = rows[i % 3], *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = min_of_three(last[j] + 1, now[j - 1] + 1, last[j - 1] + differ(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && !differ(a[i - 1], b[j - 2]) && !differ(a[i - 2], b[j - 1]) &&
                before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
    }
    return rows[n % 3][m];
}

const char *args_nearest(const char *typed, const char *const *names, unsigned count)
{
    const char *best = NULL;
    size_t length = strlen(typed);
    unsigned fewest = length > 3 ? 3 : 2; /* this many are too many */
    if (length < 2 || length > LONGEST)
        return NULL;
    for (unsigned i = 0; i < count; i++) {
        unsigned far = strlen(names[i]) <= LONGEST ? distance(typed, names[i]) : fewest;
        if (far < fewest) {
            fewest = far;
            best = names[i];
        }
    }
    return best;
}
