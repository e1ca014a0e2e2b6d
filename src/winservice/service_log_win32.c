/* The service's log: the child's lines, each with its time, in a file that is followed by a new one at five megabytes.
 */
#include "base/files/datafolder.h"
#include "winservice/service.h"

#include <stdio.h>

#define PATH_CAP 1024
#define LOG_MAX  (5 * 1024 * 1024)
#define LOG_KEEP 3             /* zabbix-atol.log.1 ... .3 */
#define LOG_MORE (1024 * 1024) /* until rotation is tried again after it failed */

static struct {
    wchar_t path[PATH_CAP];
    HANDLE file; /* NULL: not open */
    LONGLONG size, rotate_at;
} logfile;

bool service_log_path(char *path, size_t cap)
{
    char folder[PATH_CAP];
    int n = data_folder(folder, sizeof folder) ? snprintf(path, cap, "%s\\log\\zabbix-atol.log", folder) : -1;
    return n > 0 && (size_t)n < cap;
}

static bool find_path(void)
{
    char path[PATH_CAP];
    return service_log_path(path, sizeof path) && MultiByteToWideChar(CP_UTF8, 0, path, -1, logfile.path, PATH_CAP) > 0;
}

bool service_log_open(void)
{
    LARGE_INTEGER size = {.QuadPart = 0};
    if (!find_path())
        return false;
    HANDLE file = CreateFileW(logfile.path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_ALWAYS,
                              FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    (void)GetFileSizeEx(file, &size);
    logfile.file = file;
    logfile.size = size.QuadPart;
    if (logfile.rotate_at == 0)
        logfile.rotate_at = LOG_MAX;
    return true;
}

static bool move(int from, int to)
{
    wchar_t names[2][PATH_CAP + 16];
    int numbers[2] = {from, to};
    for (int i = 0; i < 2; i++)
        (void)_snwprintf(names[i], PATH_CAP + 16, numbers[i] ? L"%ls.%d" : L"%ls", logfile.path, numbers[i]);
    return MoveFileExW(names[0], names[1], MOVEFILE_REPLACE_EXISTING) != 0;
}

/* The current file is renamed first, under a number that is free: when somebody holds it, the older ones have not
 * been moved and nothing of them is lost. */
static void rotate(void)
{
    (void)CloseHandle(logfile.file);
    logfile.file = NULL;
    if (move(0, LOG_KEEP + 1)) {
        for (int i = LOG_KEEP; i > 1; i--)
            (void)move(i - 1, i);
        (void)move(LOG_KEEP + 1, 1);
        logfile.rotate_at = LOG_MAX;
    } else {
        logfile.rotate_at = logfile.size + LOG_MORE;
    }
    (void)service_log_open();
}

void service_log_line(const char *line, size_t length)
{
    SYSTEMTIME now;
    char stamp[32];
    DWORD written;
    GetLocalTime(&now);
    int n = snprintf(stamp, sizeof stamp, "%04u-%02u-%02u %02u:%02u:%02u ", now.wYear, now.wMonth, now.wDay, now.wHour,
                     now.wMinute, now.wSecond);
    if (n <= 0 || (!logfile.file && !service_log_open()))
        return;
    (void)WriteFile(logfile.file, stamp, (DWORD)n, &written, NULL);
    (void)WriteFile(logfile.file, line, (DWORD)length, &written, NULL);
    if (length == 0 || line[length - 1] != '\n')
        (void)WriteFile(logfile.file, "\n", 1, &written, NULL);
    logfile.size += (LONGLONG)n + (LONGLONG)length;
    if (logfile.size > logfile.rotate_at)
        rotate();
}
