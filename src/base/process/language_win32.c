#include "base/process/language.h"

#include <windows.h>

enum lang language_of_system(void)
{
    return PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_RUSSIAN ? LANG_RU : LANG_EN;
}
