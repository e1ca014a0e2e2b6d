#include "winservice/service_wait.h"

#define WAIT_MS 30000  /* for the next check point */
#define LONG_MS 120000 /* for all of it: the minute of a start, and the end of a `serve` that hangs */
#define STEP_MS 100

SERVICE_STATUS service_wait(SC_HANDLE service, DWORD state, DWORD other)
{
    SERVICE_STATUS status = {.dwCurrentState = 0};
    DWORD check_point = 0;
    for (DWORD waited = 0, still = 0; waited < LONG_MS && still < WAIT_MS; waited += STEP_MS, still += STEP_MS) {
        if (!QueryServiceStatus(service, &status) || status.dwCurrentState == state || status.dwCurrentState == other)
            break;
        if (status.dwCheckPoint != check_point)
            still = 0;
        check_point = status.dwCheckPoint;
        Sleep(STEP_MS);
    }
    return status;
}
