#include "cli/program.h"
#include "base/system_error.h"

#include <uv.h>

static int spawn(char **program)
{
    uv_loop_t loop;
    uv_process_t process;
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_IGNORE}};
    uv_process_options_t options = {
        .file = program[0], .args = program, .flags = UV_PROCESS_DETACHED, .stdio = stdio, .stdio_count = 3};
    int status = uv_loop_init(&loop);
    if (status != 0)
        return status;
    program_prepare();
    status = uv_spawn(&loop, &process, &options);
    if (status == 0)
        uv_unref((uv_handle_t *)&process);
    uv_close((uv_handle_t *)&process, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
    return status;
}

bool program_start(char **program, struct failure *failure)
{
    int status = spawn(program);
    if (status == 0)
        return true;
    failure_system(failure, ERR_PROGRAM_START, program[0], status);
    return program_start_by_shell(program, failure);
}
