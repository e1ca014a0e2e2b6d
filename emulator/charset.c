#include "charset.h"

static uint32_t next_char(const unsigned char **p)
{
    uint32_t c = *(*p)++;
    int extra = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    if (extra)
        c &= 0x3Fu >> extra;
    while (extra-- > 0 && (**p & 0xC0) == 0x80)
        c = c << 6 | (*(*p)++ & 0x3Fu);
    return c;
}

static const struct {
    uint16_t code;
    uint8_t plain, printer; /* 0: not there */
} signs[] = {
    {0x2116, 0xFC, 0x24},
    {'$',    '$',  0xFC},
    {0x20AC, 0,    0xF2},
    {0x2014, 0,    0xFA},
    {0x0401, 0xF0, 0xF0},
    {0x0451, 0xF1, 0xF1},
    {0x00B0, 0xF8, 0   },
    {0x00B7, 0xFA, 0   },
    {0x00A0, 0xFF, 0   },
    {0x2500, 0xC4, 0xC4},
    {0x2502, 0xB3, 0xB3},
    {0x2588, 0xDB, 0xDB},
    {0x0404, 0xF2, 0   },
    {0x0454, 0xF3, 0   },
    {0x0407, 0xF4, 0   },
    {0x0457, 0xF5, 0   },
    {0x040E, 0xF6, 0   },
    {0x045E, 0xF7, 0   },
    {0x00A4, 0xFD, 0   },
    {0x25A0, 0xFE, 0xFE},
};

static uint8_t encode_char(uint32_t c, int printer)
{
    for (unsigned i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (signs[i].code == c)
            return printer ? signs[i].printer : signs[i].plain;
    if (c < 0x80)
        return (uint8_t)c;
    if (c >= 0x0410 && c <= 0x043F)
        return (uint8_t)(0x80 + (c - 0x0410));
    if (c >= 0x0440 && c <= 0x044F)
        return (uint8_t)(0xE0 + (c - 0x0440));
    return 0;
}

size_t charset_encode(const char *utf8, int printer, uint8_t *out, size_t cap)
{
    const unsigned char *p = (const unsigned char *)utf8;
    size_t used = 0;
    while (*p && used < cap) {
        uint8_t byte = encode_char(next_char(&p), printer);
        out[used++] = byte ? byte : '?';
    }
    return used;
}
