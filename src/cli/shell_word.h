/*
 * Words for a shell to read.
 */
#ifndef BC_CLI_SHELL_WORD_H
#define BC_CLI_SHELL_WORD_H

#include "base/text.h"

/* Appends the word as it must be written in a command line: as it is, in quotes, or, where it has control
 * characters or bytes that are not UTF-8, as $'...', which bash, zsh and ksh know. All of it can be shown. */
void bc_text_shell_word(bc_text *text, const char *word);

/* The same for the name of a file, which must not be taken for an option. */
void bc_text_shell_path(bc_text *text, const char *path);

#endif
