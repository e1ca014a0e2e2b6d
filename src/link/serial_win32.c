/* COM ports of Windows: raw 8N1, exclusive as every COM port is. Overlapped I/O; the system's wait thread wakes the
 * loop when a read or a write is complete. */
#include "link/backend.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

#define OUTPUT_MAX 8192

struct transfer {
    OVERLAPPED overlapped;
    HANDLE event; /* auto-reset */
    HANDLE wait;  /* registered wait on it */
    bool pending;
};

struct serial_link {
    struct link link;
    HANDLE port;
    uv_async_t wake;
    uv_timer_t drain;
    bool has_wake;
    unsigned open_handles;
    struct transfer reading, writing;
    HANDLE read_now; /* event of read_rest */
    char device[128];
    uint8_t input[1024];
    uint8_t output[OUTPUT_MAX];
    size_t waiting;   /* bytes in output */
    size_t in_flight; /* of them, given to the system */
};

static void fail_open(struct serial_link *s, DWORD error)
{
    switch (error) {
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
        link_emit_failed(&s->link, ERR_PORT_BUSY, "%s", s->device);
        return;
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_DEV_NOT_EXIST:
        link_emit_failed(&s->link, ERR_PORT_MISSING, "%s", s->device);
        return;
    default:
        link_emit_failed(&s->link, ERR_SYSTEM, "%s: Windows error %lu", s->device, (unsigned long)error);
    }
}

static void fail_lost(struct serial_link *s)
{
    link_emit_failed(&s->link, ERR_CONNECTION_LOST, "%s: Windows error %lu", s->device, (unsigned long)GetLastError());
}

static bool set_raw(struct serial_link *s, uint32_t baud)
{
    DCB dcb = {.DCBlength = sizeof dcb};
    COMMTIMEOUTS timeouts = {0, 0, 0, 0, 0}; /* a read waits for all of its bytes */
    if (!GetCommState(s->port, &dcb)) {
        link_emit_failed(&s->link, ERR_PORT_SETTINGS, "%s is not a serial port", s->device);
        return false;
    }
    dcb.BaudRate = baud;
    dcb.ByteSize = 8;
    dcb.Parity = NOPARITY;
    dcb.StopBits = ONESTOPBIT;
    dcb.fBinary = TRUE;
    dcb.fParity = FALSE;
    dcb.fOutxCtsFlow = dcb.fOutxDsrFlow = dcb.fDsrSensitivity = FALSE;
    dcb.fOutX = dcb.fInX = dcb.fErrorChar = dcb.fNull = dcb.fAbortOnError = FALSE;
    dcb.fDtrControl = DTR_CONTROL_ENABLE;
    dcb.fRtsControl = RTS_CONTROL_ENABLE;
    if (!SetCommState(s->port, &dcb) || !SetCommTimeouts(s->port, &timeouts)) {
        link_emit_failed(&s->link, ERR_PORT_SETTINGS, "%s, %u baud, 8N1", s->device, (unsigned)baud);
        return false;
    }
    /* What stands in the buffers belongs to somebody else's dialogue. */
    (void)PurgeComm(s->port, PURGE_RXCLEAR | PURGE_TXCLEAR);
    return true;
}

/* In the system's wait thread: only wakes the loop. */
static void CALLBACK completed(PVOID context, BOOLEAN timed_out)
{
    (void)timed_out;
    (void)uv_async_send(context);
}

static bool prepare(struct serial_link *s, struct transfer *t)
{
    t->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    return t->event &&
           RegisterWaitForSingleObject(&t->wait, t->event, completed, &s->wake, INFINITE, WT_EXECUTEINWAITTHREAD);
}

static void restart(struct transfer *t)
{
    memset(&t->overlapped, 0, sizeof t->overlapped);
    t->overlapped.hEvent = t->event;
    t->pending = true;
}

/* Waits for one byte; what has come with it is taken by read_rest. A read of more would wait for the whole of it. */
static void read_more(struct serial_link *s)
{
    restart(&s->reading);
    if (!ReadFile(s->port, s->input, 1, NULL, &s->reading.overlapped) && GetLastError() != ERROR_IO_PENDING) {
        s->reading.pending = false;
        fail_lost(s);
    }
}

static void write_more(struct serial_link *s)
{
    if (s->waiting == 0 || s->writing.pending)
        return;
    restart(&s->writing);
    s->in_flight = s->waiting;
    if (!WriteFile(s->port, s->output, (DWORD)s->in_flight, NULL, &s->writing.overlapped) &&
        GetLastError() != ERROR_IO_PENDING) {
        s->writing.pending = false;
        fail_lost(s);
    }
}

/* Has a transfer ended? *count: its bytes. False: not yet, or failed and told. */
static bool ended(struct serial_link *s, struct transfer *t, DWORD *count)
{
    if (!t->pending || !HasOverlappedIoCompleted(&t->overlapped))
        return false;
    t->pending = false;
    if (GetOverlappedResult(s->port, &t->overlapped, count, FALSE))
        return true;
    if (!s->link.closing)
        fail_lost(s);
    return false;
}

static void finish_write(struct serial_link *s)
{
    DWORD count;
    if (!ended(s, &s->writing, &count))
        return;
    size_t sent = count < s->in_flight ? count : s->in_flight;
    s->waiting -= sent;
    memmove(s->output, s->output + sent, s->waiting);
    write_more(s);
}

/* The bytes that are there already, so this ends at once. */
static DWORD read_rest(struct serial_link *s)
{
    COMSTAT state;
    DWORD errors, count = 0;
    if (!ClearCommError(s->port, &errors, &state) || state.cbInQue == 0)
        return 0;
    OVERLAPPED now = {.hEvent = s->read_now};
    DWORD wanted = state.cbInQue < sizeof s->input - 1 ? state.cbInQue : (DWORD)sizeof s->input - 1;
    if (!ReadFile(s->port, s->input + 1, wanted, NULL, &now) && GetLastError() != ERROR_IO_PENDING)
        return 0;
    return GetOverlappedResult(s->port, &now, &count, TRUE) ? count : 0;
}

static void on_wake(uv_async_t *async)
{
    struct serial_link *s = async->data;
    DWORD count;
    finish_write(s);
    if (!ended(s, &s->reading, &count))
        return;
    if (count > 0)
        link_emit_input(&s->link, s->input, count + read_rest(s));
    if (!s->link.failed && !s->link.closing)
        read_more(s);
}

static void serial_start(struct link *link)
{
    struct serial_link *s = (struct serial_link *)link;
    wchar_t path[160];
    uint32_t baud = link->connect->baud;
    char name[160];
    s->port = INVALID_HANDLE_VALUE;
    (void)snprintf(s->device, sizeof s->device, "%s", link->connect->device);
    (void)uv_timer_init(link->loop, &s->drain);
    s->drain.data = s;
    (void)snprintf(name, sizeof name, "%s%s", s->device[0] == '\\' ? "" : "\\\\.\\", s->device);
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, path, 160) == 0) {
        link_emit_failed(link, ERR_PORT_MISSING, "%s", s->device);
        return;
    }
    s->port = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
    if (s->port == INVALID_HANDLE_VALUE) {
        fail_open(s, GetLastError());
        return;
    }
    if (!set_raw(s, baud))
        return;
    if (uv_async_init(link->loop, &s->wake, on_wake) != 0) {
        link_emit_failed(link, ERR_SYSTEM, "%s: no event", s->device);
        return;
    }
    s->wake.data = s;
    s->has_wake = true;
    s->read_now = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!s->read_now || !prepare(s, &s->reading) || !prepare(s, &s->writing)) {
        link_emit_failed(link, ERR_SYSTEM, "%s: Windows error %lu", s->device, (unsigned long)GetLastError());
        return;
    }
    read_more(s);
    link_emit_opened(link);
}

static void serial_write(struct link *link, const uint8_t *bytes, size_t count)
{
    struct serial_link *s = (struct serial_link *)link;
    /* A port that does not send is found out by the session's deadline. */
    if (count > sizeof s->output - s->waiting)
        return;
    memcpy(s->output + s->waiting, bytes, count);
    s->waiting += count;
    write_more(s);
}

static void release(struct serial_link *s, struct transfer *t)
{
    DWORD count;
    /* First the system's wait: the event wakes one waiter only, and that has to be this one. */
    if (t->wait)
        (void)UnregisterWaitEx(t->wait, INVALID_HANDLE_VALUE);
    if (t->pending)
        (void)GetOverlappedResult(s->port, &t->overlapped, &count, TRUE);
    if (t->event)
        (void)CloseHandle(t->event);
}

static void handle_closed(uv_handle_t *handle)
{
    struct serial_link *s = handle->data;
    if (--s->open_handles == 0)
        link_emit_closed(&s->link);
}

static void close_handles(struct serial_link *s)
{
    if (s->port != INVALID_HANDLE_VALUE) {
        (void)CancelIo(s->port);
        release(s, &s->reading);
        release(s, &s->writing);
        if (s->read_now)
            (void)CloseHandle(s->read_now);
        (void)CloseHandle(s->port);
    }
    s->open_handles = s->has_wake ? 2 : 1;
    uv_close((uv_handle_t *)&s->drain, handle_closed);
    if (s->has_wake)
        uv_close((uv_handle_t *)&s->wake, handle_closed);
}

static void on_drain(uv_timer_t *timer)
{
    struct serial_link *s = timer->data;
    finish_write(s);
    if (s->waiting == 0 || s->link.failed || uv_timer_get_repeat(timer) > LINK_DRAIN_MS) {
        (void)uv_timer_stop(timer);
        close_handles(s);
        return;
    }
    /* The pauses grow, so that their sum is bounded. */
    uv_timer_set_repeat(timer, uv_timer_get_repeat(timer) * 2);
}

static void serial_close(struct link *link)
{
    struct serial_link *s = (struct serial_link *)link;
    finish_write(s);
    if (link->failed || s->waiting == 0)
        close_handles(s);
    else
        (void)uv_timer_start(&s->drain, on_drain, 5, 5);
}

const struct link_backend link_serial = {sizeof(struct serial_link), serial_start, serial_write, serial_close};
