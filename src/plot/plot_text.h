/*
 * Texts of a drawing: cleaned, measured, shortened.
 */
#ifndef BC_PLOT_PLOT_TEXT_H
#define BC_PLOT_PLOT_TEXT_H

#include "base/text.h"

/* Columns of a terminal: 2 for the wide characters of East Asia, 0 for marks that join the one before. text
 * is UTF-8. */
size_t bc_plot_text_columns(const char *text);

/* Width in a sans-serif font of this size, about, rather too wide than too narrow. */
double bc_plot_text_width(const char *text, double size);

/* How wide a text is by any measure. */
typedef double bc_plot_text_measure(const void *context, const char *text);

/* *to = the text, clean, and with "..." in place of its middle where it would be wider than most. */
void bc_plot_text_fit(bc_text *to, const char *text, double most, bc_plot_text_measure *measure,
                      const void *context);

#endif
