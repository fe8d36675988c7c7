/* The zygote's loop
 *
 * A fork makes every page of the zygote read-only, and the first write to each costs a copy. The loop
 * in Python writes to some 140 pages for each child, since it counts references; this one to its
 * stack. */

#include <errno.h>
#include <signal.h>
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
static PyObject *become_child(pid_t zygote, int null, const void *filter)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != zygote)
        return NULL;
    if (filter == NULL)
        setsid();
    unsigned char header[8];
    read_fully((char *)header, sizeof header);
    PyObject *job = PyBytes_FromStringAndSize(NULL, big_endian(header));
    if (job == NULL)
        return NULL;
    read_fully(PyBytes_AS_STRING(job), big_endian(header));
    reply("{\"started\": %d}", getpid(), "");
    /* The process that imports a package confines itself, and is a zygote too. */
    if (big_endian(header + 4) == 0)
        return job;
    for (int fd = 0; fd < 3; fd++)
        if (dup2(null, fd) != fd)
            return NULL;
    close(null);
    if (lower_limit(RLIMIT_CPU, big_endian(header + 4)) != 0 || lower_limit(RLIMIT_NPROC, 0) != 0
        || (filter != NULL && prctl(PR_SET_SECCOMP, 2, filter, 0, 0) != 0))
        return NULL;
    return job;
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
        pid_t child = fork();
        if (child == 0) {
            PyObject *job = become_child(zygote, null, filter);
            if (job == NULL)
                _exit(70);
            return job;
        }
        if (child < 0) {
            PyErr_SetString(PyExc_OSError, "no further process can be made");
            return NULL;
        }
        siginfo_t ended;
        while (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) != 0)
            if (errno != EINTR)
                _exit(71);
        if (filter == NULL)
            killpg(child, SIGKILL);
        reply("{\"ended\": %d, \"exited\": %s}", ended.si_status,
              ended.si_code == CLD_EXITED ? "true" : "false");
        char done;
        read_fully(&done, 1);
        waitpid(child, NULL, 0);
    }
}
