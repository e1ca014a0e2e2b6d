#include "config/names.h"

#include <ctype.h>
#include <string.h>

#ifdef _WIN32
#include "config/config.h"

#include <windows.h>
#endif

static bool equal_words(const char *word, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (word[i] == '\0' || word[i] != toupper((unsigned char)text[i]))
            return false;
    return word[length] == '\0';
}

/* COM1, LPT9; the raised digits of Latin-1 count there too. */
static bool has_number(const char *text, size_t length)
{
    static const char *const raised[] = {"\u00b9", "\u00b2", "\u00b3"};
    if (length == 4)
        return text[3] >= '0' && text[3] <= '9';
    for (unsigned i = 0; i < sizeof raised / sizeof raised[0]; i++)
        if (length == 3 + strlen(raised[i]) && strncmp(text + 3, raised[i], strlen(raised[i])) == 0)
            return true;
    return false;
}

bool name_is_device(const char *name)
{
    static const char *const words[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"};
    static const char *const ports[] = {"COM", "LPT"};
    size_t length = strcspn(name, ".");
    while (length > 0 && name[length - 1] == ' ')
        length--;
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (equal_words(words[i], name, length))
            return true;
    for (unsigned i = 0; i < sizeof ports / sizeof ports[0]; i++)
        if (length > 3 && equal_words(ports[i], name, 3) && has_number(name, length))
            return true;
    return false;
}

#ifdef _WIN32
int name_file_order(const char *a, const char *b)
{
    wchar_t x[CONFIG_NAME_MAX + 1], y[CONFIG_NAME_MAX + 1];
    if (MultiByteToWideChar(CP_UTF8, 0, a, -1, x, CONFIG_NAME_MAX + 1) == 0 ||
        MultiByteToWideChar(CP_UTF8, 0, b, -1, y, CONFIG_NAME_MAX + 1) == 0)
        return strcmp(a, b);
    return CompareStringOrdinal(x, -1, y, -1, TRUE) - CSTR_EQUAL;
}
#else
int name_file_order(const char *a, const char *b)
{
    return strcmp(a, b);
}
#endif
