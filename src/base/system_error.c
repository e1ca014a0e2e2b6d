#include "base/system_error.h"

#include "base/text.h"

#include <stdio.h>
#include <uv.h>

static const struct {
    int status;
    const char *russian;
    const char *english; /* NULL: libuv's */
} rows[] = {
    {UV_E2BIG,         "слишком длинный список аргументов",             NULL                          },
    {UV_EACCES,        "нет прав",                                                             NULL                          },
    {UV_EADDRINUSE,    "адрес уже занят",                                                NULL                          },
    {UV_EADDRNOTAVAIL, "адрес недоступен на этом компьютере",          NULL                          },
    {UV_EAFNOSUPPORT,  "семейство адресов не поддерживается",         NULL                          },
    {UV_EAGAIN,        "ресурс временно недоступен",                          NULL                          },
    {UV_EAI_AGAIN,     "сервер имён временно не отвечает",                NULL                          },
    {UV_EAI_FAIL,      "сервер имён вернул ошибку",                             NULL                          },
    {UV_EAI_NODATA,    "у имени нет адреса",                                           NULL                          },
    {UV_EAI_NONAME,    "неизвестное имя узла",                                      NULL                          },
    {UV_EBADF,         "неверный дескриптор",                                       NULL                          },
    {UV_EBUSY,         "занято другой программой",                              NULL                          },
    {UV_ECANCELED,     "операция отменена",                                           NULL                          },
    {UV_ECONNABORTED,  "соединение прервано",                                       NULL                          },
    {UV_ECONNREFUSED,  "соединение отклонено",                                     NULL                          },
    {UV_ECONNRESET,    "соединение сброшено другой стороной",         NULL                          },
    {UV_EEXIST,        "уже существует",                                                 NULL                          },
    {UV_EFBIG,         "файл слишком большой",                                      NULL                          },
    {UV_EHOSTUNREACH,  "нет маршрута к узлу",                                         NULL                          },
    {UV_EINTR,         "прервано сигналом",                                           NULL                          },
    {UV_EINVAL,        "недопустимое значение",                                   NULL                          },
    {UV_EIO,           "ошибка ввода-вывода",                                        NULL                          },
    {UV_EISDIR,        "это папка, ожидался файл",                                "is a folder, expected a file"},
    {UV_ELOOP,         "слишком много символических ссылок",           NULL                          },
    {UV_EMFILE,        "у процесса слишком много открытых файлов", NULL                          },
    {UV_EMLINK,        "слишком много ссылок",                                      NULL                          },
    {UV_EMSGSIZE,      "слишком длинное сообщение",                            NULL                          },
    {UV_ENAMETOOLONG,  "слишком длинное имя",                                        NULL                          },
    {UV_ENETDOWN,      "сеть не работает",                                              NULL                          },
    {UV_ENETUNREACH,   "сеть недоступна",                                               NULL                          },
    {UV_ENFILE,        "в системе слишком много открытых файлов",   NULL                          },
    {UV_ENOBUFS,       "не хватило буферов",                                          NULL                          },
    {UV_ENODEV,        "нет такого устройства",                                    NULL                          },
    {UV_ENOENT,        "нет такого файла или папки",                            NULL                          },
    {UV_ENOMEM,        "не хватило памяти",                                            NULL                          },
    {UV_ENOSPC,        "на диске нет места",                                           NULL                          },
    {UV_ENOSYS,        "система этого не умеет",                                   NULL                          },
    {UV_ENOTCONN,      "нет соединения",                                                 NULL                          },
    {UV_ENOTDIR,       "это не папка",                                                      NULL                          },
    {UV_ENOTEMPTY,     "папка не пуста",                                                  NULL                          },
    {UV_ENOTSUP,       "не поддерживается",                                           NULL                          },
    {UV_ENOTTY,        "это не последовательный порт",                       NULL                          },
    {UV_ENXIO,         "нет такого устройства или адреса",                NULL                          },
    {UV_EPERM,         "операция не разрешена",                                    NULL                          },
    {UV_EPIPE,         "другая сторона закрыла канал",                       NULL                          },
    {UV_EPROTO,        "ошибка протокола",                                             NULL                          },
    {UV_EROFS,         "файловая система только для чтения",            NULL                          },
    {UV_ESRCH,         "нет такого процесса",                                        NULL                          },
    {UV_ETIMEDOUT,     "истекло время ожидания",                                  NULL                          },
    {UV_ETXTBSY,       "файл программы занят",                                      NULL                          },
    {UV_EXDEV,         "другая файловая система",                                NULL                          },
    {UV_EOF,           "неожиданный конец",                                           NULL                          },
};

#define ROWS (sizeof rows / sizeof rows[0])

const char *system_error_text(int status, enum lang lang)
{
    unsigned i = 0;
    while (i < ROWS && rows[i].status != status)
        i++;
    if (lang == LANG_EN)
        return i < ROWS && rows[i].english ? rows[i].english : uv_strerror(status);
    return i < ROWS ? rows[i].russian : uv_err_name(status);
}

bool failure_system(struct failure *f, enum error_code code, const char *what, int status)
{
    if (!f)
        return false;
    failure_set(f, code, "%s: ", TEXT_PATH(what));
    failure_append(f, system_error_text(status, LANG_EN), system_error_text(status, LANG_RU));
    return false;
}

bool failure_words(struct failure *f, enum error_code code, int status)
{
    if (!f)
        return false;
    failure_set(f, code, "%s", system_error_text(status, LANG_EN));
    (void)snprintf(f->detail_ru, sizeof f->detail_ru, "%s", system_error_text(status, LANG_RU));
    return false;
}

bool system_error_is_shortage(int status)
{
    return status == UV_EMFILE || status == UV_ENFILE || status == UV_ENOMEM || status == UV_EAGAIN ||
           status == UV_ENOBUFS;
}
