/*
 * Preloaded into a process, makes its machine unkind as a file that is mapped into memory says from moment to moment:
 * a disk that syncs slowly, one that refuses what is written below a folder, a wall clock that was set. It also counts.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* As in unkindMachine.ts. */
struct wishes {
  volatile int64_t sync_ms;
  volatile int64_t write_errno;
  volatile int64_t clock_ms;
  volatile int64_t kill_at;
  volatile int64_t syncs;
  volatile int64_t syncs_on_event_loop;
  volatile int64_t changes;
};

static struct wishes *wishes;
static const char *folder;

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("LOOM_TEST_UNKIND");
  folder = getenv("LOOM_TEST_UNKIND_FOLDER");
  int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof(struct wishes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped != MAP_FAILED) wishes = mapped;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_ours(int fd) {
  char link[64], path[4096];
  if (!wishes || !folder) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strncmp(path, folder, strlen(folder)) == 0;
}

/* Before what changes a file: answers the error that it shall meet, or 0. */
static int refused(int fd) {
  if (!wishes || (!wishes->write_errno && !wishes->kill_at) || !is_ours(fd)) return 0;
  int64_t change = __sync_add_and_fetch(&wishes->changes, 1);
  if (wishes->kill_at && change >= wishes->kill_at) {
    kill(getpid(), 9);
    pause();
  }
  return (int)wishes->write_errno;
}

#define REFUSE(fd)              \
  do {                          \
    int error = refused(fd);    \
    if (error) {                \
      errno = error;            \
      return -1;                \
    }                           \
  } while (0)

static void before_sync(void) {
  if (!wishes) return;
  __sync_add_and_fetch(&wishes->syncs, 1);
  if (syscall(SYS_gettid) == getpid()) __sync_add_and_fetch(&wishes->syncs_on_event_loop, 1);
  if (wishes->sync_ms) usleep((useconds_t)wishes->sync_ms * 1000);
}

int fsync(int fd) {
  REFUSE(fd);
  before_sync();
  return REAL(fsync)(fd);
}

int fdatasync(int fd) {
  REFUSE(fd);
  before_sync();
  return REAL(fdatasync)(fd);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  REFUSE(fd);
  return REAL(write)(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  REFUSE(fd);
  return REAL(pwrite)(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  REFUSE(fd);
  return REAL(pwrite64)(fd, bytes, count, at);
}

int ftruncate(int fd, off_t length) {
  REFUSE(fd);
  return REAL(ftruncate)(fd, length);
}

int ftruncate64(int fd, off64_t length) {
  REFUSE(fd);
  return REAL(ftruncate64)(fd, length);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int answer = REAL(clock_gettime)(clock, now);
  if (wishes && answer == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += wishes->clock_ms / 1000;
  return answer;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int answer = REAL(gettimeofday)(now, zone);
  if (wishes && answer == 0) now->tv_sec += wishes->clock_ms / 1000;
  return answer;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
