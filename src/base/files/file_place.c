#include "base/files/file_place.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LINKS_MAX 40 /* as Linux */

static int stat_of(int (*call)(uv_loop_t *, uv_fs_t *, const char *, uv_fs_cb), const char *path, uv_stat_t *s)
{
    uv_fs_t request;
    int status = call(NULL, &request, path, NULL);
    *s = request.statbuf;
    uv_fs_req_cleanup(&request);
    return status;
}

static bool is_kind(const uv_stat_t *s, unsigned kind)
{
    return (s->st_mode & S_IFMT) == kind;
}

#ifdef S_IFLNK
/* "folder/" of "folder/file"; "" when there is none. */
static size_t folder_length(const char *path)
{
    size_t length = strlen(path);
#ifdef _WIN32
    while (length > 0 && path[length - 1] != '/' && path[length - 1] != '\\')
#else
    while (length > 0 && path[length - 1] != '/')
#endif
        length--;
    return length;
}

#ifdef _WIN32
static int may_follow(const char *path, const uv_stat_t *link)
{
    (void)path, (void)link;
    return 0;
}

static bool is_absolute(const char *path)
{
    return path[0] == '/' || path[0] == '\\' || (path[0] && path[1] == ':');
}
#else
#include <unistd.h>

static int may_follow(const char *path, const uv_stat_t *link)
{
    char folder[FILE_PATH_BYTES];
    uv_stat_t s;
    (void)snprintf(folder, sizeof folder, "%.*s.", (int)folder_length(path), path);
    int status = stat_of(uv_fs_stat, folder, &s);
    if (status != 0)
        return status;
    bool open_to_all = (s.st_mode & S_ISVTX) && (s.st_mode & S_IWOTH);
    return !open_to_all || link->st_uid == geteuid() || link->st_uid == s.st_uid ? 0 : FILE_FOREIGN_LINK;
}

static bool is_absolute(const char *path)
{
    return path[0] == '/';
}
#endif

/* What the link names, as a path from where we are. */
static int target_of(const char *link, char next[FILE_PATH_BYTES])
{
    uv_fs_t request;
    int status = uv_fs_readlink(NULL, &request, link, NULL);
    if (status == 0) {
        const char *target = request.ptr;
        int folder = is_absolute(target) ? 0 : (int)folder_length(link);
        int n = snprintf(next, FILE_PATH_BYTES, "%.*s%s", folder, link, target);
        status = n < 0 || (size_t)n + 2 >= FILE_PATH_BYTES ? UV_ENAMETOOLONG : 0;
    }
    uv_fs_req_cleanup(&request);
    return status;
}

/* Puts what the link at place->path names in its place. */
static int follow(struct file_place *place)
{
    char next[FILE_PATH_BYTES];
    int status = target_of(place->path, next);
    if (status == 0)
        memcpy(place->path, next, sizeof next);
    return status;
}

/* A folder on the way may be such a link as well, or be named by one. What is not there is reported by the call that
 * wants it. */
static int may_pass(const char *path, int links)
{
    for (const char *at = strchr(path, '/'); at; at = strchr(at + 1, '/')) {
        char folder[FILE_PATH_BYTES], next[FILE_PATH_BYTES];
        uv_stat_t s;
        int n = snprintf(folder, sizeof folder, "%.*s", (int)(at - path), path);
        if (n <= 0 || stat_of(uv_fs_lstat, folder, &s) != 0 || !is_kind(&s, S_IFLNK))
            continue;
        int status = links < LINKS_MAX ? may_follow(folder, &s) : UV_ELOOP;
        if (status == 0)
            status = target_of(folder, next);
        if (status == 0) {
            size_t length = strlen(next);
            (void)snprintf(next + length, sizeof next - length, "/");
            status = may_pass(next, links + 1);
        }
        if (status != 0)
            return status;
    }
    return 0;
}
#endif

static int find(struct file_place *place, uv_stat_t *s)
{
    int status = 0;
#ifdef S_IFLNK
    status = may_pass(place->path, 0);
#endif
    if (status == 0)
        status = stat_of(uv_fs_lstat, place->path, s);
#ifdef S_IFLNK
    for (int links = 0; status == 0 && is_kind(s, S_IFLNK); links++) {
        status = links < LINKS_MAX ? may_follow(place->path, s) : UV_ELOOP;
        if (status == 0)
            status = follow(place);
        if (status == 0)
            status = may_pass(place->path, links);
        if (status == 0)
            status = stat_of(uv_fs_lstat, place->path, s);
    }
#endif
    return status;
}

int file_place_find(struct file_place *place, const char *path)
{
    uv_stat_t s;
    *place = (struct file_place){.mode = 0644};
    int n = snprintf(place->path, sizeof place->path, "%s", path);
    if (n < 0 || (size_t)n + 2 >= sizeof place->path)
        return UV_ENAMETOOLONG;
    int status = find(place, &s);
    if (status == UV_ENOENT && stat_of(uv_fs_stat, path, &s) == 0) {
        (void)snprintf(place->path, sizeof place->path, "%s", path);
        place->magic = place->special = place->exists = true;
        return 0;
    }
    if (status != 0)
        return status == UV_ENOENT ? 0 : status;
    place->exists = true;
    place->special = !is_kind(&s, S_IFREG);
    place->mode = (int)(s.st_mode & 0777);
    place->owner = (uv_uid_t)s.st_uid;
    place->group = (uv_gid_t)s.st_gid;
    return 0;
}
