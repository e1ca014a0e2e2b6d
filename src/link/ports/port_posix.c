#include "base/system_error.h"
#include "link/ports/port.h"

#include "link/ports/holder.h"
#include "link/ports/scan.h"
#include "link/ports/sysfs_posix.h"
#include "link/ports/usb.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

static const struct speed {
    uint32_t baud;
    speed_t code;
} speeds[] = {
    {1200,   B1200  },
    {2400,   B2400  },
    {4800,   B4800  },
    {9600,   B9600  },
    {19200,  B19200 },
    {38400,  B38400 },
    {57600,  B57600 },
    {115200, B115200},
    {230400, B230400},
    {460800, B460800},
    {921600, B921600},
};

static bool fail_busy(struct port *p, const char *holder)
{
    if (holder[0])
        return failure_explain(&p->failure, ERR_PORT_BUSY, "%s is held by %s", "%s держит %s", p->device, holder);
    return failure_set(&p->failure, ERR_PORT_BUSY, "%s", p->device);
}

static void name_user(uid_t uid, char *name, size_t cap)
{
    char buffer[1024];
    struct passwd user, *found = NULL;
    (void)getpwuid_r(uid, &user, buffer, sizeof buffer, &found);
    (void)snprintf(name, cap, "%s", found ? found->pw_name : "?");
}

static void name_group(gid_t gid, char *name, size_t cap)
{
    char buffer[4096];
    struct group group, *found = NULL;
    (void)getgrgid_r(gid, &group, buffer, sizeof buffer, &found);
    (void)snprintf(name, cap, "%s", found ? found->gr_name : "?");
}

static bool fail_rights(struct port *p)
{
    struct stat st;
    char user[64], owner[64], group[64];
    name_user(geteuid(), user, sizeof user);
    if (stat(p->device, &st) != 0)
        return failure_explain(&p->failure, ERR_PORT_RIGHTS, "%s, as the user %s", "%s, пользователь %s", p->device,
                               user);
    name_user(st.st_uid, owner, sizeof owner);
    name_group(st.st_gid, group, sizeof group);
    return failure_explain(&p->failure, ERR_PORT_RIGHTS, "%s, as the user %s (owner %s, group %s, mode %04o)",
                           "%s, пользователь %s (владелец %s, группа %s, права %04o)", p->device, user, owner, group,
                           (unsigned)st.st_mode & 07777U);
}

/* No such device now. It may be that another program (the vendor's driver) has taken the USB interface away from the
 * kernel's driver: then it is not missing but busy. */
static bool fail_missing(struct port *p)
{
    struct usb_register list[USB_REGISTERS_MAX];
    char holder[HOLDER_TEXT_MAX];
    unsigned count = usb_registers(list, USB_REGISTERS_MAX);
    const struct usb_register *behind = usb_behind(list, count, p->device);
    if (behind && usb_holder(behind, holder, sizeof holder))
        return fail_busy(p, holder);
    return failure_set(&p->failure, ERR_PORT_MISSING, "%s", p->device);
}

static bool fail_open(struct port *p, int error)
{
    switch (error) {
    case EBUSY:
        return fail_busy(p, "");
    case EACCES:
        return fail_rights(p);
    case EPERM: /* the rights of the file are there, and a rule above them forbids it */
        return failure_set(&p->failure, ERR_PORT_FORBIDDEN, "%s", p->device);
    case ENOENT:
    case ENXIO:
    case ENODEV:
    case ENOTDIR:
        return fail_missing(p);
    default:
        return failure_system(&p->failure, ERR_SYSTEM, p->device, -error);
    }
}

/* The other port of a register belongs to the OFD's program: names of the kind ttyACM0 swap easily. */
static bool is_exchange_port(struct port *p)
{
    struct scan_port found;
    struct usb_register list[USB_REGISTERS_MAX];
    const char *right = "";
    if (!scan_find(p->device, &found) || found.kind != SCAN_ATOL)
        return true;
    unsigned count = usb_registers(list, USB_REGISTERS_MAX);
    for (unsigned i = 0; i < count; i++)
        if (strcmp(list[i].other, found.device) == 0)
            right = list[i].exchange;
    return failure_explain(&p->failure, ERR_PORT_WRONG, "%s is interface %02d, the exchange port is interface 00%s%s",
                           "%s — интерфейс %02d, порт обмена — интерфейс 00%s%s", p->device, found.interface_number,
                           right[0] ? ", " : "", right);
}

static bool fail_no_port(struct port *p)
{
    return failure_set(&p->failure, ERR_PORT_NONE, "%s", p->device);
}

/* Everybody has /dev/null open: what is known to be no terminal has no holder. */
static bool may_be_port(const char *device)
{
    struct stat st;
    char folder[64], subsystem[32];
    if (stat(device, &st) != 0)
        return true;
    (void)snprintf(folder, sizeof folder, "/sys/dev/char/%u:%u", major(st.st_rdev), minor(st.st_rdev));
    return S_ISCHR(st.st_mode) &&
           (!sysfs_link(folder, "subsystem", subsystem, sizeof subsystem) || strcmp(subsystem, "tty") == 0);
}

/* Exclusive for programs that look at locks (flock, fcntl) and for those that do not (TIOCEXCL). Root is let in by the
 * kernel in spite of TIOCEXCL, so the mark is asked for first. */
static bool lock_port(struct port *p)
{
    char holder[HOLDER_TEXT_MAX] = "";
    int fd = (int)p->handle, marked = 0;
    struct flock record = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool free = flock(fd, LOCK_EX | LOCK_NB) == 0 && (fcntl(fd, F_GETLK, &record) != 0 || record.l_type == F_UNLCK) &&
                (ioctl(fd, TIOCGEXCL, &marked) != 0 || !marked);
    if (!free) {
        if (!holder_of_lock(fd, holder, sizeof holder))
            (void)holder_find(p->device, holder, sizeof holder);
        return fail_busy(p, holder);
    }
    if (ioctl(fd, TIOCEXCL) != 0)
        return failure_system(&p->failure, ERR_PORT_SETTINGS, p->device, -errno);
    p->locked = true;
    return true;
}

static bool set_raw(struct port *p)
{
    struct termios want, have;
    speed_t code = 0;
    int fd = (int)p->handle;
    for (unsigned i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i].baud == p->baud)
            code = speeds[i].code;
    if (tcgetattr(fd, &want) != 0)
        return fail_no_port(p);
    cfmakeraw(&want);
    want.c_iflag &= ~(tcflag_t)(IXOFF | IXANY); /* those it leaves: the port would write XOFF into the dialogue */
    want.c_cflag |= CS8 | CREAD | CLOCAL;
    want.c_cflag &= ~(tcflag_t)(CSTOPB | PARENB | CRTSCTS);
    want.c_cc[VMIN] = 1;
    want.c_cc[VTIME] = 0;
    /* tcsetattr succeeds when it could do any of it, so the result is read back. */
    if (cfsetspeed(&want, code) != 0 || tcsetattr(fd, TCSANOW, &want) != 0 || tcgetattr(fd, &have) != 0 ||
        cfgetospeed(&have) != code || (have.c_cflag & (CSIZE | CSTOPB | PARENB)) != CS8)
        return failure_explain(&p->failure, ERR_PORT_SETTINGS, "%s, %u baud, 8N1", "%s, %u бод, 8N1", p->device,
                               (unsigned)p->baud);
    /* What stands in the buffers belongs to somebody else's dialogue. */
    (void)tcflush(fd, TCIOFLUSH);
    return true;
}

/* Opening alone moves the modem lines, so who holds the port is asked before. */
static bool open_free_port(struct port *p)
{
    char holder[HOLDER_TEXT_MAX];
    if (!may_be_port(p->device))
        return fail_no_port(p);
    if (!is_exchange_port(p))
        return false;
    if (holder_find(p->device, holder, sizeof holder))
        return fail_busy(p, holder);
    int fd = open(p->device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return fail_open(p, errno);
    p->handle = fd;
    if (!isatty(fd))
        return fail_no_port(p);
    return lock_port(p) && set_raw(p);
}

void port_open(void *port)
{
    struct port *p = port;
    p->handle = PORT_NONE;
    failure_clear(&p->failure);
    (void)open_free_port(p);
}

void port_close(void *port)
{
    struct port *p = port;
    int fd = (int)p->handle;
    if (p->handle == PORT_NONE)
        return;
    if (p->locked) {
        /* close waits for bytes that do not go out, where the driver cannot drop them; it is interrupted then. */
        (void)tcflush(fd, TCOFLUSH);
        (void)ioctl(fd, TIOCNXCL);
    }
    p->handle = PORT_NONE;
    (void)close(fd);
}

void port_discard(void *port)
{
    port_close(port);
    free(port);
}
