/* The service itself: a child `serve`, from its start to its end, with the event log on start, stop and failure. */
#include "winservice/service.h"

#include <stdio.h>
#include <string.h>

#define STEP_MS 1000  /* between two signs of life for the service manager */
#define STOP_MS 10000 /* then the child is ended by force */
#define LAST_MS 5000  /* for what it said last */

static struct {
    SERVICE_STATUS_HANDLE handle;
    const char *config; /* path */
    HANDLE stop;        /* event: the service manager asks for the end */
    struct service_child child;
} service;

/* `code`: the child's exit status, when it ended by itself. */
static void set_state(DWORD state, DWORD code)
{
    static DWORD check_point;
    bool pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
    check_point = pending ? check_point + 1 : 0;
    SERVICE_STATUS status = {
        .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
        .dwCurrentState = state,
        .dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN : 0,
        .dwWin32ExitCode = code ? ERROR_SERVICE_SPECIFIC_ERROR : NO_ERROR,
        .dwServiceSpecificExitCode = code,
        .dwCheckPoint = check_point,
        .dwWaitHint = pending ? 5 * STEP_MS : 0,
    };
    (void)SetServiceStatus(service.handle, &status);
}

static void write_event(enum service_event event, const wchar_t *text)
{
    HANDLE source = RegisterEventSourceW(NULL, SERVICE_NAME);
    if (!source)
        return;
    WORD type = event == SERVICE_EVENT_FAILED ? EVENTLOG_ERROR_TYPE : EVENTLOG_INFORMATION_TYPE;
    (void)ReportEventW(source, type, 0, (DWORD)event, NULL, 1, 0, &text, NULL);
    (void)DeregisterEventSource(source);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, LPVOID data, LPVOID context)
{
    (void)type, (void)data, (void)context;
    if (control == SERVICE_CONTROL_INTERROGATE)
        return NO_ERROR;
    if (control != SERVICE_CONTROL_STOP && control != SERVICE_CONTROL_SHUTDOWN)
        return ERROR_CALL_NOT_IMPLEMENTED;
    (void)SetEvent(service.stop);
    return NO_ERROR;
}

/* In a thread of its own: the child's lines go into the log until it has ended. */
static DWORD WINAPI keep_output(LPVOID nothing)
{
    char buffer[4096];
    size_t used = 0;
    DWORD n;
    (void)nothing;
    while (ReadFile(service.child.output, buffer + used, (DWORD)(sizeof buffer - used), &n, NULL) && n > 0) {
        used += n;
        char *end;
        while ((end = memchr(buffer, '\n', used)) || used == sizeof buffer) {
            size_t length = end ? (size_t)(end - buffer) + 1 : used;
            service_log_line(buffer, length);
            used -= length;
            memmove(buffer, buffer + length, used);
        }
    }
    if (used > 0)
        service_log_line(buffer, used);
    return 0;
}

/* Waits for the child's readiness; false when it has ended instead. */
static bool wait_until_ready(void)
{
    HANDLE either[] = {service.child.process, service.child.ready};
    DWORD which;
    while ((which = WaitForMultipleObjects(2, either, FALSE, STEP_MS)) == WAIT_TIMEOUT)
        set_state(SERVICE_START_PENDING, 0);
    return which == WAIT_OBJECT_0 + 1;
}

static bool end_child(void)
{
    (void)CloseHandle(service.child.input);
    for (DWORD waited = 0; waited < STOP_MS; waited += STEP_MS) {
        set_state(SERVICE_STOP_PENDING, 0);
        if (WaitForSingleObject(service.child.process, STEP_MS) == WAIT_OBJECT_0)
            return true;
    }
    (void)TerminateProcess(service.child.process, 1);
    (void)WaitForSingleObject(service.child.process, LAST_MS);
    return false;
}

/* From readiness to the end. True when somebody asked for it. */
static bool run_child(bool log)
{
    HANDLE either[] = {service.child.process, service.stop};
    if (!wait_until_ready())
        return false;
    set_state(SERVICE_RUNNING, 0);
    write_event(SERVICE_EVENT_STARTED,
                log ? L"zabbix-atol serve has started." : L"zabbix-atol serve has started, without a log file.");
    if (WaitForMultipleObjects(2, either, FALSE, INFINITE) == WAIT_OBJECT_0)
        return false;
    bool clean = end_child();
    write_event(SERVICE_EVENT_STOPPED,
                clean ? L"zabbix-atol serve has stopped." : L"zabbix-atol serve did not stop in time and was ended.");
    return true;
}

static void WINAPI service_main(DWORD argc, LPWSTR *argv)
{
    DWORD code = 0;
    (void)argc, (void)argv;
    service.handle = RegisterServiceCtrlHandlerExW(SERVICE_NAME, on_control, NULL);
    if (!service.handle)
        return;
    set_state(SERVICE_START_PENDING, 0);
    bool log = service_log_open();
    if (!service_child_start(service.config, &service.child)) {
        write_event(SERVICE_EVENT_FAILED, L"zabbix-atol serve could not be started.");
        set_state(SERVICE_STOPPED, 1);
        return;
    }
    HANDLE thread = CreateThread(NULL, 0, keep_output, NULL, 0, NULL);
    bool asked = run_child(log);
    if (thread)
        (void)WaitForSingleObject(thread, LAST_MS);
    (void)GetExitCodeProcess(service.child.process, &code);
    if (!asked)
        write_event(SERVICE_EVENT_FAILED, L"zabbix-atol serve has ended by itself; its log says why.");
    set_state(SERVICE_STOPPED, asked ? 0 : code ? code : 1);
}

bool service_dispatch(const char *path, struct failure *failure)
{
    wchar_t name[] = SERVICE_NAME;
    SERVICE_TABLE_ENTRYW table[] = {
        {name, service_main},
        {NULL, NULL        }
    };
    service.config = path;
    service.stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    return (service.stop && StartServiceCtrlDispatcherW(table)) || failure_set(failure, ERR_SERVICE_RUN, "service run");
}
