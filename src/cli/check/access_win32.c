/* The service's account is not tried here: `service install` has given it its rights. */
#include "base/text.h"
#include "cli/check/check_report.h"
#include "winservice/agents.h"

#include <assert.h>
#include <uv.h>

bool check_may_ask_for(const char *user, struct failure *failure)
{
    return failure_explain(
        failure, ERR_USAGE, "--user \"%s\": no account's rights are tried on Windows, `service install` gives them.",
        "--user «%s»: в Windows права учётных записей не проверяются, их даёт `service install`.", TEXT_SHORT(user));
}

bool check_knows_user(const char *user)
{
    (void)user;
    return false;
}

int check_access(const char *user, const char *path, int mode)
{
    uv_fs_t request;
    (void)user;
    int status = uv_fs_access(NULL, &request, path, mode, NULL);
    uv_fs_req_cleanup(&request);
    return status;
}

unsigned check_agent_files(const char *files[CHECK_AGENTS_MAX])
{
    static struct agent agents[AGENTS_MAX];
    unsigned count = agents_find(agents);
    for (unsigned i = 0; i < count; i++)
        files[i] = agents[i].conf;
    return count;
}

static_assert(AGENTS_MAX <= CHECK_AGENTS_MAX, "each agent has its place");
