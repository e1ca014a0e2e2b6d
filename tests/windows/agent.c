/* For the tests of `setup`: what stands in for the Zabbix agent's Windows program, which is not to be had here. It
 * reads its file and what that includes as the agents do, and does not start at what they do not start at; the real
 * agents of Linux parse the same files afterwards (tests/windows/agents.py).
 *
 * zabbix_agentd -c FILE -t KEY   prints the item: KEY [t|VALUE], or KEY [m|ZBX_NOTSUPPORTED]
 * zabbix_agentd -c FILE          the service */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

#define FILE_MAX  (1 << 16)
#define ITEMS_MAX 16
#define VALUE_MAX (1 << 16)

static const wchar_t *main_file;
static struct {
    char key[64], command[1000];
} items[ITEMS_MAX];
static unsigned item_count;
static char reason[1200];

static bool fail(const char *what, const wchar_t *path, unsigned line)
{
    (void)snprintf(reason, sizeof reason, "%s in config file \"%ls\", line %u", what, path, line);
    return false;
}

static bool is_utf8(const char *text)
{
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0) > 0;
}

static bool read_file(const wchar_t *path);

static bool read_all(const wchar_t *pattern, size_t folder_length)
{
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(pattern, &found);
    bool good = true;
    if (search == INVALID_HANDLE_VALUE)
        return true;
    do {
        wchar_t path[1000];
        (void)_snwprintf(path, 1000, L"%.*ls%ls", (int)folder_length, pattern, found.cFileName);
        good = (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) || read_file(path);
    } while (good && FindNextFileW(search, &found));
    (void)FindClose(search);
    return good;
}

static bool include(const char *value, const wchar_t *from, unsigned line)
{
    wchar_t path[1000];
    (void)MultiByteToWideChar(CP_UTF8, 0, value, -1, path, 1000);
    wchar_t *slash = wcsrchr(path, L'\\');
    if (slash && wcschr(slash, L'*'))
        return read_all(path, (size_t)(slash + 1 - path));
    return GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES
               ? fail("cannot include a file that is not there", from, line)
               : read_file(path);
}

static bool add_item(char *value, const wchar_t *from, unsigned line)
{
    char *comma = strchr(value, ',');
    if (!comma || item_count == ITEMS_MAX)
        return fail("cannot add user parameter", from, line);
    *comma = '\0';
    value[strcspn(value, "[")] = '\0';
    for (unsigned i = 0; i < item_count; i++)
        if (strcmp(items[i].key, value) == 0)
            return fail("user parameter: key already exists", from, line);
    (void)snprintf(items[item_count].key, sizeof items[0].key, "%s", value);
    (void)snprintf(items[item_count++].command, sizeof items[0].command, "%s", comma + 1);
    return true;
}

static bool read_line(char *line, const wchar_t *from, unsigned number)
{
    line += strspn(line, " \t");
    size_t length = strlen(line);
    while (length > 0 && strchr(" \t\r", line[length - 1]))
        line[--length] = '\0';
    if (!is_utf8(line))
        return fail("non-UTF-8 character", from, number);
    if (!*line || *line == '#')
        return true;
    char *equals = strchr(line, '=');
    if (!equals)
        return fail("invalid entry", from, number);
    char *end = equals;
    while (end > line && strchr(" \t", end[-1]))
        end--;
    *end = '\0';
    char *value = equals + 1 + strspn(equals + 1, " \t");
    if (strcmp(line, "Include") == 0)
        return include(value, from, number);
    if (strcmp(line, "UserParameter") == 0)
        return add_item(value, from, number);
    for (const char *at = line; *at; at++)
        if (!(*at >= 'A' && *at <= 'Z') && !(*at >= 'a' && *at <= 'z'))
            return fail("unknown parameter", from, number); /* a byte order mark is one */
    return true;
}

static bool read_file(const wchar_t *path)
{
    FILE *file = _wfopen(path, L"rb");
    char *text = calloc(1, FILE_MAX);
    bool good = file && text;
    if (!good)
        (void)fail("cannot open", path, 0);
    if (good)
        (void)fread(text, 1, FILE_MAX - 1, file);
    unsigned number = 1;
    for (char *line = text, *next; good && line; line = next, number++) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        good = read_line(line, path, number);
    }
    free(text);
    if (file)
        (void)fclose(file);
    return good;
}

/* The command with $1 replaced, as the agent runs it: cmd /C "COMMAND". */
static bool run(const char *command, const char *parameter, char *value)
{
    char text[1400] = "\"";
    wchar_t wide[1400];
    const char *at = strstr(command, "$1");
    (void)snprintf(text + 1, sizeof text - 1, "%.*s%s%s\"", at ? (int)(at - command) : (int)strlen(command), command,
                   at ? parameter : "", at ? at + 2 : "");
    (void)MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, 1400);
    FILE *out = _wpopen(wide, L"rb");
    if (!out)
        return false;
    size_t used = fread(value, 1, VALUE_MAX - 1, out);
    while (used > 0 && strchr("\r\n", value[used - 1]))
        used--;
    value[used] = '\0';
    return _pclose(out) >= 0 && used > 0;
}

static int test(char *key)
{
    static char value[VALUE_MAX];
    char whole[200], *parameter = strchr(key, '[');
    (void)snprintf(whole, sizeof whole, "%s", key);
    if (parameter) {
        *parameter++ = '\0';
        parameter[strcspn(parameter, "]")] = '\0';
    }
    bool good = strcmp(key, "agent.ping") == 0 && snprintf(value, sizeof value, "1") > 0;
    for (unsigned i = 0; i < item_count && !good; i++)
        good = strcmp(items[i].key, key) == 0 && run(items[i].command, parameter ? parameter : "", value);
    (void)printf(good ? "%-45s [t|%s]\n" : "%-45s [m|ZBX_NOTSUPPORTED] [%s]\n", whole, good ? value : "no such key");
    return 0;
}

static SERVICE_STATUS_HANDLE handle;
static HANDLE over;

static void set_state(DWORD state, DWORD code)
{
    SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS,
                             .dwCurrentState = state,
                             .dwControlsAccepted = SERVICE_ACCEPT_STOP,
                             .dwWin32ExitCode = code};
    (void)SetServiceStatus(handle, &status);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, LPVOID data, LPVOID context)
{
    (void)type, (void)data, (void)context;
    if (control == SERVICE_CONTROL_STOP)
        (void)SetEvent(over);
    return NO_ERROR;
}

static void WINAPI service_main(DWORD argc, LPWSTR *argv)
{
    (void)argc;
    over = CreateEventW(NULL, TRUE, FALSE, NULL);
    handle = RegisterServiceCtrlHandlerExW(argv[0], on_control, NULL);
    bool good = read_file(main_file);
    set_state(good ? SERVICE_RUNNING : SERVICE_STOPPED, good ? NO_ERROR : ERROR_BAD_CONFIGURATION);
    if (!good)
        return;
    (void)WaitForSingleObject(over, INFINITE);
    set_state(SERVICE_STOPPED, NO_ERROR);
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    wchar_t name[] = L"";
    SERVICE_TABLE_ENTRYW table[] = {
        {name, service_main},
        {NULL, NULL        }
    };
    char key[200];
    if (argc < 3 || (wcscmp(argv[1], L"-c") != 0 && wcscmp(argv[1], L"--config") != 0))
        return 2;
    main_file = argv[2];
    if (argc == 3)
        return !StartServiceCtrlDispatcherW(table);
    if (argc != 5 || wcscmp(argv[3], L"-t") != 0 ||
        !WideCharToMultiByte(CP_UTF8, 0, argv[4], -1, key, sizeof key, NULL, NULL))
        return 2;
    if (!read_file(main_file)) {
        (void)fprintf(stderr, "zabbix_agentd [1]: ERROR: %s\n", reason);
        return 1;
    }
    return test(key);
}
