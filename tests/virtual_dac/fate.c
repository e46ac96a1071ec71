/* fate: what may befall a machine, for tests, between a program and its C library (LD_PRELOAD).
 *
 *   FATE_DISK=FOLDER   while FOLDER.full exists, what is below FOLDER takes no more bytes and no
 *                      new names: ENOSPC. Reading and removing go on.
 *   FATE_CLOCK=FILE    CLOCK_REALTIME is off by as many nanoseconds as FILE holds (a native
 *                      64 bit integer); a test may change it while the program runs.
 *
 * Whoever asks the kernel itself is told the truth.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define THE_REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const char *disk;
static char flag[PATH_MAX];
static volatile const int64_t *offset;

__attribute__((constructor)) static void begin(void)
{
    disk = getenv("FATE_DISK");
    if (disk)
        snprintf(flag, sizeof flag, "%s.full", disk);
    const char *clock = getenv("FATE_CLOCK");
    int file = clock ? open(clock, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *found = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    offset = found == MAP_FAILED ? NULL : found;
}

/* The disk. */

static bool on_the_full_disk(const char *path)
{
    size_t length = disk ? strlen(disk) : 0;
    return disk && !strncmp(path, disk, length) && path[length] == '/' && !access(flag, F_OK);
}

static bool refused(int file)
{
    char link[40], path[PATH_MAX];
    if (!disk || access(flag, F_OK))
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    return on_the_full_disk(path);
}

static bool is_new(const char *path) { return on_the_full_disk(path) && access(path, F_OK); }

static int no_space(void)
{
    errno = ENOSPC;
    return -1;
}

#define OPEN(name)                                                  \
    int name(const char *path, int flags, ...)                      \
    {                                                               \
        va_list rest;                                               \
        va_start(rest, flags);                                      \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;   \
        va_end(rest);                                               \
        if (flags & O_CREAT && is_new(path))                        \
            return no_space();                                      \
        return THE_REAL(name)(path, flags, mode);                   \
    }
OPEN(open)
OPEN(open64)

#define WRITE(result, name, parameters, ...)                        \
    result name parameters                                          \
    {                                                               \
        return refused(file) ? no_space() : THE_REAL(name)(__VA_ARGS__); \
    }
WRITE(ssize_t, write, (int file, const void *from, size_t size), file, from, size)
WRITE(ssize_t, pwrite, (int file, const void *from, size_t size, off_t at), file, from, size, at)
WRITE(ssize_t, pwrite64, (int file, const void *from, size_t size, off64_t at), file, from, size, at)
WRITE(int, ftruncate, (int file, off_t size), file, size)
WRITE(int, ftruncate64, (int file, off64_t size), file, size)
WRITE(int, fallocate, (int file, int mode, off_t at, off_t size), file, mode, at, size)
WRITE(int, fallocate64, (int file, int mode, off64_t at, off64_t size), file, mode, at, size)

int rename(const char *from, const char *to)
{
    return is_new(to) ? no_space() : THE_REAL(rename)(from, to);
}

int mkdir(const char *path, mode_t mode)
{
    return is_new(path) ? no_space() : THE_REAL(mkdir)(path, mode);
}

/* The clock. */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (failed || !offset || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
        return failed;
    int64_t shown = *offset + now->tv_nsec + 1000000000 * (int64_t)now->tv_sec;
    now->tv_sec = shown / 1000000000;
    now->tv_nsec = shown % 1000000000;
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec found;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now)
        *now = found.tv_sec;
    return found.tv_sec;
}
