/* The event log: start, stop and failure, with the reason. */
#include "winservice/service.h"

#include <stdio.h>
#include <wchar.h>

#define TEXT_CAP 1200

/* clang-format off */
static const struct {
    WORD type;
    const wchar_t *text[2];
} rows[] = {
    [SERVICE_EVENT_STARTED] = {EVENTLOG_INFORMATION_TYPE,
        {L"zabbix-atol polls the registers. %ls",
         L"zabbix-atol опрашивает кассы. %ls"}},
    [SERVICE_EVENT_STOPPED] = {EVENTLOG_INFORMATION_TYPE,
        {L"zabbix-atol has stopped. %ls",
         L"zabbix-atol остановлен. %ls"}},
    [SERVICE_EVENT_FAILED] = {EVENTLOG_ERROR_TYPE,
        {L"zabbix-atol has failed and is not started again. Correct the reason, then: zabbix-atol service start. %ls",
         L"Сбой zabbix-atol, автоматического перезапуска не будет. Устраните причину, затем: zabbix-atol service start. %ls"}},
    [SERVICE_EVENT_RESTARTED] = {EVENTLOG_WARNING_TYPE,
        {L"zabbix-atol has failed and is started again. %ls",
         L"Сбой zabbix-atol, выполняется перезапуск. %ls"}},
    [SERVICE_EVENT_PROGRAM] = {EVENTLOG_ERROR_TYPE, {L"%ls", L"%ls"}},
};
/* clang-format on */

void service_event_write(enum service_event event, enum lang lang, const char *detail)
{
    wchar_t wide[TEXT_CAP], text[TEXT_CAP + 300];
    const wchar_t *strings[] = {text};
    HANDLE source = RegisterEventSourceW(NULL, SERVICE_NAME);
    if (!source)
        return;
    if (MultiByteToWideChar(CP_UTF8, 0, detail, -1, wide, TEXT_CAP) == 0)
        wide[0] = L'\0';
    (void)_snwprintf(text, sizeof text / sizeof text[0], rows[event].text[lang], wide);
    text[sizeof text / sizeof text[0] - 1] = L'\0';
    (void)ReportEventW(source, rows[event].type, 0, (DWORD)event, NULL, 1, 0, strings, NULL);
    (void)DeregisterEventSource(source);
}
