/* bench-run: runs a command and says what it took, on one line: seconds, CPU seconds, peak memory in MiB, and
 * the share of the machine's CPU time that other processes used meanwhile (0 where /proc/stat is missing).
 *
 *     bench-run [--repeat N] [--tries N] [--calm SHARE] [--out FILE] -- COMMAND [ARGUMENT ...]
 *
 * Each figure is the median of --repeat runs. All of them are done again while others used more than the
 * share that still counts as calm, at most --tries times; the calmest time counts. The command's standard
 * output goes to FILE, which then holds that of the last run. Fails as soon as the command does. */
#define _DEFAULT_SOURCE /* wait4 */
#include "bench.h"

#include "base/clock.h"
#include "base/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_RUNS = 1000 };

typedef struct settings {
    int64_t repeat, tries;
    double calm;
    const char *out;
} settings;

#define FIELD(name) offsetof(settings, name)

static const bc_option table[] = {
    {.name = "repeat",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(repeat),
     .value_name = "N",
     .default_text = "1",
     .least = 1,
     .most = MOST_RUNS,
     .help = "take medians of so many runs"},
    {.name = "tries",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(tries),
     .value_name = "N",
     .default_text = "4",
     .least = 1,
     .most = 100,
     .help = "wait for calm at most so often"},
    {.name = "calm",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(calm),
     .value_name = "SHARE",
     .default_text = "0.06",
     .least = 0,
     .most = 1,
     .help = "what others may use of the CPUs"},
    {.name = "out",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(out),
     .value_name = "FILE",
     .default_text = "/dev/null",
     .help = "where the command's output goes"},
    {.name = NULL},
};

typedef struct cost {
    double seconds, cpu, memory, foreign;
} cost;

/* CPU seconds of the whole machine, all CPUs together, that were not idle; 0 when the system does not tell.
 * Of the first line of /proc/stat: user nice system idle iowait irq softirq steal. */
static double machine_busy(void) {
    double field[8] = {0};
    FILE *file = fopen("/proc/stat", "r");
    if (file == NULL)
        return 0;
    int found = fscanf(file, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &field[0], &field[1], &field[2],
                       &field[3], &field[4], &field[5], &field[6], &field[7]);
    fclose(file);
    double ticks = field[0] + field[1] + field[2] + field[5] + field[6] + field[7];
    return found == 8 ? ticks / (double)sysconf(_SC_CLK_TCK) : 0;
}

static double to_seconds(struct timeval time) {
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

static void become(char **command, int out) {
    dup2(out, STDOUT_FILENO);
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

static bool run_once(cost *c, const settings *set, char **command) {
    const int out = open(set->out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out < 0) {
        perror(set->out);
        return false;
    }
    const double start = bc_clock_seconds();
    const pid_t child = fork();
    if (child == 0)
        become(command, out);
    int status = -1;
    struct rusage usage;
    const bool ended = child > 0 && wait4(child, &status, 0, &usage) == child;
    c->seconds = bc_clock_seconds() - start;
    close(out);
    if (!ended || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return false;
    c->cpu = to_seconds(usage.ru_utime) + to_seconds(usage.ru_stime);
    c->memory = (double)usage.ru_maxrss / 1024; /* kilobytes on Linux */
    return true;
}

static bool run_all(cost *c, const settings *set, char **command) {
    static double seconds[MOST_RUNS], cpu[MOST_RUNS], memory[MOST_RUNS];
    const size_t runs = (size_t)set->repeat;
    const double start = bc_clock_seconds(), busy = machine_busy();
    double own = 0;
    for (size_t i = 0; i < runs; i++) {
        cost once;
        if (!run_once(&once, set, command))
            return false;
        seconds[i] = once.seconds;
        memory[i] = once.memory;
        cpu[i] = once.cpu;
        own += once.cpu;
    }
    const double elapsed = bc_clock_seconds() - start, others = machine_busy() - busy - own;
    c->foreign = others > 0 ? others / elapsed / (double)sysconf(_SC_NPROCESSORS_ONLN) : 0;
    c->seconds = bench_median(seconds, runs);
    c->cpu = bench_median(cpu, runs);
    c->memory = bench_median(memory, runs);
    return true;
}

static bool run_calm(cost *best, const settings *set, char **command) {
    for (int64_t i = 0; i < set->tries; i++) {
        cost c;
        if (!run_all(&c, set, command))
            return false;
        if (i == 0 || c.foreign < best->foreign)
            *best = c;
        if (best->foreign <= set->calm)
            break;
    }
    return true;
}

static bc_status run(const void *block, const bc_arguments *arguments, bc_error *err) {
    const settings *set = block;
    cost c = {0};
    void *words;
    if (arguments->count == 0)
        return bc_fail(err, BC_ERROR_USAGE, "no command; see --help");
    bc_status status = bc_alloc(&words, arguments->count + 1, sizeof(char *), err);
    if (status != BC_OK)
        return status;
    char **command = words; /* ends in NULL */
    memcpy(command, arguments->items, arguments->count * sizeof *command);
    if (run_calm(&c, set, command))
        printf("%.6f %.6f %.1f %.3f\n", c.seconds, c.cpu, c.memory, c.foreign);
    else
        status = bc_fail(err, BC_ERROR_IO, "%s failed", command[0]);
    free(words);
    return status;
}

int main(int argc, char **argv) {
    const bench_program program = {"bench-run", "[OPTIONS] -- COMMAND [ARGUMENT ...]", table, run};
    settings set = {.repeat = 1, .tries = 4, .calm = 0.06, .out = "/dev/null"};
    return bench_main(&program, &set, argc, argv);
}
