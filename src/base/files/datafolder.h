/* Where the program keeps what it writes: /var/lib/zabbix-atol; on Windows C:\ProgramData\zabbix-atol. */
#ifndef BASE_FILES_DATAFOLDER_H
#define BASE_FILES_DATAFOLDER_H

#include <stdbool.h>
#include <stddef.h>

/* Its path, UTF-8; false when the system names none or it does not fit. */
bool data_folder(char *buf, size_t cap);

/* Makes it when it is missing. Only on Windows: elsewhere it comes with the package, with its owner. */
void data_folder_make(void);

#endif
