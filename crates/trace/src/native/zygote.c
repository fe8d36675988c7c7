
/* ---------------------------------------------------------------------------------------------
 * The zygote's loop
 *
 * A fork makes every page of the zygote read-only, and the first write to each costs a copy. The loop
 * in Python writes to some 140 pages for each child, since it counts references; this one to its
 * stack and to the buffer of the job. */

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Reads that many bytes from the supervisor; leaves with the supervisor when it is gone. */
static void read_fully(char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t part = read(0, bytes, count);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            _exit(0);
        bytes += part;
        count -= (size_t)part;
    }
}

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Sends a reply; far less than what a pipe takes at once. */
static void reply(const char *format, int first, const char *second)
{
    char text[128];
    int length = snprintf(text + 4, sizeof text - 4, format, first, second);
    text[0] = text[1] = text[2] = 0;
    text[3] = (char)length;
    if (write(1, text, (size_t)length + 4) != length + 4)
        _exit(0);
}

/* Room for a job, apart from everything that children share. */
static char *job_room(size_t length)
{
    static char *room;
    static size_t size;
    if (length > size) {
        if (room != NULL)
            munmap(room, size);
        size = (length + (1 << 16)) & ~(size_t)0xffff;
        room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (room == MAP_FAILED)
            _exit(71);
    }
    return room;
}

static int lower_limit(int which, rlim_t value)
{
    struct rlimit limit;
    if (getrlimit(which, &limit) != 0)
        return -1;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < value)
        value = limit.rlim_max;
    limit.rlim_cur = limit.rlim_max = value;
    return setrlimit(which, &limit);
}

/* As `become_child` of the Python text. */
static int confine_child(pid_t zygote, int null, uint32_t cpu_seconds, const void *filter)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != zygote)
        return -1;
    for (int fd = 0; fd < 3; fd++)
        if (dup2(null, fd) != fd)
            return -1;
    close(null);
    if (lower_limit(RLIMIT_CPU, cpu_seconds) != 0 || lower_limit(RLIMIT_NPROC, 0) != 0)
        return -1;
    if (filter == NULL) {
        setsid();
        return 0;
    }
    return prctl(PR_SET_SECCOMP, 2, filter, 0, 0);
}

/* `serve(zygote, null, filter)`: as `serve` of the Python text; the filter by its address or 0. */
static PyObject *serve(PyObject *module, PyObject *arguments)
{
    (void)module;
    int zygote, null;
    unsigned long long address;
    if (!PyArg_ParseTuple(arguments, "iiK", &zygote, &null, &address))
        return NULL;
    const void *filter = (const void *)(uintptr_t)address;
    for (;;) {
        unsigned char header[8];
        read_fully((char *)header, sizeof header);
        size_t length = big_endian(header);
        char *job = job_room(length);
        read_fully(job, length);
        pid_t child = fork();
        if (child == 0) {
            if (confine_child(zygote, null, big_endian(header + 4), filter) != 0)
                _exit(70);
            return PyBytes_FromStringAndSize(job, (Py_ssize_t)length);
        }
        if (child < 0) {
            PyErr_SetString(PyExc_OSError, "no further process can be made");
            return NULL;
        }
        reply("{\"started\": %d}", child, "");
        siginfo_t ended;
        while (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) != 0)
            if (errno != EINTR)
                _exit(71);
        if (filter == NULL)
            killpg(child, SIGKILL);
        reply("{\"ended\": %d, \"exited\": %s}", ended.si_status,
              ended.si_code == CLD_EXITED ? "true" : "false");
        /* The child stays a zombie until the supervisor has read everything and says so, hence its
         * number cannot mean another process while the supervisor may still send it a signal. */
        char done;
        read_fully(&done, 1);
        waitpid(child, NULL, 0);
    }
}
