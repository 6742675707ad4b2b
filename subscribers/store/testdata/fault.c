/* A bad disk for tests, by LD_PRELOAD: it stands between SQLite and the files
 * whose path holds $FAULT_NAME. Nothing is really synced: what reaches the disk
 * is decided here, and waiting for the real one would only cost time.
 *
 * $FAULT_CONTROL names a file of five 64-bit numbers, shared with the test:
 *   [0] calls counted so far   [1] the call that fails, 0 for none
 *   [2] 1: so do all after it  [3] the errno
 *   [4] calls that have failed
 *
 * $FAULT_SHADOW names a folder of copies that get only what was synced: what a
 * power cut leaves of the database and its WAL, at least. Beside each lies
 * NAME.unsynced with the writes since the last sync, any of which the cut may
 * leave too: where each begins and how long it is, in 64 bits, then its bytes.
 *
 * $FAULT_SYNC_MS is how long a sync takes, in milliseconds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile long long *control;
static const char *name, *shadow;
static long sync_ms;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What has been written since the last sync: 0 the database, 1 the WAL. */
static struct { off_t low, high; int unsynced; } dirty[2];

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);

__attribute__((constructor)) static void start(void) {
	real_write = dlsym(RTLD_NEXT, "write");
	real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
	real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
	name = getenv("FAULT_NAME");
	shadow = getenv("FAULT_SHADOW");
	if (getenv("FAULT_SYNC_MS")) sync_ms = atol(getenv("FAULT_SYNC_MS"));
	const char *path = getenv("FAULT_CONTROL");
	if (!path) return;
	int fd = open(path, O_RDWR);
	void *at = fd < 0 ? MAP_FAILED : mmap(0, 40, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) abort();
	control = at;
	close(fd);
}

/* The file's name from $FAULT_NAME on, or NULL for one that is not watched. */
static const char *watched(int fd, char *path, size_t size) {
	char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = name ? readlink(link, path, size - 1) : -1;
	if (n < 0) return NULL;
	path[n] = 0;
	const char *slash = strrchr(path, '/');
	return slash ? strstr(slash, name) : NULL;
}

static int fails(int fd) {
	char path[4096];
	if (!control || !watched(fd, path, sizeof path)) return 0;
	long long n = __sync_add_and_fetch(&control[0], 1), at = control[1];
	if (at == 0 || n < at || (n > at && !control[2])) return 0;
	__sync_add_and_fetch(&control[4], 1);
	errno = control[3];
	return 1;
}

static int kind(const char *file) {
	const char *end = file ? file + strlen(name) : "?";
	return *end == 0 ? 0 : strcmp(end, "-wal") == 0 ? 1 : -1;
}

static void written(int fd, const void *b, off_t at, ssize_t n) {
	char path[4096], copy[4096];
	const char *file = shadow && n > 0 ? watched(fd, path, sizeof path) : NULL;
	int k = kind(file);
	if (k < 0) return;
	pthread_mutex_lock(&lock);
	if (!dirty[k].unsynced) {
		snprintf(copy, sizeof copy, "%s/%s.unsynced", shadow, file);
		dirty[k].unsynced = open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	}
	long long where[2] = {at, n};
	if (real_write(dirty[k].unsynced, where, sizeof where) < 0 || real_write(dirty[k].unsynced, b, n) < 0) abort();
	if (dirty[k].high == 0 || at < dirty[k].low) dirty[k].low = at;
	if (at + n > dirty[k].high) dirty[k].high = at + n;
	pthread_mutex_unlock(&lock);
}

static void synced(int fd) {
	char path[4096], copy[4096], page[4096];
	const char *file = shadow ? watched(fd, path, sizeof path) : NULL;
	int k = kind(file);
	if (k < 0) return;
	snprintf(copy, sizeof copy, "%s/%s", shadow, file);
	pthread_mutex_lock(&lock);
	int to = open(copy, O_WRONLY | O_CREAT, 0600);
	for (off_t at = dirty[k].low; at < dirty[k].high;) {
		ssize_t n = pread(fd, page, sizeof page, at);
		if (n <= 0) break;
		real_pwrite(to, page, n, at);
		at += n;
	}
	struct stat st;
	if (fstat(fd, &st) == 0) real_ftruncate(to, st.st_size);
	close(to);
	if (dirty[k].unsynced) real_ftruncate(dirty[k].unsynced, 0);
	dirty[k].low = dirty[k].high = 0;
	pthread_mutex_unlock(&lock);
}

ssize_t write(int fd, const void *b, size_t n) {
	if (fails(fd)) return -1;
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t done = real_write(fd, b, n);
	written(fd, b, at, done);
	return done;
}

ssize_t pwrite64(int fd, const void *b, size_t n, off_t at) {
	if (fails(fd)) return -1;
	ssize_t done = real_pwrite(fd, b, n, at);
	written(fd, b, at, done);
	return done;
}

ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { return pwrite64(fd, b, n, at); }

int fsync(int fd) {
	if (fails(fd)) return -1;
	if (sync_ms > 0) usleep(1000 * sync_ms);
	synced(fd);
	return 0;
}

int fdatasync(int fd) { return fsync(fd); }

int ftruncate64(int fd, off_t size) { return fails(fd) ? -1 : real_ftruncate(fd, size); }

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
