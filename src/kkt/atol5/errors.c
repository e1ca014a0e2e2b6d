#include "kkt/atol5/errors.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>

/* clang-format off */
/* Codes of two characters, the second is the class. */
static const struct {
    char code[3];
    enum kkt_meaning meaning;
    struct kkt_words text;
} codes[] = {
    {"00", KKT_SUCCESS, {"success", "успех"}},
    {"61", KKT_REFUSED, {"hardware: clock", "ошибка часов"}},
    {"71", KKT_REFUSED, {"hardware: memory", "ошибка памяти"}},
    {"12", KKT_REFUSED, {"no paper", "нет бумаги"}},
    {"22", KKT_REFUSED, {"the cover is open", "крышка открыта"}},
    {"32", KKT_REFUSED, {"the print head is overheated", "перегрев печатающей головки"}},
    {"52", KKT_REFUSED, {"cutter fault", "ошибка отрезчика"}},
    {"84", KKT_NO_DATA, {"the FN has no such data", "в ФН нет таких данных"}},
    {"3a", KKT_REFUSED, {"not possible while a receipt is open", "невозможно, пока открыт чек"}},
    {"6a", KKT_REFUSED, {"the shift is closed", "смена закрыта"}},
    {"7a", KKT_REFUSED, {"the shift is open", "смена открыта"}},
    {"8a", KKT_NOT_REGISTERED, {"the register is not registered", "ККТ не зарегистрирована"}},
    {">a", KKT_NO_FN, {"no FN", "нет ФН"}},
    {"1a", KKT_NOT_IN_MODE, {"not possible in this mode", "в этом режиме невозможно"}},
    {"2a", KKT_NOT_SUPPORTED, {"not supported", "не поддерживается"}},
    {";a", KKT_NOT_IN_MODE, {"not possible in this mode", "в этом режиме невозможно"}},
    {":1", KKT_NOT_SUPPORTED, {"not supported", "не поддерживается"}},
    {"3B", KKT_NOT_SUPPORTED, {"not supported", "не поддерживается"}},
    {"7P", KKT_NOT_SUPPORTED, {"not supported", "не поддерживается"}},
};

static const struct {
    char name;
    struct kkt_words text;
} classes[] = {
    {'0', {"attribute error", "ошибка реквизита"}},
    {'1', {"hardware error", "аппаратная ошибка"}},
    {'2', {"printer error", "ошибка принтера"}},
    {'3', {"script engine error", "ошибка исполнения шаблонов"}},
    {'4', {"FN error", "ошибка ФН"}},
    {'8', {"user script error", "ошибка пользовательского скрипта"}},
    {'B', {"wrong command", "неверная команда"}},
    {'D', {"error in the document", "ошибка в документе"}},
    {'F', {"journal error", "ошибка журнала"}},
    {'P', {"picture error", "ошибка картинки"}},
    {'a', {"not possible in this state", "в этом состоянии невозможно"}},
    {'b', {"arithmetic error", "арифметическая ошибка"}},
    {'c', {"network error", "ошибка сети"}},
    {'d', {"network error", "ошибка сети"}},
    {'e', {"licence error", "ошибка лицензии"}},
    {'r', {"counter error", "ошибка счётчика"}},
    {'s', {"error in the table of goods", "ошибка таблицы товаров"}},
};
/* clang-format on */

static int find(const uint8_t code[2])
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code[0] == (char)code[0] && codes[i].code[1] == (char)code[1])
            return (int)i;
    return -1;
}

enum kkt_meaning atol5_error_meaning(const uint8_t code[2])
{
    /* The binary form of success brings no values (§3). */
    if (code[0] == 0 && code[1] == 0)
        return KKT_SUCCESS;
    int row = find(code);
    return row < 0 ? KKT_REFUSED : codes[row].meaning;
}

struct kkt_words atol5_error_text(const uint8_t code[2])
{
    int row = find(code);
    if (row >= 0)
        return codes[row].text;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (classes[i].name == (char)code[1])
            return classes[i].text;
    return (struct kkt_words){"unknown code", "неизвестный код"};
}

const char *atol5_error_name(const uint8_t code[2], char buf[ATOL5_ERROR_NAME])
{
    bool printable = isprint(code[0]) && isprint(code[1]);
    (void)snprintf(buf, ATOL5_ERROR_NAME, printable ? "%c%c" : "%02X %02X", code[0], code[1]);
    return buf;
}
