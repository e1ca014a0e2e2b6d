#include "base/system_error.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>
#include <windows.h>

#define WORDS_CAP 256

/* False when Windows has no words in the language: the message files of other languages are not installed. */
static bool find_words(unsigned long error, enum lang lang, char *words, size_t cap)
{
    static const WORD languages[] = {
        [LANG_EN] = MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US),
        [LANG_RU] = MAKELANGID(LANG_RUSSIAN, SUBLANG_DEFAULT),
    };
    /* Some sentences begin with the name of the file: "%1 is not a valid Win32 application". */
    DWORD_PTR file = (DWORD_PTR)(lang == LANG_RU ? L"файл" : L"the file");
    DWORD_PTR inserts[] = {file, file, file, file, file, file, file, file, file};
    wchar_t wide[WORDS_CAP];
    DWORD length =
        FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_ARGUMENT_ARRAY | FORMAT_MESSAGE_MAX_WIDTH_MASK, NULL,
                       error, languages[lang], wide, WORDS_CAP, (va_list *)(void *)inserts);
    while (length > 0 && (wide[length - 1] <= L' ' || wide[length - 1] == L'.'))
        length--;
    wide[length] = L'\0';
    return length > 0 && WideCharToMultiByte(CP_UTF8, 0, wide, -1, words, (int)cap, NULL, NULL) > 0;
}

void windows_error_text(unsigned long error, enum lang lang, char *buf, size_t cap)
{
    char words[3 * WORDS_CAP];
    int status = uv_translate_sys_error((int)error);
    if (status < 0 && status != UV_UNKNOWN)
        (void)snprintf(buf, cap, "%s (%lu)", system_error_text(status, lang), error);
    else if (find_words(error, lang, words, sizeof words))
        (void)snprintf(buf, cap, "%s (%lu)", words, error);
    else
        (void)snprintf(buf, cap, "%s %lu", lang == LANG_RU ? "ошибка Windows" : "Windows error", error);
    text_cut_utf8(buf);
}

bool failure_windows(struct failure *f, enum error_code code, const char *what, unsigned long error)
{
    char words[2 * WORDS_CAP];
    if (!f)
        return false;
    windows_error_text(error, LANG_EN, words, sizeof words);
    failure_set(f, code, "%s: %s", TEXT_PATH(what), words);
    windows_error_text(error, LANG_RU, words, sizeof words);
    (void)snprintf(f->detail_ru, sizeof f->detail_ru, "%s: %s", TEXT_PATH(what), words);
    text_cut_utf8(f->detail_ru);
    return false;
}
