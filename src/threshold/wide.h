/*
 * Whole numbers below 2^128, for sums of products of counts.
 */
#ifndef BC_THRESHOLD_WIDE_H
#define BC_THRESHOLD_WIDE_H

__extension__ typedef unsigned __int128 bc_wide;

#endif
