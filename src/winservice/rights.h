/* Who may write where, on Windows: the question before anything is run or read with the rights of a service, and the
 * rights of our own folders. Nothing here follows a link, and rights are given by handle only. */
#ifndef WINSERVICE_RIGHTS_H
#define WINSERVICE_RIGHTS_H

#include "base/error.h"

#include <stdbool.h>

/* The SID of NT SERVICE\zabbix-atol: S-1-5-80 and the SHA-1 of the name in capitals, UTF-16. The same on every computer
 * and known before the service is installed. */
#define SERVICE_SID L"S-1-5-80-2901238352-2013254969-2521221754-915143501-2132201111"

/* What a folder of ours is for. */
enum rights_kind {
    RIGHTS_SETTINGS, /* administrators change it, the service and the users read it */
    RIGHTS_DATA,     /* the service changes it as well: state, spool, log */
};

/* May only administrators (and, with RIGHTS_DATA, the service) change the file or the folder, or put another in its
 * place, or another file beside it (a library, an included file)? False with ERR_RIGHTS_OPEN (the object and the
 * account that may, or its owner), ERR_RIGHTS_LINK, ERR_SYSTEM. `path`: UTF-8, whole. */
bool rights_closed(const char *path, enum rights_kind kind, struct failure *failure);

/* Makes a folder with the rights of its kind. One that stands there already is looked at first, with all that is in it:
 * false as rights_closed says when others than those of the kind could have written into it, or something in it has a
 * second name or leads elsewhere; else it and its content get the rights of its kind. */
bool rights_make_folder(const char *path, enum rights_kind kind, struct failure *failure);

/* Makes a folder when it is missing; one that stands there keeps its rights, and is refused when others than those of
 * the kind may change it. */
bool rights_use_folder(const char *path, enum rights_kind kind, struct failure *failure);

#endif
