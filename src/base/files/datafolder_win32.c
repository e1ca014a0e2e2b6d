#include "base/files/datafolder.h"

#include <stdio.h>
#include <uv.h>
/* windows.h before shlobj.h */
#include <windows.h>

#include <shlobj.h>

bool data_folder(char *buf, size_t cap)
{
    wchar_t wide[MAX_PATH];
    char folder[3 * MAX_PATH];
    if (SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, wide) != S_OK ||
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, folder, sizeof folder, NULL, NULL) == 0)
        return false;
    int n = snprintf(buf, cap, "%s\\zabbix-atol", folder);
    return n > 0 && (size_t)n < cap;
}

void data_folder_make(void)
{
    char folder[1024];
    uv_fs_t request;
    if (!data_folder(folder, sizeof folder))
        return;
    (void)uv_fs_mkdir(NULL, &request, folder, 0750, NULL);
    uv_fs_req_cleanup(&request);
}
