#include "base/system_error.h"

#include "base/text.h"

#include <uv.h>

static const struct {
    int status;
    const char *russian;
} rows[] = {
    {UV_E2BIG,         "слишком длинный список аргументов"            },
    {UV_EACCES,        "нет прав"                                                            },
    {UV_EADDRINUSE,    "адрес уже занят"                                               },
    {UV_EADDRNOTAVAIL, "адрес недоступен на этом компьютере"         },
    {UV_EAFNOSUPPORT,  "семейство адресов не поддерживается"        },
    {UV_EAGAIN,        "ресурс временно недоступен"                         },
    {UV_EAI_AGAIN,     "сервер имён временно не отвечает"               },
    {UV_EAI_FAIL,      "сервер имён вернул ошибку"                            },
    {UV_EAI_NODATA,    "у имени нет адреса"                                          },
    {UV_EAI_NONAME,    "неизвестное имя узла"                                     },
    {UV_EBADF,         "неверный дескриптор"                                      },
    {UV_EBUSY,         "занято другой программой"                             },
    {UV_ECANCELED,     "операция отменена"                                          },
    {UV_ECONNABORTED,  "соединение прервано"                                      },
    {UV_ECONNREFUSED,  "соединение отклонено"                                    },
    {UV_ECONNRESET,    "соединение сброшено другой стороной"        },
    {UV_EEXIST,        "уже существует"                                                },
    {UV_EFBIG,         "файл слишком большой"                                     },
    {UV_EHOSTUNREACH,  "нет маршрута к узлу"                                        },
    {UV_EINTR,         "прервано сигналом"                                          },
    {UV_EINVAL,        "недопустимое значение"                                  },
    {UV_EIO,           "ошибка ввода-вывода"                                       },
    {UV_EISDIR,        "это папка"                                                          },
    {UV_ELOOP,         "слишком много символических ссылок"          },
    {UV_EMFILE,        "у процесса слишком много открытых файлов"},
    {UV_EMLINK,        "слишком много ссылок"                                     },
    {UV_EMSGSIZE,      "слишком длинное сообщение"                           },
    {UV_ENAMETOOLONG,  "слишком длинное имя"                                       },
    {UV_ENETDOWN,      "сеть не работает"                                             },
    {UV_ENETUNREACH,   "сеть недоступна"                                              },
    {UV_ENFILE,        "в системе слишком много открытых файлов"  },
    {UV_ENOBUFS,       "не хватило буферов"                                         },
    {UV_ENODEV,        "нет такого устройства"                                   },
    {UV_ENOENT,        "нет такого файла или папки"                           },
    {UV_ENOMEM,        "не хватило памяти"                                           },
    {UV_ENOSPC,        "на диске нет места"                                          },
    {UV_ENOSYS,        "система этого не умеет"                                  },
    {UV_ENOTCONN,      "нет соединения"                                                },
    {UV_ENOTDIR,       "это не папка"                                                     },
    {UV_ENOTEMPTY,     "папка не пуста"                                                 },
    {UV_ENOTSUP,       "не поддерживается"                                          },
    {UV_ENOTTY,        "это не последовательный порт"                      },
    {UV_ENXIO,         "нет такого устройства или адреса"               },
    {UV_EPERM,         "операция не разрешена"                                   },
    {UV_EPIPE,         "другая сторона закрыла канал"                      },
    {UV_EPROTO,        "ошибка протокола"                                            },
    {UV_EROFS,         "файловая система только для чтения"           },
    {UV_ESRCH,         "нет такого процесса"                                       },
    {UV_ETIMEDOUT,     "истекло время ожидания"                                 },
    {UV_ETXTBSY,       "файл программы занят"                                     },
    {UV_EXDEV,         "другая файловая система"                               },
    {UV_EOF,           "неожиданный конец"                                          },
};

const char *system_error_text(int status, enum lang lang)
{
    if (lang == LANG_EN)
        return uv_strerror(status);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].status == status)
            return rows[i].russian;
    return uv_err_name(status);
}

bool failure_system(struct failure *f, enum error_code code, const char *what, int status)
{
    if (!f)
        return false;
    failure_set(f, code, "%s: ", TEXT_PATH(what));
    failure_append(f, system_error_text(status, LANG_EN), system_error_text(status, LANG_RU));
    return false;
}
