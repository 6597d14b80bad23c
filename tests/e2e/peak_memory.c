/* "peak_memory FILE WORD...": runs the words, and writes the most memory that the program held, in MB, to
 * FILE. Ends with the program's exit code. */
#define _DEFAULT_SOURCE /* wait4 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct rusage used;
    int state;
    if (argc < 3)
        return 2;
    const pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &state, 0, &used) != child)
        return 126;
#ifdef __APPLE__
    const long mega = 1 << 20; /* bytes there, kilobytes elsewhere */
#else
    const long mega = 1 << 10;
#endif
    FILE *file = fopen(argv[1], "w");
    if (file == NULL || fprintf(file, "%ld\n", used.ru_maxrss / mega) < 0 || fclose(file) != 0)
        return 126;
    return WIFEXITED(state) ? WEXITSTATUS(state) : 125;
}
