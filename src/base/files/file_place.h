/* What stands at a path that is to be written. Only base/files/file*.c includes this. */
#ifndef BASE_FILES_FILE_PLACE_H
#define BASE_FILES_FILE_PLACE_H

#include <stdbool.h>
#include <uv.h>

#define FILE_PATH_BYTES 4096

/* In place of an error of libuv: a link that another user made in a folder where everybody may make files. */
#define FILE_FOREIGN_LINK 1

struct file_place {
    char path[FILE_PATH_BYTES]; /* links followed */
    bool exists;
    bool special; /* a device or a pipe, which a rename would replace */
    bool magic;   /* a link that names nothing and leads to something all the same: /dev/stdout; `path` is the link */
    int mode;     /* as for chmod; of a new file 0644, less the umask */
    uv_uid_t owner;
    uv_gid_t group;
};

/* Looks. Links in the path and in what they name are followed where Linux with fs.protected_symlinks would, whatever
 * the setting is here: outside a sticky folder that all may write, or when the link is ours or the folder's owner's. 0,
 * an error of libuv (UV_ENAMETOOLONG: nothing is ever cut), or FILE_FOREIGN_LINK. */
int file_place_find(struct file_place *place, const char *path);

#endif
