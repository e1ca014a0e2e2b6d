#include "metric/derived/ofd_errors.h"

static const struct {
    enum ofd_error_kind kind;
    int code;
    bool platform_5; /* the driver has the words at platform 5 too; without: at protocol 3 only */
    const char *text;
} rows[] = {
    {OFD_ERROR_NETWORK, 1,  false, "Отсутствует физический канал связи"                                                                               },
    {OFD_ERROR_NETWORK, 2,  false, "Ошибка сетевых настроек / нет соединения с сервером ОФД"                                           },
    {OFD_ERROR_NETWORK, 3,  false, "Ошибка при передаче документа на сервер"                                                                       },
    {OFD_ERROR_NETWORK, 4,  false, "Некорректный заголовок сессионного пакета"                                                                 },
    {OFD_ERROR_NETWORK, 5,  false, "Превышен таймаут ожидания квитанции"                                                                             },
    {OFD_ERROR_NETWORK, 6,  false, "Разрыв соединения при приеме квитанции"                                                                        },
    {OFD_ERROR_NETWORK, 7,  false, "Превышен таймаут передачи документа на сервер"                                                           },
    {OFD_ERROR_NETWORK, 8,  false, "ОФД-процесс не инициализирован"                                                                                       },
    {OFD_ERROR_OFD,     1,  false, "Неверный фискальный признак"                                                                                            },
    {OFD_ERROR_OFD,     2,  false, "Неверный формат сообщения оператора"                                                                             },
    {OFD_ERROR_OFD,     3,  false, "Неверный номер ФД"                                                                                                                },
    {OFD_ERROR_OFD,     4,  false, "Неверный номер ФН"                                                                                                                },
    {OFD_ERROR_OFD,     6,  false, "Разрыв связи на этапе приема сообщения"                                                                         },
    {OFD_ERROR_OFD,     11, true,  "Неисправимая ошибка"                                                                                                           },
    {OFD_ERROR_OFD,     14, true,  "Ошибка обработки документа"                                                                                              },
    {OFD_ERROR_FN,      1,  false, "Неизвестная команда"                                                                                                           },
    {OFD_ERROR_FN,      2,  false, "Неверное состояние ФН"                                                                                                        },
    {OFD_ERROR_FN,      3,  false, "Ошибка ФН"                                                                                                                               },
    {OFD_ERROR_FN,      4,  false, "Ошибка КС"                                                                                                                               },
    {OFD_ERROR_FN,      5,  false, "Закончен срок эксплуатации ФН"                                                                                         },
    {OFD_ERROR_FN,      6,  false, "Архив ФН переполнен"                                                                                                            },
    {OFD_ERROR_FN,      8,  false, "Нет запрошенных данных"                                                                                                      },
    {OFD_ERROR_FN,      9,  false, "Некорректное значение параметров команды"                                                                   },
    {OFD_ERROR_FN,      10, false, "Неверная команда"                                                                                                                 },
    {OFD_ERROR_FN,      11, false, "Неразрешенные реквизиты"                                                                                                   },
    {OFD_ERROR_FN,      12, false, "Дублирование данных"                                                                                                           },
    {OFD_ERROR_FN,      13, false, "Отсутствуют данные, необходимые для корректного учета в ФН"                                    },
    {OFD_ERROR_FN,      14, false, "Количество позиций, подлежащих учету в документе, превысило разрешенный лимит"},
    {OFD_ERROR_FN,      15, false, "Отсутствуют данные в команде"                                                                                           },
    {OFD_ERROR_FN,      16, false, "Превышен размер TLV"                                                                                                               },
    {OFD_ERROR_FN,      17, false, "Нет транспортного соединения"                                                                                          },
    {OFD_ERROR_FN,      18, false, "Исчерпан ресурс КС"                                                                                                              },
    {OFD_ERROR_FN,      20, false, "Исчерпан ресурс хранения"                                                                                                  },
    {OFD_ERROR_FN,      21, false, "Исчерпан ресурс Ожидания передачи сообщения"                                                              },
    {OFD_ERROR_FN,      22, false, "Продолжительность смены более 24 часов"                                                                          },
    {OFD_ERROR_FN,      23, false, "Неверная разница во времени между двумя операциями"                                                  },
    {OFD_ERROR_FN,      24, false, "В данном реквизите параметры не соответствуют форматам данных"                             },
    {OFD_ERROR_FN,      25, false, "Продажа подакцизного товара"                                                                                            },
    {OFD_ERROR_FN,      26, false, "Неустановленный реквизит в товарной позиции"                                                              },
    {OFD_ERROR_FN,      32, false, "Сообщение от ОФД не может быть принято"                                                                          },
};

const char *ofd_error_text(enum ofd_error_kind kind, enum kkt_protocol protocol, int64_t code)
{
    if (code == 0)
        return "Ошибок нет";
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].kind == kind && rows[i].code == code && (protocol != KKT_PROTOCOL_5 || rows[i].platform_5))
            return rows[i].text;
    return "Неизвестная ошибка";
}
