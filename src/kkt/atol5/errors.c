#include "kkt/atol5/errors.h"

#include <stddef.h>

/* Codes of two characters, the second is the class. */
static const struct {
    char code[3];
    enum atol5_meaning meaning;
    const char *text;
} codes[] = {
    {"00", ATOL5_SUCCESS,       "success"                             },
    {"61", ATOL5_REFUSED,       "hardware: clock"                     },
    {"71", ATOL5_REFUSED,       "hardware: memory"                    },
    {"12", ATOL5_REFUSED,       "no paper"                            },
    {"22", ATOL5_REFUSED,       "the cover is open"                   },
    {"32", ATOL5_REFUSED,       "the print head is overheated"        },
    {"52", ATOL5_REFUSED,       "cutter fault"                        },
    {"84", ATOL5_NO_DATA,       "the FN has no such data"             },
    {"3a", ATOL5_REFUSED,       "not possible while a receipt is open"},
    {"6a", ATOL5_REFUSED,       "the shift is closed"                 },
    {"7a", ATOL5_REFUSED,       "the shift is open"                   },
    {"8a", ATOL5_REFUSED,       "the register is not registered"      },
    {">a", ATOL5_NO_FN,         "no FN"                               },
    {"1a", ATOL5_BUSY,          "busy"                                },
    {"2a", ATOL5_BUSY,          "busy"                                },
    {";a", ATOL5_BUSY,          "busy"                                },
    {":1", ATOL5_NOT_SUPPORTED, "not supported"                       },
    {"3B", ATOL5_NOT_SUPPORTED, "not supported"                       },
    {"7P", ATOL5_NOT_SUPPORTED, "not supported"                       },
};

static const struct {
    char name;
    const char *text;
} classes[] = {
    {'0', "attribute error"            },
    {'1', "hardware error"             },
    {'2', "printer error"              },
    {'3', "script engine error"        },
    {'4', "FN error"                   },
    {'8', "user script error"          },
    {'B', "wrong command"              },
    {'D', "error in the document"      },
    {'F', "journal error"              },
    {'P', "picture error"              },
    {'a', "not possible in this state" },
    {'b', "arithmetic error"           },
    {'c', "network error"              },
    {'d', "network error"              },
    {'e', "licence error"              },
    {'r', "counter error"              },
    {'s', "error in the table of goods"},
};

static int find(const uint8_t code[2])
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].code[0] == (char)code[0] && codes[i].code[1] == (char)code[1])
            return (int)i;
    return -1;
}

enum atol5_meaning atol5_error_meaning(const uint8_t code[2])
{
    /* The binary form of success brings no values (§3). */
    if (code[0] == 0 && code[1] == 0)
        return ATOL5_SUCCESS;
    int row = find(code);
    return row < 0 ? ATOL5_REFUSED : codes[row].meaning;
}

const char *atol5_error_text(const uint8_t code[2])
{
    int row = find(code);
    if (row >= 0)
        return codes[row].text;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (classes[i].name == (char)code[1])
            return classes[i].text;
    return "unknown code";
}
