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

/* Puts what the link at place->path names in its place. */
static int follow(struct file_place *place)
{
    uv_fs_t request;
    char next[FILE_PATH_BYTES];
    int status = uv_fs_readlink(NULL, &request, place->path, NULL);
    if (status == 0) {
        const char *target = request.ptr;
        int folder = is_absolute(target) ? 0 : (int)folder_length(place->path);
        int n = snprintf(next, sizeof next, "%.*s%s", folder, place->path, target);
        status = n < 0 || (size_t)n + 2 >= sizeof next ? UV_ENAMETOOLONG : 0;
    }
    uv_fs_req_cleanup(&request);
    if (status == 0)
        memcpy(place->path, next, sizeof next);
    return status;
}
#endif

static int find(struct file_place *place, uv_stat_t *s)
{
    int status = stat_of(uv_fs_lstat, place->path, s);
#ifdef S_IFLNK
    for (int links = 0; status == 0 && is_kind(s, S_IFLNK); links++) {
        status = links < LINKS_MAX ? may_follow(place->path, s) : UV_ELOOP;
        if (status == 0)
            status = follow(place);
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
    if (status != 0)
        return status == UV_ENOENT ? 0 : status;
    place->exists = true;
    place->special = !is_kind(&s, S_IFREG);
    place->mode = (int)(s.st_mode & 0777);
    place->owner = (uv_uid_t)s.st_uid;
    place->group = (uv_gid_t)s.st_gid;
    return 0;
}
