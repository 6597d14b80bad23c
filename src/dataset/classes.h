/*
 * Which class is the positive one: named by the user, or told by what the two names mean. It never follows
 * from the order of the names.
 */
#ifndef BC_DATASET_CLASSES_H
#define BC_DATASET_CLASSES_H

#include "dataset/listing.h"

/* Sets the names and the reason in *dataset and the labels in *listing. wanted is the positive class or NULL.
 * Errors: BC_ERROR_USAGE when wanted is none of the classes or must be given, BC_ERROR_FORMAT when there are
 * fewer than two. */
bc_status bc_classes_choose(bc_dataset *dataset, bc_listing *listing, const char *wanted, bc_error *err);

/* Which of two names means the positive class: 0 for a, 1 for b, -1 when their words do not tell. */
int bc_classes_recognise(const char *a, const char *b);

#endif
