/* Loaded into a process by LD_PRELOAD: counts its calls to the file system below given paths, writes them down,
 * and makes the Nth of them fail, stop short, or end the process. It also shifts the clock.
 * Nothing happens before shim_arm. */

#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { OPEN = 1, READ = 2, WRITE = 4, SYNC = 8, RENAME = 16, UNLINK = 32, MKDIR = 64, RMDIR = 128,
       CHMOD = 256, TRUNCATE = 512, STAT = 1024, LIST = 2048, LOCK = 4096, CLOSE = 8192 };
enum { COUNT = 0, FAIL = 1, SHORT = 2, END = 3, SIGNAL = 4 };

static char prefixes[8][PATH_MAX];
static int prefix_count, wanted, nth, for_good, action, value, with_data;
static int log_fd = -1;
static atomic_int count, fired;
static atomic_long clock_shift;
static atomic_flag writing = ATOMIC_FLAG_INIT;

/* Before an armed run: `paths` are separated by newlines, `ops` is a mask, `what` one of the actions. */
void shim_arm(const char *paths, int ops, int what, int number, int always, int argument, int log, int data)
{
    prefix_count = 0;
    while (*paths && prefix_count < 8) {
        size_t length = strcspn(paths, "\n");
        memcpy(prefixes[prefix_count], paths, length);
        prefixes[prefix_count++][length] = 0;
        paths += length + (paths[length] == '\n');
    }
    wanted = ops, action = what, nth = number, for_good = always, value = argument, with_data = data;
    log_fd = log;
    count = fired = 0;
}

int shim_fired(void) { return fired; }

void shim_shift_clock(long seconds) { clock_shift = seconds; }

#define REAL(result, name, ...)                                                    \
    static result (*real_##name)(__VA_ARGS__);                                     \
    if (!real_##name) real_##name = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static ssize_t raw_write(int fd, const void *data, size_t size)
{
    REAL(ssize_t, write, int, const void *, size_t);
    return real_write(fd, data, size);
}

static int below(const char *path)
{
    for (int i = 0; i < prefix_count; i++)
        if (!strncmp(path, prefixes[i], strlen(prefixes[i]))) return 1;
    return 0;
}

static int path_of(int fd, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return path[0] == '/';
}

static void absolute(int folder, const char *name, char *path)
{
    if (name[0] == '/') snprintf(path, PATH_MAX, "%s", name);
    else {
        char base[PATH_MAX];
        if (folder == AT_FDCWD) { if (!getcwd(base, sizeof base)) base[0] = 0; }
        else if (!path_of(folder, base)) base[0] = 0;
        snprintf(path, PATH_MAX, "%.2000s/%.2000s", base, name);
    }
}

/* One line of text; the data of a write follows it. Lines of several threads are not mixed. */
static void note(int number, const char *op, int result, uint64_t inode, int64_t offset, size_t size,
                 const void *data, const char *path, const char *other)
{
    if (log_fd < 0) return;
    char line[2 * PATH_MAX + 128];
    int length = snprintf(line, sizeof line, "%d\t%s\t%d\t%llu\t%lld\t%zu\t%s\t%s\n", number, op, result,
                          (unsigned long long)inode, (long long)offset, size, path, other ? other : "");
    while (atomic_flag_test_and_set(&writing)) ;
    raw_write(log_fd, line, (size_t)length);
    if (with_data && data) for (size_t at = 0; at < size;) {
        ssize_t done = raw_write(log_fd, (const char *)data + at, size - at);
        if (done <= 0) break;
        at += (size_t)done;
    }
    atomic_flag_clear(&writing);
}

/* What is to become of a call: COUNT goes on as usual. */
static int met(int op, int *number)
{
    *number = 0;
    if (!(wanted & op)) return COUNT;
    *number = ++count;
    if (!action || (for_good ? *number < nth : *number != nth)) return COUNT;
    if (!fired++) note(*number, "fired", 0, 0, 0, 0, NULL, "", "");
    if (action == SIGNAL) {
        kill(getpid(), value);
        if (value == SIGKILL) for (;;) pause();
        return COUNT;
    }
    if (action == FAIL) errno = value;
    return action;
}

static uint64_t inode_of(int fd)
{
    struct stat found;
    REAL(int, fstat, int, struct stat *);
    int before = errno;
    uint64_t inode = real_fstat(fd, &found) ? 0 : found.st_ino;
    errno = before;
    return inode;
}

static uint64_t inode_at(const char *path)
{
    struct stat found;
    REAL(int, lstat, const char *, struct stat *);
    int before = errno;
    uint64_t inode = real_lstat(path, &found) ? 0 : found.st_ino;
    errno = before;
    return inode;
}

/* Opening */

static int opened(int (*call)(int, const char *, int, mode_t), int folder, const char *name, int flags, mode_t mode)
{
    char path[PATH_MAX];
    if (!prefix_count) return call(folder, name, flags, mode);
    absolute(folder, name, path);
    if (!below(path)) return call(folder, name, flags, mode);
    int number, fate = met(OPEN, &number);
    if (fate == FAIL) return -1;
    int new = (flags & O_CREAT) && !inode_at(path);
    int fd = call(folder, name, flags, mode);
    if (fd >= 0 && new) note(number, "create", fd, inode_of(fd), 0, 0, NULL, path, NULL);
    else if (fd >= 0 && (flags & O_TRUNC)) note(number, "truncate", fd, inode_of(fd), 0, 0, NULL, path, NULL);
    else if (wanted & OPEN) note(number, "open", fd, 0, 0, 0, NULL, path, NULL);
    return fd;
}

static int call_openat(int folder, const char *name, int flags, mode_t mode)
{
    REAL(int, openat, int, const char *, int, ...);
    return real_openat(folder, name, flags, mode);
}

#define MODE(last)                                                    \
    mode_t mode = 0;                                                  \
    if (flags & (O_CREAT | __O_TMPFILE)) {                            \
        va_list more;                                                 \
        va_start(more, last);                                         \
        mode = va_arg(more, mode_t);                                  \
        va_end(more);                                                 \
    }

int open(const char *name, int flags, ...) { MODE(flags) return opened(call_openat, AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags) return opened(call_openat, AT_FDCWD, name, flags, mode); }
int openat(int folder, const char *name, int flags, ...) { MODE(flags) return opened(call_openat, folder, name, flags, mode); }
int openat64(int folder, const char *name, int flags, ...) { MODE(flags) return opened(call_openat, folder, name, flags, mode); }

/* Through a descriptor */

static int ours(int fd, char *path) { return prefix_count && path_of(fd, path) && below(path); }

#define READING(result, name, size, declared, passed)                              \
    result name declared                                                           \
    {                                                                              \
        char path[PATH_MAX];                                                       \
        REAL(result, name, int, void *, size_t, off_t);                            \
        if (!(wanted & READ) || !ours(fd, path)) return real_##name passed;        \
        int number, fate = met(READ, &number);                                     \
        note(number, "read", fd, 0, 0, size, NULL, path, NULL);                    \
        if (fate == FAIL) return -1;                                               \
        if (fate == END) return 0;                                                 \
        if (fate == SHORT && size > 1) size /= 2;                                  \
        return real_##name passed;                                                 \
    }

READING(ssize_t, pread, size, (int fd, void *data, size_t size, off_t offset), (fd, data, size, offset))
READING(ssize_t, pread64, size, (int fd, void *data, size_t size, off_t offset), (fd, data, size, offset))

ssize_t read(int fd, void *data, size_t size)
{
    char path[PATH_MAX];
    REAL(ssize_t, read, int, void *, size_t);
    if (!(wanted & READ) || !ours(fd, path)) return real_read(fd, data, size);
    int number, fate = met(READ, &number);
    note(number, "read", fd, 0, 0, size, NULL, path, NULL);
    if (fate == FAIL) return -1;
    if (fate == END) return 0;
    if (fate == SHORT && size > 1) size /= 2;
    return real_read(fd, data, size);
}

static ssize_t call_write(int fd, const void *data, size_t size, off_t offset)
{
    (void)offset;
    return raw_write(fd, data, size);
}

static ssize_t call_pwrite(int fd, const void *data, size_t size, off_t offset)
{
    REAL(ssize_t, pwrite64, int, const void *, size_t, off_t);
    return real_pwrite64(fd, data, size, offset);
}

static ssize_t written(ssize_t (*call)(int, const void *, size_t, off_t), int fd, const void *data, size_t size, off_t offset)
{
    char path[PATH_MAX];
    if (!(wanted & WRITE) || fd == log_fd || !ours(fd, path)) return call(fd, data, size, offset);
    int number, fate = met(WRITE, &number);
    if (fate == FAIL) return -1;
    if (fate == SHORT && size > 1) size /= 2;
    if (offset < 0) offset = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    ssize_t done = call(fd, data, size, offset);
    if (done >= 0) note(number, "write", fd, inode_of(fd), offset, (size_t)done, data, path, NULL);
    return done;
}

ssize_t write(int fd, const void *data, size_t size) { return written(call_write, fd, data, size, -1); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return written(call_pwrite, fd, data, size, offset); }
ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset) { return written(call_pwrite, fd, data, size, offset); }

/* A flush is counted and noted, but not done: no test cuts the power, and a disk takes milliseconds for each. */
static int flushed(int fd)
{
    char path[PATH_MAX];
    if (!(wanted & SYNC) || !ours(fd, path)) return 0;
    int number, fate = met(SYNC, &number);
    if (fate == FAIL) return -1;
    note(number, "fsync", fd, inode_of(fd), 0, 0, NULL, path, NULL);
    return 0;
}

int fsync(int fd) { return flushed(fd); }
int fdatasync(int fd) { return flushed(fd); }

#define ON_DESCRIPTOR(name, op, word, declared, types, passed, offset)             \
    int name declared                                                              \
    {                                                                              \
        char path[PATH_MAX];                                                       \
        REAL(int, name, types);                                                    \
        if (!(wanted & op) || !ours(fd, path)) return real_##name passed;          \
        int number, fate = met(op, &number);                                       \
        if (fate == FAIL) return -1;                                               \
        uint64_t inode = inode_of(fd);                                             \
        int done = real_##name passed;                                             \
        if (!done) note(number, word, fd, inode, offset, 0, NULL, path, NULL);     \
        return done;                                                               \
    }

#define TYPES(...) __VA_ARGS__
ON_DESCRIPTOR(ftruncate, TRUNCATE, "truncate", (int fd, off_t size), TYPES(int, off_t), (fd, size), size)
ON_DESCRIPTOR(ftruncate64, TRUNCATE, "truncate", (int fd, off_t size), TYPES(int, off_t), (fd, size), size)
ON_DESCRIPTOR(fchmod, CHMOD, "chmod", (int fd, mode_t mode), TYPES(int, mode_t), (fd, mode), 0)
ON_DESCRIPTOR(flock, LOCK, "lock", (int fd, int how), TYPES(int, int), (fd, how), 0)

/* By name */

#define ON_NAME(name, op, word, declared, types, passed, folder)                   \
    int name declared                                                              \
    {                                                                              \
        char path[PATH_MAX];                                                       \
        REAL(int, name, types);                                                    \
        if (!(wanted & op)) return real_##name passed;                             \
        absolute(folder, at, path);                                                \
        if (!below(path)) return real_##name passed;                               \
        int number, fate = met(op, &number);                                       \
        if (fate == FAIL) return -1;                                               \
        uint64_t inode = inode_at(path);                                           \
        int done = real_##name passed;                                             \
        if (!done) note(number, word, 0, inode, 0, 0, NULL, path, NULL);           \
        return done;                                                               \
    }

ON_NAME(unlink, UNLINK, "unlink", (const char *at), const char *, (at), AT_FDCWD)
ON_NAME(unlinkat, UNLINK, "unlink", (int dir, const char *at, int flags), TYPES(int, const char *, int), (dir, at, flags), dir)
ON_NAME(mkdir, MKDIR, "mkdir", (const char *at, mode_t mode), TYPES(const char *, mode_t), (at, mode), AT_FDCWD)
ON_NAME(mkdirat, MKDIR, "mkdir", (int dir, const char *at, mode_t mode), TYPES(int, const char *, mode_t), (dir, at, mode), dir)
ON_NAME(rmdir, RMDIR, "rmdir", (const char *at), const char *, (at), AT_FDCWD)
ON_NAME(chmod, CHMOD, "chmod", (const char *at, mode_t mode), TYPES(const char *, mode_t), (at, mode), AT_FDCWD)
ON_NAME(fchmodat, CHMOD, "chmod", (int dir, const char *at, mode_t mode, int flags), TYPES(int, const char *, mode_t, int), (dir, at, mode, flags), dir)
ON_NAME(truncate, TRUNCATE, "truncate", (const char *at, off_t size), TYPES(const char *, off_t), (at, size), AT_FDCWD)

typedef struct stat Stat;
ON_NAME(stat, STAT, "stat", (const char *at, Stat *found), TYPES(const char *, Stat *), (at, found), AT_FDCWD)
ON_NAME(lstat, STAT, "stat", (const char *at, Stat *found), TYPES(const char *, Stat *), (at, found), AT_FDCWD)
ON_NAME(fstatat, STAT, "stat", (int dir, const char *at, Stat *found, int flags), TYPES(int, const char *, Stat *, int), (dir, at, found, flags), dir)
#define stat64 stat
typedef struct stat Stat64;
#undef stat64
int stat64(const char *at, struct stat64 *found) { return stat(at, (Stat *)found); }
int lstat64(const char *at, struct stat64 *found) { return lstat(at, (Stat *)found); }
int fstatat64(int dir, const char *at, struct stat64 *found, int flags) { return fstatat(dir, at, (Stat *)found, flags); }

static int renamed(int (*call)(int, const char *, int, const char *), int a, const char *from, int b, const char *to)
{
    char path[PATH_MAX], other[PATH_MAX];
    if (!(wanted & RENAME)) return call(a, from, b, to);
    absolute(a, from, path);
    absolute(b, to, other);
    if (!below(path) && !below(other)) return call(a, from, b, to);
    int number, fate = met(RENAME, &number);
    if (fate == FAIL) return -1;
    uint64_t inode = inode_at(path);
    int done = call(a, from, b, to);
    if (!done) note(number, "rename", 0, inode, 0, 0, NULL, path, other);
    return done;
}

static int call_renameat(int a, const char *from, int b, const char *to)
{
    REAL(int, renameat, int, const char *, int, const char *);
    return real_renameat(a, from, b, to);
}

int rename(const char *from, const char *to) { return renamed(call_renameat, AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int a, const char *from, int b, const char *to) { return renamed(call_renameat, a, from, b, to); }

DIR *opendir(const char *at)
{
    char path[PATH_MAX];
    REAL(DIR *, opendir, const char *);
    if (!(wanted & LIST)) return real_opendir(at);
    absolute(AT_FDCWD, at, path);
    if (!below(path)) return real_opendir(at);
    int number, fate = met(LIST, &number);
    note(number, "list", 0, 0, 0, 0, NULL, path, NULL);
    return fate == FAIL ? NULL : real_opendir(at);
}

static int ours_listed(DIR *folder, char *path) { return (wanted & LIST) && ours(dirfd(folder), path); }

#define READDIR(result, name)                                                      \
    result *name(DIR *folder)                                                      \
    {                                                                              \
        char path[PATH_MAX];                                                       \
        REAL(result *, name, DIR *);                                               \
        if (!ours_listed(folder, path)) return real_##name(folder);                \
        int number, before = errno, fate = met(LIST, &number);                     \
        note(number, "readdir", 0, 0, 0, 0, NULL, path, NULL);                     \
        if (fate == FAIL) { errno = value; return NULL; }                          \
        errno = before;                                                            \
        return real_##name(folder);                                                \
    }
READDIR(struct dirent, readdir)
READDIR(struct dirent64, readdir64)

/* The clock of the day; what only measures is left alone. */

int clock_gettime(clockid_t which, struct timespec *now)
{
    REAL(int, clock_gettime, clockid_t, struct timespec *);
    int done = real_clock_gettime(which, now);
    if (!done && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += clock_shift;
    return done;
}

time_t time(time_t *stored)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (stored) *stored = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec found;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec, now->tv_usec = found.tv_nsec / 1000;
    return 0;
}
