#include "base/files/datafolder.h"

#include <stdio.h>

bool data_folder(char *buf, size_t cap)
{
    int n = snprintf(buf, cap, "/var/lib/zabbix-atol");
    return n > 0 && (size_t)n < cap;
}

void data_folder_make(void)
{
}
