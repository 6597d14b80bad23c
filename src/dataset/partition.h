/*
 * Which pictures are learned from and which are held out, and in which fold they are.
 *
 * Pictures of one group form a unit, every other picture is a unit of its own. The units, shuffled by the
 * seed and then the larger ones first, go one by one to the split that is left with the smallest
 *
 *     sum over splits s and labels l of ((items of l in s - share of s x items of l) / items of l)^2
 *
 * so that both labels come near the wanted share in every split (a greedy form of stratified group sampling).
 * Without groups each split holds its share of each label to within one picture. Then a split that lacks a
 * label gets the smallest unit with it from train, if train keeps some.
 *
 * Folds are drawn in the same way from all that is not test, each with the same share. Of folds that would
 * grow the sum alike the one with fewer items takes the unit, and a fold that lacks a label gets the smallest
 * unit with it from any that keeps some.
 */
#ifndef BC_DATASET_PARTITION_H
#define BC_DATASET_PARTITION_H

#include "dataset/copies.h"

#include <bclass/dataset.h>

/* Groups by a regular expression, instead of groups from elsewhere. */
bc_status bc_partition_group(bc_dataset *dataset, const char *pattern, bc_error *err);

/* Sets the splits and folds that are not stated (see splits_stated, folds_stated), folds, split_by_seed and
 * groups. Errors: BC_ERROR_FORMAT when what is stated tears a group apart or leaves no picture of a class to
 * train on, or a class has fewer units than there are to be folds. */
bc_status bc_partition_split(bc_dataset *dataset, const bc_dataset_options *options, bc_error *err);

/* For a data set that was opened with these options, and of which copies were found since: when splits or
 * folds that were drawn part copies of one picture, near ones too, all that was drawn is drawn anew, with the
 * same seed, copies staying together as groups do, and groups that share a copy too; *redrawn tells. Else,
 * and of what the data states, nothing is touched. Errors: BC_ERROR_MEMORY; BC_ERROR_FORMAT when what stays
 * together is too few for the folds. */
bc_status bc_partition_keep_copies(bc_dataset *dataset, bool *redrawn, const bc_dataset_options *options,
                                   const bc_copies *copies, bc_error *err);

#endif
