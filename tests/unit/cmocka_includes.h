/*
 * What cmocka.h needs before it.
 */
#ifndef BC_CMOCKA_INCLUDES_H
#define BC_CMOCKA_INCLUDES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
