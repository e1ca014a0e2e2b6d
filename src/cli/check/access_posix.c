/* A child takes the user's identity and tries: groups, ACLs and all. */
#include "cli/check/check_report.h"

#include "base/text.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

bool check_may_ask_for(const char *user, struct failure *failure)
{
    const struct passwd *row = getpwnam(user);
    if (!row)
        return failure_explain(failure, ERR_USAGE, "--user \"%s\": there is no such user on this computer.",
                               "--user «%s»: такого пользователя на этом компьютере нет.", TEXT_SHORT(user));
    return geteuid() == 0 || row->pw_uid == geteuid() ||
           failure_explain(failure, ERR_USAGE, "--user \"%s\": only root can try another user's rights, with sudo.",
                           "--user «%s»: права другого пользователя может проверить только root, через sudo.",
                           TEXT_SHORT(user));
}

bool check_knows_user(const char *user)
{
    return geteuid() == 0 && getpwnam(user) != NULL;
}

static int try_here(const char *path, int mode)
{
    return access(path, mode) == 0 ? 0 : errno;
}

int check_access(const char *user, const char *path, int mode)
{
    const struct passwd *row = geteuid() == 0 ? getpwnam(user) : NULL;
    int status;
    if (!row)
        return uv_translate_sys_error(try_here(path, mode));
    pid_t child = fork();
    if (child == 0) {
        if (initgroups(user, row->pw_gid) != 0 || setgid(row->pw_gid) != 0 || setuid(row->pw_uid) != 0)
            _exit(EPERM);
        _exit(try_here(path, mode) & 0xFF);
    }
    if (child < 0)
        return uv_translate_sys_error(errno);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return uv_translate_sys_error(errno);
    return WIFEXITED(status) ? uv_translate_sys_error(WEXITSTATUS(status)) : UV_EIO;
}

unsigned check_agent_files(const char *files[CHECK_AGENTS_MAX])
{
    static const char *const usual[] = {"/etc/zabbix/zabbix_agentd.conf", "/etc/zabbix/zabbix_agent2.conf"};
    unsigned count = 0;
    for (unsigned i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (access(usual[i], F_OK) == 0)
            files[count++] = usual[i];
    return count;
}
