#include "address/host.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define ZONE_CAP 128

bool host_normalise_ip(char *host, size_t cap)
{
    static const uint8_t v4_in_v6[12] = {[10] = 0xFF, [11] = 0xFF};
    uint8_t raw[16];
    char text[64], zone[ZONE_CAP];
    const char *percent = strchr(host, '%');
    if (uv_inet_pton(AF_INET, host, raw) == 0)
        return true;
    if (uv_inet_pton(AF_INET6, host, raw) != 0 || (percent && !percent[1]))
        return false;
    bool v4 = !percent && memcmp(raw, v4_in_v6, sizeof v4_in_v6) == 0;
    if (uv_inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? raw + sizeof v4_in_v6 : raw, text, sizeof text) != 0)
        return false;
    (void)snprintf(zone, sizeof zone, "%s", percent ? percent : "");
    if (strlen(text) + strlen(zone) >= cap)
        return false;
    (void)snprintf(host, cap, "%s%s", text, zone);
    return true;
}

bool host_ends_in_number(const char *host)
{
    size_t end = strlen(host);
    if (end > 0 && host[end - 1] == '.')
        end--;
    size_t begin = end;
    while (begin > 0 && host[begin - 1] != '.')
        begin--;
    const char *label = host + begin;
    size_t count = end - begin;
    if (count >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
        return strspn(label + 2, "0123456789abcdefABCDEF") == count - 2;
    return count > 0 && strspn(label, "0123456789") == count;
}
