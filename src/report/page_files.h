/*
 * The files of page/, as bytes.
 */
#ifndef BC_REPORT_PAGE_FILES_H
#define BC_REPORT_PAGE_FILES_H

#include <stddef.h>

extern const unsigned char bc_page_html[], bc_style_css[], bc_report_js[];
extern const size_t bc_page_html_size, bc_style_css_size, bc_report_js_size;

#endif
