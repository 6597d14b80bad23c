/*
 * The data of a report, as its page has them. Only the files of this folder use this.
 */
#ifndef BC_REPORT_PAGE_DATA_H
#define BC_REPORT_PAGE_DATA_H

#include "report/report.h"

/* Appends the charts, each a <figure> with an <svg>; and how the training went, where that is known. */
bc_status bc_page_charts(bc_text *text, const bc_report *report, bc_error *err);
bc_status bc_page_history(bc_text *text, const bc_report *report, bc_error *err);

/* Appends the <script> elements of what must be there. */
bc_status bc_page_curves(bc_text *text, const bc_report *report, bc_error *err);

/* Appends the one of the pictures, of about room bytes at most, and that of paths. What did not fit is told
 * in the JSON of the element itself. */
bc_status bc_page_pictures(bc_text *text, const bc_report *report, size_t room, bc_error *err);
bc_status bc_page_paths(bc_text *text, const bc_report *report, size_t room, bc_error *err);

/* Appends the element of all else. */
bc_status bc_page_facts(bc_text *text, const bc_report *report, bc_error *err);

#endif
