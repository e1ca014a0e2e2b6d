#include "kkt/atol3/errors.h"

#include <stddef.h>

/* clang-format off */
static const struct row {
    uint8_t code;
    enum kkt_meaning meaning;
    struct kkt_words text;
} errors[] = {
    {0x08, KKT_REFUSED, {"invalid sum", "неверная сумма"}},
    {0x0A, KKT_REFUSED, {"invalid quantity", "неверное количество"}},
    {0x0B, KKT_REFUSED, {"cash counter overflow", "переполнение счётчика наличности"}},
    {0x0C, KKT_REFUSED, {"last operation storno denied", "сторно последней операции невозможно"}},
    {0x0D, KKT_REFUSED, {"storno by code denied", "сторно по коду невозможно"}},
    {0x0E, KKT_REFUSED, {"last operation not repeatable", "последнюю операцию нельзя повторить"}},
    {0x0F, KKT_REFUSED, {"discount not repeatable", "повторная скидка невозможна"}},
    {0x10, KKT_REFUSED, {"discount denied", "скидка невозможна"}},
    {0x11, KKT_REFUSED, {"invalid commodity code", "неверный код товара"}},
    {0x12, KKT_REFUSED, {"invalid commodity barcode", "неверный штрихкод товара"}},
    {0x13, KKT_REFUSED, {"invalid command format", "неверный формат команды"}},
    {0x14, KKT_REFUSED, {"invalid command length", "неверная длина команды"}},
    {0x15, KKT_REFUSED, {"blocked until the date is entered", "заблокирована до ввода даты"}},
    {0x16, KKT_REFUSED, {"need date accept", "нужно подтвердить дату"}},
    {0x18, KKT_NO_DATA, {"no more data", "больше нет данных"}},
    {0x19, KKT_REFUSED, {"no accept or cancel", "нет подтверждения или отмены"}},
    {0x1A, KKT_REFUSED, {"blocked by report interruption", "заблокирована: отчёт прерван"}},
    {0x1B, KKT_REFUSED, {"disable cash control denied", "отключить контроль наличности нельзя"}},
    {0x1E, KKT_REFUSED, {"the mode is blocked", "режим заблокирован"}},
    {0x1F, KKT_REFUSED, {"check the date and time", "проверьте дату и время"}},
    {0x20, KKT_REFUSED, {"the date is before the last one in the FN", "дата меньше последней даты в ФН"}},
    {0x21, KKT_REFUSED, {"close archive denied", "закрыть архив ФН нельзя"}},
    {0x3D, KKT_REFUSED, {"commodity not found", "товар не найден"}},
    {0x3E, KKT_REFUSED, {"weight barcode with invalid quantity", "весовой штрихкод с количеством не 1"}},
    {0x3F, KKT_REFUSED, {"receipt buffer overflow", "переполнение буфера чека"}},
    {0x40, KKT_REFUSED, {"quantity too small", "недостаточное количество товара"}},
    {0x41, KKT_REFUSED, {"storno too much", "сторно больше допустимого"}},
    {0x42, KKT_REFUSED, {"blocked commodity not found", "заблокированный товар не найден"}},
    {0x43, KKT_REFUSED, {"blocked commodity not found", "заблокированный товар не найден"}},
    {0x46, KKT_REFUSED, {"incorrect data", "неверные данные"}},
    {0x66, KKT_NOT_IN_MODE, {"not possible in this mode", "в этом режиме невозможно"}},
    {0x67, KKT_REFUSED, {"no paper", "нет бумаги"}},
    {0x68, KKT_REFUSED, {"printer does not answer", "нет связи с принтером чеков"}},
    {0x69, KKT_REFUSED, {"mechanical fault of the printer", "механическая ошибка принтера"}},
    {0x6A, KKT_REFUSED, {"invalid receipt type", "неверный тип чека"}},
    {0x6B, KKT_NO_DATA, {"no more data", "больше нет данных"}},
    {0x6C, KKT_NOT_SUPPORTED, {"not supported", "не поддерживается"}},
    {0x6D, KKT_REFUSED, {"invalid unit type", "неверный тип устройства"}},
    {0x6E, KKT_REFUSED, {"no memory", "не хватает памяти"}},
    {0x6F, KKT_REFUSED, {"picture not found", "картинка не найдена"}},
    {0x70, KKT_REFUSED, {"storno too much", "сторно больше допустимого"}},
    {0x71, KKT_REFUSED, {"non-cash payments too much", "безналичная оплата больше суммы чека"}},
    {0x72, KKT_REFUSED, {"not fully paid", "чек оплачен не полностью"}},
    {0x73, KKT_REFUSED, {"return denied", "возврат запрещён"}},
    {0x75, KKT_REFUSED, {"payments overflow", "переполнение суммы платежей"}},
    {0x76, KKT_REGISTER_BUSY, {"busy", "занята"}},
    {0x77, KKT_REFUSED, {"GSM modem error", "ошибка модема GSM"}},
    {0x7A, KKT_NOT_SUPPORTED, {"not supported", "не поддерживается"}},
    {0x7B, KKT_REFUSED, {"invalid discount", "неверная скидка"}},
    {0x7C, KKT_REFUSED, {"operation after discount denied", "после скидки операция невозможна"}},
    {0x7D, KKT_REFUSED, {"invalid department", "неверная секция"}},
    {0x7E, KKT_REFUSED, {"invalid payment type", "неверный вид оплаты"}},
    {0x7F, KKT_REFUSED, {"multiplication overflow", "переполнение при умножении"}},
    {0x80, KKT_REFUSED, {"denied by settings", "запрещено настройками"}},
    {0x81, KKT_REFUSED, {"total overflow", "переполнение итога"}},
    {0x82, KKT_REFUSED, {"denied in annulation receipt", "в чеке аннулирования запрещено"}},
    {0x84, KKT_REFUSED, {"journal overflow", "переполнение журнала"}},
    {0x86, KKT_REFUSED, {"not fully paid", "чек оплачен не полностью"}},
    {0x87, KKT_REFUSED, {"denied in return receipt", "в чеке возврата запрещено"}},
    {0x88, KKT_REFUSED, {"the shift is open for more than 24 hours", "смена открыта более 24 часов"}},
    {0x89, KKT_REFUSED, {"denied in sell receipt", "в чеке прихода запрещено"}},
    {0x8A, KKT_REFUSED, {"fiscal memory overflow", "переполнение фискальной памяти"}},
    {0x8C, KKT_PASSWORD, {"wrong access password", "неверный пароль доступа"}},
    {0x8E, KKT_REFUSED, {"journal busy", "журнал занят"}},
    {0x8F, KKT_REFUSED, {"not possible while the shift is closed", "при закрытой смене невозможно"}},
    {0x91, KKT_NO_SUCH_FIELD, {"invalid table number", "нет такой таблицы"}},
    {0x92, KKT_NO_SUCH_FIELD, {"invalid row number", "нет такого ряда"}},
    {0x93, KKT_NO_SUCH_FIELD, {"invalid field number", "нет такого поля"}},
    {0x94, KKT_REFUSED, {"invalid date time", "неверные дата и время"}},
    {0x95, KKT_REFUSED, {"invalid date time", "неверные дата и время"}},
    {0x96, KKT_REFUSED, {"invalid storno sum", "неверная сумма сторно"}},
    {0x97, KKT_REFUSED, {"change calculation", "идёт подсчёт сдачи"}},
    {0x98, KKT_REFUSED, {"no cash", "нет наличных"}},
    {0x9A, KKT_REFUSED, {"not possible while no receipt is open", "чек не открыт"}},
    {0x9B, KKT_REFUSED, {"not possible while a receipt is open", "невозможно, пока открыт чек"}},
    {0x9C, KKT_REFUSED, {"not possible while the shift is open", "невозможно, пока открыта смена"}},
    {0x9E, KKT_REFUSED, {"serial number already entered", "заводской номер уже введён"}},
    {0x9F, KKT_REFUSED, {"too many re-registrations", "перерегистраций слишком много"}},
    {0xA2, KKT_REFUSED, {"invalid shift number", "неверный номер смены"}},
    {0xA3, KKT_NOT_SUPPORTED, {"not supported", "не поддерживается"}},
    {0xA4, KKT_PASSWORD, {"wrong access password", "неверный пароль доступа"}},
    {0xA5, KKT_REFUSED, {"invalid serial number", "неверный заводской номер"}},
    {0xA6, KKT_REFUSED, {"invalid registration number INN", "неверный регистрационный номер или ИНН"}},
    {0xA7, KKT_REFUSED, {"invalid registration number INN", "неверный регистрационный номер или ИНН"}},
    {0xA8, KKT_NOT_REGISTERED, {"the register is not registered", "ККТ не зарегистрирована"}},
    {0xA9, KKT_REFUSED, {"the serial number was not entered", "заводской номер не введён"}},
    {0xAA, KKT_REFUSED, {"no more reports", "отчётов больше нет"}},
    {0xAB, KKT_REFUSED, {"mode not activated", "режим не активирован"}},
    {0xAC, KKT_NO_DATA, {"record not found in journal", "запись в журнале не найдена"}},
    {0xAD, KKT_NO_DATA, {"no more data", "больше нет данных"}},
    {0xAE, KKT_REFUSED, {"invalid license", "неверная лицензия"}},
    {0xAF, KKT_NO_DATA, {"no more data", "больше нет данных"}},
    {0xB0, KKT_REFUSED, {"a full reset is needed", "нужно общее гашение"}},
    {0xB1, KKT_REFUSED, {"denied by license", "запрещено лицензией"}},
    {0xB2, KKT_REFUSED, {"discount cancellation denied", "отменить скидку нельзя"}},
    {0xB3, KKT_REFUSED, {"close receipt denied", "закрыть чек так нельзя"}},
    {0xB4, KKT_REFUSED, {"invalid route number", "неверный номер маршрута"}},
    {0xB5, KKT_REFUSED, {"invalid start zone number", "неверный номер начальной зоны"}},
    {0xB6, KKT_REFUSED, {"invalid end zone number", "неверный номер конечной зоны"}},
    {0xB7, KKT_REFUSED, {"invalid rate type", "неверный тип тарифа"}},
    {0xB8, KKT_REFUSED, {"invalid rate", "неверный тариф"}},
    {0xBA, KKT_REFUSED, {"fiscal module exchange", "ошибка обмена с фискальным модулем"}},
    {0xBE, KKT_REFUSED, {"technical support is needed", "нужна техническая поддержка"}},
    {0xBF, KKT_REFUSED, {"shift numbers did not match", "номера смен не совпали"}},
    {0xC8, KKT_REFUSED, {"device not found", "устройство не найдено"}},
    {0xC9, KKT_REFUSED, {"external device connection", "ошибка связи с внешним устройством"}},
    {0xCA, KKT_REFUSED, {"dispenser invalid state", "ошибочное состояние ТРК"}},
    {0xCB, KKT_REFUSED, {"invalid positions count", "неверное количество позиций"}},
    {0xCC, KKT_REFUSED, {"dispenser invalid number", "неверный номер ТРК"}},
    {0xCD, KKT_REFUSED, {"invalid divider", "неверный делитель"}},
    {0xD0, KKT_REFUSED, {"FN activation denied", "активировать ФН нельзя"}},
    {0xD1, KKT_REFUSED, {"the print head is overheated", "перегрев печатающей головки"}},
    {0xD2, KKT_NO_FN, {"no exchange with the FN", "нет обмена с ФН"}},
    {0xD3, KKT_REFUSED, {"FN invalid format", "неверный формат команды ФН"}},
    {0xD4, KKT_REFUSED, {"FN invalid state", "неверное состояние ФН"}},
    {0xD5, KKT_REFUSED, {"FN fault", "ошибка ФН"}},
    {0xD6, KKT_REFUSED, {"fault of the FN's crypto processor", "ошибка криптопроцессора ФН"}},
    {0xD7, KKT_REFUSED, {"the FN has expired", "ресурс времени ФН исчерпан"}},
    {0xD8, KKT_REFUSED, {"the FN is full", "ФН переполнен"}},
    {0xD9, KKT_REFUSED, {"FN invalid date time", "неверные дата и время в ФН"}},
    {0xDA, KKT_NO_DATA, {"the FN has no such data", "в ФН нет таких данных"}},
    {0xDB, KKT_REFUSED, {"FN total overflow", "переполнение итога в ФН"}},
    {0xDC, KKT_REFUSED, {"buffer overflow", "переполнение буфера"}},
    {0xDD, KKT_REFUSED, {"print second copy denied", "вторую копию напечатать нельзя"}},
    {0xDE, KKT_REFUSED, {"need reset journal", "нужно гашение журнала"}},
    {0xDF, KKT_REFUSED, {"tax sum too much", "сумма налога слишком велика"}},
    {0xE0, KKT_REFUSED, {"tax on last operation denied", "налог на последнюю операцию невозможен"}},
    {0xE1, KKT_REFUSED, {"FN of another register", "ФН от другой ККТ"}},
    {0xE4, KKT_REFUSED, {"tax cancel denied", "отменить налог нельзя"}},
    {0xE6, KKT_REFUSED, {"low battery", "батарея разряжена"}},
    {0xE7, KKT_REFUSED, {"FN invalid command", "неверная команда ФН"}},
    {0xE8, KKT_REFUSED, {"FN command overflow", "переполнение команды ФН"}},
    {0xE9, KKT_REFUSED, {"the FN has no transport connection", "у ФН нет транспортного соединения"}},
    {0xEA, KKT_REFUSED, {"the FN's crypto processor has expired", "ресурс криптопроцессора ФН исчерпан"}},
    {0xEB, KKT_REFUSED, {"the FN's resource is used up", "ресурс хранения ФН исчерпан"}},
    {0xEC, KKT_REFUSED, {"invalid message from ofd", "неверное сообщение от ОФД"}},
    {0xED, KKT_REFUSED, {"the FN has documents that were not sent", "в ФН есть непереданные документы"}},
    {0xEE, KKT_REFUSED, {"the register gives no reason", "причину ККТ не сообщает"}},
    {0xEF, KKT_REFUSED, {"the FN did not answer in time", "ФН не ответил вовремя"}},
    {0xF0, KKT_REFUSED, {"the FN's shift is open for more than 24 hours", "смена в ФН открыта более 24 часов"}},
    {0xF1, KKT_REFUSED, {"the clock differs too much from the FN's", "часы слишком расходятся с часами ФН"}},
    {0xF2, KKT_REFUSED, {"invalid command format", "неверный формат команды"}},
    {0xF3, KKT_REFUSED, {"invalid positions count", "неверное количество позиций"}},
    {0xF4, KKT_REFUSED, {"invalid command format", "неверный формат команды"}},
    {0xF5, KKT_REFUSED, {"excisable commodity denied", "подакцизный товар запрещён"}},
    {0xF6, KKT_REFUSED, {"invalid positions count", "неверное количество позиций"}},
};
/* clang-format on */

/* Reasons of an error EE (docs/protocol-3.md §6, watched). */
/* clang-format off */
static const struct {
    uint16_t reason;
    struct kkt_words text;
} reasons[] = {
    {0x0101, {"invalid positions count", "неверное количество позиций"}},
    {0x0102, {"too many positions with tag 1162 in autonomous mode", "слишком много позиций с тегом 1162 в автономном режиме"}},
    {0x0103, {"invalid taxation system", "неверная система налогообложения"}},
    {0x0104, {"invalid tax rate", "неверная ставка налога"}},
    {0x0105, {"invalid payment type of the commodity", "неверный признак способа расчёта"}},
    {0x0106, {"invalid type of the commodity's code", "неверный тип кода товара"}},
    {0x0107, {"excisable commodity denied", "подакцизный товар запрещён"}},
    {0x0108, {"discount denied", "скидка невозможна"}},
    {0x0109, {"discount denied", "скидка невозможна"}},
    {0x010A, {"invalid taxation system", "неверная система налогообложения"}},
};
/* clang-format on */

static const struct row *find(uint8_t code)
{
    static const struct row unknown = {
        0, KKT_REFUSED, {"unknown code", "неизвестный код"}
    };
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].code == code)
            return &errors[i];
    return &unknown;
}

struct kkt_words atol3_error_text(uint8_t code)
{
    return find(code)->text;
}

struct kkt_words atol3_reason_text(unsigned reason)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].reason == reason)
            return reasons[i].text;
    return find(0)->text;
}

enum kkt_meaning atol3_error_meaning(uint8_t code)
{
    return find(code)->meaning;
}
