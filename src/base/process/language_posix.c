#include "base/process/language.h"

#include <stdlib.h>
#include <string.h>

enum lang language_of_system(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (unsigned i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        if (value && *value)
            return strncmp(value, "ru", 2) == 0 && strchr("_.@", value[2]) ? LANG_RU : LANG_EN; /* the end counts */
    }
    return LANG_EN;
}
