/* The service itself: a child `serve`, watched from its start to its end and started again after a failure. */
#include "base/exit_status.h"
#include "base/system_error.h"
#include "winservice/service.h"

#include <stdio.h>
#include <string.h>

#define STEP_MS     1000   /* between two check points for the service manager */
#define START_MS    60000  /* `serve` has to poll by then; at the first start all tries together */
#define WATCHDOG_MS 30000  /* a `serve` without a watchdog signal for so long is ended */
#define STOP_MS     10000  /* then the child is ended by force */
#define LAST_MS     5000   /* for its last output */
#define CALM_MS     600000 /* a `serve` that ran for so long counts as recovered: the pauses begin anew */
#define START_TRIES 3      /* before it has polled once */

/* Before it is started again, ms: the last stays. */
static const DWORD pauses[] = {1000, 5000, 30000, 60000, 300000};

enum outcome { OUTCOME_READY, OUTCOME_ASKED, OUTCOME_ENDED, OUTCOME_SLOW, OUTCOME_HUNG };

static struct {
    SERVICE_STATUS_HANDLE handle;
    const char *config; /* path */
    enum lang lang;
    HANDLE stop, reload; /* events: the service manager asks */
    DWORD state;
    bool has_polled;    /* once, ever */
    ULONGLONG start_by; /* GetTickCount64(): the first poll has to come by then, else the service stops */
    struct service_child child;
    HANDLE reader;        /* thread: copy_child_output */
    char last_error[700]; /* of the child's messages, without its prefix */
} service;

/* `code`: the child's exit status, when it ended by itself. */
static void set_state(DWORD state, DWORD code)
{
    static DWORD check_point;
    bool pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
    check_point = pending ? check_point + 1 : 0;
    service.state = state;
    SERVICE_STATUS status = {
        .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
        .dwCurrentState = state,
        .dwControlsAccepted =
            state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE : 0,
        .dwWin32ExitCode = code ? ERROR_SERVICE_SPECIFIC_ERROR : NO_ERROR,
        .dwServiceSpecificExitCode = code,
        .dwCheckPoint = check_point,
        .dwWaitHint = pending ? 5 * STEP_MS : 0,
    };
    (void)SetServiceStatus(service.handle, &status);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, LPVOID data, LPVOID context)
{
    (void)type, (void)data, (void)context;
    switch (control) {
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
        (void)SetEvent(service.stop);
        return NO_ERROR;
    case SERVICE_CONTROL_PARAMCHANGE:
        (void)SetEvent(service.reload);
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

/* The wrapper's own words, in the log beside the child's. */
static void log_warning(const char *text)
{
    char line[900];
    int n = snprintf(line, sizeof line, "warning service: %s\n", text);
    if (n > 0)
        service_log_line(line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/* The last error of the child is the reason when it ends: "error config: FILE:2: unknown key", and what it printed as a
 * command, before it knew that it serves: "zabbix-atol: error: FILE:2: unknown key". */
static void remember_error(const char *line, size_t length)
{
    static const char *const marks[] = {"error ", "zabbix-atol: error"};
    for (unsigned i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t mark = strlen(marks[i]);
        if (length <= mark || memcmp(line, marks[i], mark) != 0)
            continue;
        const char *colon = memchr(line + mark, ':', length - mark);
        const char *message = colon ? colon + 1 : line + mark;
        (void)snprintf(service.last_error, sizeof service.last_error, "%.*s", (int)(length - (size_t)(message - line)),
                       message);
        service.last_error[strcspn(service.last_error, "\r\n")] = '\0';
    }
}

static void log_child_line(const char *line, size_t length)
{
    service_log_line(line, length);
    remember_error(line, length);
}

/* In a thread of its own: the child's lines go into the log until it has ended. */
static DWORD WINAPI copy_child_output(LPVOID nothing)
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
            log_child_line(buffer, length);
            used -= length;
            memmove(buffer, buffer + length, used);
        }
    }
    if (used > 0)
        log_child_line(buffer, used);
    return 0;
}

/* Waits until it polls. */
static enum outcome wait_until_ready(void)
{
    static const enum outcome outcomes[] = {OUTCOME_ENDED, OUTCOME_READY, OUTCOME_ASKED};
    HANDLE any[] = {service.child.process, service.child.ready, service.stop};
    ULONGLONG limit = service.has_polled ? GetTickCount64() + START_MS : service.start_by;
    while (GetTickCount64() < limit) {
        DWORD which = WaitForMultipleObjects(3, any, FALSE, STEP_MS);
        if (which < WAIT_OBJECT_0 + 3)
            return outcomes[which - WAIT_OBJECT_0];
        if (service.state == SERVICE_START_PENDING)
            set_state(SERVICE_START_PENDING, 0);
    }
    return OUTCOME_SLOW;
}

static void request_reload(void)
{
    static const char command[] = "reload\n";
    DWORD written;
    (void)WriteFile(service.child.input, command, sizeof command - 1, &written, NULL);
}

/* From its readiness to the end. */
static enum outcome monitor_child(void)
{
    HANDLE any[] = {service.child.process, service.stop, service.reload, service.child.watchdog};
    for (;;) {
        switch (WaitForMultipleObjects(4, any, FALSE, WATCHDOG_MS)) {
        case WAIT_OBJECT_0:
            return OUTCOME_ENDED;
        case WAIT_OBJECT_0 + 1:
            return OUTCOME_ASKED;
        case WAIT_OBJECT_0 + 2:
            request_reload();
            break;
        case WAIT_TIMEOUT:
            return OUTCOME_HUNG;
        default:
            break;
        }
    }
}

/* Waits for it, with check points while the service starts or stops: without them it counts as one that hangs. */
static bool await(HANDLE handle, DWORD ms)
{
    for (DWORD waited = 0; waited < ms; waited += STEP_MS) {
        if (service.state == SERVICE_START_PENDING || service.state == SERVICE_STOP_PENDING)
            set_state(service.state, 0);
        if (WaitForSingleObject(handle, STEP_MS) == WAIT_OBJECT_0)
            return true;
    }
    return false;
}

/* Lets the child end in order; by force when it takes too long. */
static bool end_child(void)
{
    (void)CloseHandle(service.child.input);
    service.child.input = NULL;
    set_state(SERVICE_STOP_PENDING, 0);
    return await(service.child.process, STOP_MS);
}

static DWORD reap_child(void)
{
    DWORD code = 1;
    (void)TerminateProcess(service.child.process, 1);
    (void)await(service.child.process, LAST_MS);
    (void)GetExitCodeProcess(service.child.process, &code);
    /* The driver's worker may outlive it for a moment and holds the pipe. */
    if (service.reader && !await(service.reader, LAST_MS))
        (void)CancelSynchronousIo(service.reader);
    if (service.reader) {
        (void)await(service.reader, LAST_MS);
        (void)CloseHandle(service.reader);
    }
    service.reader = NULL;
    service_child_close(&service.child);
    return code;
}

/* One child, from its start to its end; *code: its exit status. */
static enum outcome run_child(DWORD *code)
{
    service.last_error[0] = '\0';
    *code = 1;
    if (!service_child_start(service.config, WATCHDOG_MS, &service.child)) {
        windows_error_text(GetLastError(), service.lang, service.last_error, sizeof service.last_error);
        return OUTCOME_ENDED;
    }
    service.reader = CreateThread(NULL, 0, copy_child_output, NULL, 0, NULL);
    enum outcome outcome = wait_until_ready();
    if (outcome == OUTCOME_READY) {
        if (service.state != SERVICE_RUNNING)
            set_state(SERVICE_RUNNING, 0);
        if (!service.has_polled)
            service_event_write(SERVICE_EVENT_STARTED, service.lang, "");
        service.has_polled = true;
        outcome = monitor_child();
    }
    if (outcome == OUTCOME_ASKED && !end_child())
        log_warning("`serve` has not stopped in time and is ended");
    *code = reap_child();
    return outcome;
}

/* Why the child does not run any more, for the event. */
static void format_reason(enum outcome outcome, DWORD code, char *text, size_t cap)
{
    static const char *const words[][2] = {
        [OUTCOME_ENDED] = {"`serve` has ended, exit status",           "`serve` завершился, код"                   },
        [OUTCOME_SLOW] = {"`serve` has not polled for 60 seconds",    "`serve` за 60 секунд не начал опрос"},
        [OUTCOME_HUNG] = {"`serve` has not responded for 30 seconds", "`serve` не отвечает 30 секунд"          },
    };
    char path[1024], status[16] = "";
    bool log = service_log_path(path, sizeof path);
    if (outcome == OUTCOME_ENDED) /* else it is the one that TerminateProcess gave it */
        (void)snprintf(status, sizeof status, " %lu", (unsigned long)code);
    (void)snprintf(text, cap, "%s%s. %s%s%s%s", words[outcome][service.lang], status, service.last_error,
                   service.last_error[0] ? " " : "", service.lang == LANG_RU ? "Журнал: " : "Log: ", log ? path : "?");
}

/* A wrong configuration is not tried again: only a person can mend it. */
static bool is_final(enum outcome outcome, DWORD code, unsigned failures)
{
    bool start_is_over = failures >= START_TRIES || GetTickCount64() >= service.start_by;
    return (outcome == OUTCOME_ENDED && code == EXIT_USAGE) || (!service.has_polled && start_is_over);
}

/* False when the end is asked for meanwhile. */
static bool pause_for(DWORD ms)
{
    return !await(service.stop, ms);
}

/* Until the end is asked for (0), or makes no more sense (the child's exit status). */
static DWORD supervise(void)
{
    const unsigned last_pause = sizeof pauses / sizeof pauses[0] - 1;
    service.start_by = GetTickCount64() + START_MS;
    for (unsigned failures = 0;;) {
        char reason[2048];
        DWORD code;
        ULONGLONG began = GetTickCount64();
        enum outcome outcome = run_child(&code);
        if (outcome == OUTCOME_ASKED)
            return 0;
        failures = GetTickCount64() - began > CALM_MS ? 1 : failures + 1;
        format_reason(outcome, code, reason, sizeof reason);
        log_warning(reason);
        bool final = is_final(outcome, code, failures);
        service_event_write(final ? SERVICE_EVENT_FAILED : SERVICE_EVENT_RESTARTED, service.lang, reason);
        if (final)
            return code ? code : 1;
        if (!pause_for(pauses[failures - 1 < last_pause ? failures - 1 : last_pause]))
            return 0;
    }
}

static void WINAPI service_main(DWORD argc, LPWSTR *argv)
{
    (void)argc, (void)argv;
    service.handle = RegisterServiceCtrlHandlerExW(SERVICE_NAME, on_control, NULL);
    if (!service.handle)
        return;
    set_state(SERVICE_START_PENDING, 0);
    (void)service_log_open();
    DWORD code = supervise();
    if (code == 0)
        service_event_write(SERVICE_EVENT_STOPPED, service.lang, "");
    set_state(SERVICE_STOPPED, code);
}

bool service_dispatch(const char *path, enum lang lang, struct failure *failure)
{
    wchar_t name[] = SERVICE_NAME;
    SERVICE_TABLE_ENTRYW table[] = {
        {name, service_main},
        {NULL, NULL        }
    };
    service.config = path;
    service.lang = lang;
    service.stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    service.reload = CreateEventW(NULL, FALSE, FALSE, NULL);
    return (service.stop && service.reload && StartServiceCtrlDispatcherW(table)) ||
           failure_set(failure, ERR_SERVICE_RUN, "service run");
}
