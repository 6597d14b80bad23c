/* Finds the command, runs it, prints its error and picks the exit code: the only place that does so. */
#include "command.h"
#include "print.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bc_status print_program_help(bc_error *err) {
    bc_text text = {0};
    bc_text_format(&text, "%s\n\nUsage: bclass COMMAND [ARGUMENTS]\n\nCommands:\n", bc_commands_purpose);
    for (const bc_command *const *command = bc_commands; *command != NULL; command++)
        bc_text_format(&text, "  %-10s %s\n", (*command)->name, (*command)->summary);
    bc_text_string(&text, "\n'bclass COMMAND --help' tells more; 'bclass --version' prints the version.\n"
                          "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a required quality was not met, "
                          "130 interrupted.\n");
    bc_status status = bc_print(&text, err);
    bc_text_free(&text);
    return status;
}

static bc_status print_command_help(const bc_command *command, bc_error *err) {
    bc_text text = {0};
    bc_text_format(&text, "bclass %s: %s\n\nUsage: bclass %s %s\n\n", command->name, command->summary,
                   command->name, command->usage);
    bc_options_paragraphs(&text, command->description);
    bc_text_string(&text, "\nOptions:\n");
    bc_options_help(&text, command->options);
    bc_text_format(&text, "\nExamples:\n%s", command->examples);
    bc_status status = bc_print(&text, err);
    bc_text_free(&text);
    return status;
}

static bc_status print_version(bc_error *err) {
    bc_text text = {0};
    bc_text_string(&text, "bclass " BC_VERSION "\n");
    bc_status status = bc_print(&text, err);
    bc_text_free(&text);
    return status;
}

static bc_status run_command(const bc_command *command, int argc, char **argv, bc_error *err) {
    void *settings;
    bc_arguments arguments = {0};
    bc_status status = bc_alloc(&settings, 1, command->settings_size, err);
    if (status != BC_OK)
        return status;
    command->set_defaults(settings);
    status = bc_options_parse(settings, &arguments, command->options, argc, argv, err);
    if (status == BC_OK && arguments.help)
        status = print_command_help(command, err);
    else if (status == BC_OK)
        status = command->run(settings, &arguments, err);
    bc_arguments_free(&arguments);
    if (command->free_settings != NULL)
        command->free_settings(settings);
    free(settings);
    return status;
}

static bc_status unknown_command(const char *word, bc_error *err) {
    for (const bc_command *const *command = bc_commands; *command != NULL; command++) {
        if (bc_text_distance(word, (*command)->name) <= 2)
            return bc_fail(err, BC_ERROR_USAGE, "unknown command '%s'; did you mean '%s'?", word,
                           (*command)->name);
    }
    return bc_fail(err, BC_ERROR_USAGE, "unknown command '%s'; see 'bclass --help'", word);
}

static bc_status run(int argc, char **argv, bc_error *err) {
    if (argc < 2)
        return bc_fail(err, BC_ERROR_USAGE, "no command given; see 'bclass --help'");
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
        return print_program_help(err);
    if (strcmp(word, "--version") == 0)
        return print_version(err);
    for (const bc_command *const *command = bc_commands; *command != NULL; command++) {
        if (strcmp(word, (*command)->name) == 0)
            return run_command(*command, argc - 2, argv + 2, err);
    }
    return unknown_command(word, err);
}

static int exit_code(bc_status status) {
    switch (status) {
    case BC_OK:
        return 0;
    case BC_ERROR_USAGE:
        return 2;
    case BC_ERROR_UNMET:
        return 3;
    case BC_ERROR_INTERRUPTED:
        return 130;
    default:
        return 1;
    }
}

/* A program that starts with a standard stream closed gets its number for the next file it opens, and would
 * write remarks into that. Opened the wrong way round, the stream stays of no use. */
static void occupy_standard_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

int main(int argc, char **argv) {
    bc_error err = {0};
    occupy_standard_streams();
    bc_status status = run(argc, argv, &err);
    if (status != BC_OK && err.message[0] != '\0')
        fprintf(stderr, "bclass: %s\n", err.message);
    return exit_code(status);
}
