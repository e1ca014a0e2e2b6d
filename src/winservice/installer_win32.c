/* What the installer (packaging/windows/zabbix-atol.wxs) cannot do by itself, as a library within it: its properties
 * are checked before anything is changed, what our program says stands in the installer's log, and an upgrade is
 * distinguished from a removal. */
#include "address/connect.h"
#include "base/files/datafolder.h"
#include "base/process/language.h"
#include "base/system_error.h"
#include "base/text.h"
#include "config/config.h"
#include "winservice/agents.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>
/* windows.h before msi.h */
#include <windows.h>

#include <msi.h>
#include <msiquery.h>

#define TEXT_CAP   1024
#define LINE_CAP   4096
#define OUTPUT_CAP 16384
#define RUN_MS     300000
/* Seen by the removal of the older version within an upgrade: other installers than Windows' own give it no other sign
 * (Wine). Gone with the next start of Windows. */
#define MARK_KEY L"SOFTWARE\\zabbix-atol\\Upgrade"
#define MARK_S   3600

/* The functions that the installer calls. */
__declspec(dllexport) UINT __stdcall check_properties(MSIHANDLE session);
__declspec(dllexport) UINT __stdcall look_for_upgrade(MSIHANDLE session);
__declspec(dllexport) UINT __stdcall upgrade_is_over(MSIHANDLE session);
__declspec(dllexport) UINT __stdcall run_program(MSIHANDLE session);

static bool get_wide(MSIHANDLE session, const wchar_t *name, wchar_t *value, DWORD cap)
{
    value[0] = L'\0';
    return MsiGetPropertyW(session, name, value, &cap) == ERROR_SUCCESS;
}

/* UTF-8; false when it does not fit. */
static bool get(MSIHANDLE session, const wchar_t *name, char *value, size_t cap)
{
    wchar_t wide[TEXT_CAP];
    value[0] = '\0';
    return get_wide(session, name, wide, TEXT_CAP) &&
           WideCharToMultiByte(CP_UTF8, 0, wide, -1, value, (int)cap, NULL, NULL) > 0;
}

static void log_message(MSIHANDLE session, INSTALLMESSAGE kind, const char *text)
{
    wchar_t wide[OUTPUT_CAP];
    MSIHANDLE record = MsiCreateRecord(1);
    if (record && MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, OUTPUT_CAP) > 0) {
        for (wchar_t *at = wide; *at; at++) /* brackets would be read as names of properties */
            *at = *at == L'[' ? L'(' : *at == L']' ? L')' : *at;
        (void)MsiRecordSetStringW(record, 0, L"zabbix-atol: [1]");
        (void)MsiRecordSetStringW(record, 1, wide);
        (void)MsiProcessMessage(session, kind, record);
    }
    if (record)
        (void)MsiCloseHandle(record);
}

/* ---- the properties ---- */

struct properties {
    char name[TEXT_CAP], connect[TEXT_CAP], agent[TEXT_CAP], service[16];
};

/* What stands between quotes of a command line: no quote, no control character, no backslash before the last quote. */
static bool is_word(const char *text)
{
    size_t length = strlen(text);
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == '"' || *at == 0x7f)
            return false;
    return length == 0 || text[length - 1] != '\\';
}

static bool check_connect(const char *text, struct failure *failure)
{
    const struct connect *connect = connect_parse(text, failure);
    connect_release(connect);
    return connect && (is_word(text) ||
                       failure_explain(failure, ERR_USAGE, "a quote in \"%s\"", "кавычка в «%s»", TEXT_SHORT(text)));
}

/* AGENT=1: every agent that is here; else the file of one. */
static bool check_agent(const char *agent, struct failure *failure)
{
    static struct agent agents[AGENTS_MAX];
    unsigned count = agents_find(agents);
    bool found = count > 0 && strcmp(agent, "1") == 0;
    if (count == 0)
        return failure_explain(failure, ERR_USAGE,
                               "no Zabbix agent is installed as a service here; install it first, or leave AGENT%s out",
                               "агента Zabbix среди служб нет; сначала поставьте его или не задавайте AGENT%s", "");
    for (unsigned i = 0; i < count; i++)
        found = found || _stricmp(agents[i].conf, agent) == 0;
    return (found && is_word(agent)) ||
           failure_explain(failure, ERR_USAGE, "\"%s\": expected 1 or the file of an installed agent's service, as %s",
                           "«%s»: ожидается 1 или файл настроек службы агента, например %s", TEXT_SHORT(agent),
                           TEXT_PATH(agents[0].conf));
}

static bool is_configured(void)
{
    char path[TEXT_CAP];
    wchar_t wide[TEXT_CAP];
    (void)config_default_path(path, sizeof path);
    return MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, TEXT_CAP) > 0 &&
           GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;
}

static bool check_service(const struct properties *p, struct failure *failure)
{
    char path[TEXT_CAP];
    if (strcmp(p->service, "0") == 0)
        return true;
    if (strcmp(p->service, "1") != 0)
        return failure_explain(failure, ERR_USAGE, "\"%s\": expected 1 or 0", "«%s»: ожидается 1 или 0",
                               TEXT_SHORT(p->service));
    if (p->connect[0] || is_configured())
        return true;
    return failure_explain(
        failure, ERR_USAGE,
        "the service needs a configuration: give CONNECT too (and NAME), or put the file at %s first",
        "службе нужны настройки: задайте и CONNECT (и NAME) либо сначала положите файл %s",
        config_default_path(path, sizeof path));
}

#ifdef _WIN64
#define OTHER_PROGRAMS L"ProgramFiles(x86)"
#else
#define OTHER_PROGRAMS L"ProgramW6432" /* absent where Windows has no 64 bits */
#endif

static bool has_program(const wchar_t *folder)
{
    wchar_t path[TEXT_CAP];
    int n = _snwprintf(path, TEXT_CAP, L"%lszabbix-atol.exe", folder);
    return n > 0 && n < TEXT_CAP && GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

/* The other bitness stands in another folder, which the agents' files and the service name: it is neither replaced nor
 * joined, because whichever of the two is removed takes configuration, service and agents' lines with it. */
static bool check_bitness(MSIHANDLE session, struct failure *failure)
{
    wchar_t installed[TEXT_CAP], own[TEXT_CAP], root[MAX_PATH], other[TEXT_CAP];
    DWORD cap = TEXT_CAP, length = GetEnvironmentVariableW(OTHER_PROGRAMS, root, MAX_PATH);
    if (!get_wide(session, L"WIX_UPGRADE_DETECTED", installed, TEXT_CAP) || !installed[0] || length == 0 ||
        length >= MAX_PATH || MsiGetTargetPathW(session, L"INSTALLDIR", own, &cap) != ERROR_SUCCESS)
        return true;
    (void)_snwprintf(other, TEXT_CAP, L"%ls\\zabbix-atol\\", root);
    return has_program(own) || !has_program(other) ||
           failure_explain(failure, ERR_USAGE,
                           "zabbix-atol of the other bitness is installed (x64, x86%s); remove it first: Settings, "
                           "Apps; `msiexec /x` with KEEP=1 leaves the configuration",
                           "zabbix-atol другой разрядности установлен (x64, x86%s); сначала удалите его: Параметры, "
                           "Приложения; `msiexec /x` с KEEP=1 оставит настройки",
                           "");
}

/* `which`: the property that is wrong. */
static bool check(MSIHANDLE session, struct properties *p, const char **which, struct failure *failure)
{
    *which = "MSI";
    if (!check_bitness(session, failure))
        return false;
    *which = "CONNECT";
    if (p->connect[0] && !check_connect(p->connect, failure))
        return false;
    *which = "NAME";
    if (p->name[0] && !p->connect[0])
        return failure_explain(failure, ERR_USAGE, "NAME names the register of CONNECT: give CONNECT%s too",
                               "NAME — имя кассы из CONNECT: задайте и CONNECT%s", "");
    if (p->name[0] && !(config_name_check(p->name, failure) && is_word(p->name)))
        return false;
    *which = "AGENT";
    if (p->agent[0] && !check_agent(p->agent, failure))
        return false;
    *which = "SERVICE";
    return !p->service[0] || check_service(p, failure);
}

/* The deferred action `setup` gets its command line by the property of its name. */
static void plan_setup(MSIHANDLE session, const struct properties *p)
{
    char text[LINE_CAP];
    wchar_t folder[TEXT_CAP], wide[LINE_CAP], line[LINE_CAP];
    DWORD cap = TEXT_CAP;
    if (!p->connect[0] && !p->agent[0])
        return;
    (void)snprintf(text, sizeof text, "setup --installer --yes%s%s%s%s%s%s%s%s%s", p->name[0] ? " --name \"" : "",
                   p->name, p->name[0] ? "\"" : "", p->agent[0] ? " --agent \"" : "", p->agent, p->agent[0] ? "\"" : "",
                   p->connect[0] ? " \"" : "", p->connect, p->connect[0] ? "\"" : "");
    if (MsiGetTargetPathW(session, L"INSTALLDIR", folder, &cap) != ERROR_SUCCESS ||
        MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, LINE_CAP) == 0)
        return;
    int n = _snwprintf(line, LINE_CAP, L"\"%lszabbix-atol.exe\" %ls", folder, wide);
    if (n > 0 && n < LINE_CAP)
        (void)MsiSetPropertyW(session, L"setup", line);
}

UINT __stdcall check_properties(MSIHANDLE session)
{
    static struct properties p;
    struct failure failure = {0};
    const char *which = "";
    bool whole =
        get(session, L"NAME", p.name, sizeof p.name) && get(session, L"CONNECT", p.connect, sizeof p.connect) &&
        get(session, L"AGENT", p.agent, sizeof p.agent) && get(session, L"SERVICE", p.service, sizeof p.service);
    if (!whole)
        failure_explain(&failure, ERR_USAGE, "NAME, CONNECT, AGENT or SERVICE is too long%s",
                        "NAME, CONNECT, AGENT или SERVICE слишком длинны%s", "");
    if (whole && check(session, &p, &which, &failure)) {
        plan_setup(session, &p);
        return ERROR_SUCCESS;
    }
    char text[TEXT_CAP], line[TEXT_CAP + 100];
    bool ru = language_of_system() == LANG_RU;
    failure_text(&failure, ru ? LANG_RU : LANG_EN, text, sizeof text);
    (void)snprintf(line, sizeof line, ru ? "%s: %s. Ничего не изменено." : "%s: %s. Nothing was changed.", which, text);
    log_message(session, INSTALLMESSAGE_ERROR, line);
    return ERROR_INSTALL_FAILURE;
}

/* ---- an upgrade ---- */

static ULONGLONG now_s(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    return (((ULONGLONG)now.dwHighDateTime << 32) | now.dwLowDateTime) / 10000000;
}

static void write_mark(void)
{
    HKEY key;
    ULONGLONG now = now_s();
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, MARK_KEY, 0, NULL, REG_OPTION_VOLATILE, KEY_SET_VALUE, NULL, &key, NULL) !=
        ERROR_SUCCESS)
        return; /* no administrator yet: then Windows' own property says it */
    (void)RegSetValueExW(key, L"Since", 0, REG_QWORD, (const BYTE *)&now, sizeof now);
    (void)RegCloseKey(key);
}

static bool is_marked(void)
{
    HKEY key;
    ULONGLONG since = 0, now = now_s();
    DWORD size = sizeof since;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, MARK_KEY, 0, KEY_QUERY_VALUE, &key) != ERROR_SUCCESS)
        return false;
    bool read = RegQueryValueExW(key, L"Since", NULL, NULL, (BYTE *)&since, &size) == ERROR_SUCCESS;
    (void)RegCloseKey(key);
    return read && since <= now && now - since < MARK_S;
}

UINT __stdcall look_for_upgrade(MSIHANDLE session)
{
    wchar_t remove[16], older[TEXT_CAP];
    if (get_wide(session, L"REMOVE", remove, 16) && wcscmp(remove, L"ALL") == 0) {
        if (is_marked())
            (void)MsiSetPropertyW(session, L"UPGRADEGOESON", L"1");
    } else if (get_wide(session, L"WIX_UPGRADE_DETECTED", older, TEXT_CAP) && older[0]) {
        write_mark();
    }
    return ERROR_SUCCESS;
}

UINT __stdcall upgrade_is_over(MSIHANDLE session)
{
    (void)session;
    (void)RegDeleteKeyW(HKEY_LOCAL_MACHINE, MARK_KEY);
    return ERROR_SUCCESS;
}

/* ---- a command of the program ---- */

/* What it writes, UTF-8, NUL-terminated; what does not fit is read all the same. */
static void read_all(HANDLE pipe, char *out, size_t cap)
{
    char spare[1024];
    size_t used = 0;
    DWORD n;
    while (ReadFile(pipe, spare, sizeof spare, &n, NULL) && n > 0) {
        size_t fits = n < cap - 1 - used ? n : cap - 1 - used;
        memcpy(out + used, spare, fits);
        used += fits;
    }
    out[used] = '\0';
    text_cut_utf8(out);
}

/* Its exit status; false, with GetLastError(), when it was not started. */
static bool run(wchar_t *line, char *out, size_t cap, DWORD *status)
{
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof inherit, .bInheritHandle = TRUE};
    HANDLE ours, its;
    PROCESS_INFORMATION process;
    *status = 1;
    if (!CreatePipe(&ours, &its, &inherit, 0))
        return false;
    (void)SetHandleInformation(ours, HANDLE_FLAG_INHERIT, 0);
    STARTUPINFOW start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES, .hStdOutput = its, .hStdError = its};
    bool good = CreateProcessW(NULL, line, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &start, &process) != 0;
    DWORD error = GetLastError();
    (void)CloseHandle(its);
    if (good) {
        read_all(ours, out, cap);
        (void)WaitForSingleObject(process.hProcess, RUN_MS);
        (void)GetExitCodeProcess(process.hProcess, status);
        (void)CloseHandle(process.hProcess);
        (void)CloseHandle(process.hThread);
    }
    (void)CloseHandle(ours);
    SetLastError(error);
    return good;
}

/* The command line stands in the action's data. A program that is gone (an antivirus took it) stops no removal. */
UINT __stdcall run_program(MSIHANDLE session)
{
    static wchar_t line[LINE_CAP];
    static char out[OUTPUT_CAP];
    DWORD status;
    if (!get_wide(session, L"CustomActionData", line, LINE_CAP) || !line[0])
        return ERROR_SUCCESS;
    if (!run(line, out, sizeof out, &status)) {
        DWORD error = GetLastError();
        windows_error_text(error, language_of_system(), out, sizeof out);
        log_message(session, INSTALLMESSAGE_INFO, out);
        return error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ? ERROR_SUCCESS : ERROR_INSTALL_FAILURE;
    }
    log_message(session, status == 0 ? INSTALLMESSAGE_INFO : INSTALLMESSAGE_ERROR, out);
    return status == 0 ? ERROR_SUCCESS : ERROR_INSTALL_FAILURE;
}
