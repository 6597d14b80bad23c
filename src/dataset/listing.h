/*
 * What a folder or a manifest holds, before it is decided which class is positive and what is learned from.
 */
#ifndef BC_DATASET_LISTING_H
#define BC_DATASET_LISTING_H

#include <bclass/dataset.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BC_CLASSES_LIMIT = 10000 }; /* more different names are no classes */

typedef struct bc_class {
    char *name;
    size_t files;
} bc_class;

typedef struct bc_listed {
    bc_sample sample;      /* its label is not decided; its split is NONE unless stated */
    const bc_class *class; /* one of the listing's */
    uint64_t line;         /* in the manifest, 0 in a folder */
} bc_listed;

typedef struct bc_listing {
    const char *name; /* the folder or manifest as it was given, not owned */
    bc_listed *items; /* once read, in bytewise order of their paths */
    size_t count, capacity;
    bc_class **classes; /* in bytewise order of their names; an empty folder is one with no files */
    size_t class_count, class_capacity;
    bool splits_stated, folds_stated;
} bc_listing;

void bc_listing_free(bc_listing *listing);

/* Lists DIR/CLASS/... or DIR/{train,val,test}/CLASS/...; every regular file is taken, pictures are told apart
 * when they are decoded. */
bc_status bc_listing_scan(bc_listing *listing, const char *folder, bc_error *err);

/* Reads a manifest. That a file is missing is told when it is decoded. */
bc_status bc_listing_read(bc_listing *listing, const char *manifest, bc_error *err);

/* The class of that name, made when it is new. */
bc_status bc_listing_class(bc_class **class, bc_listing *listing, const char *name, size_t length,
                           bc_error *err);

/* Appends *item, whose strings are then the listing's, in case of failure too. */
bc_status bc_listing_add(bc_listing *listing, bc_class *class, const bc_listed *item, bc_error *err);

/* Brings the items into the order of their paths. */
void bc_listing_sort(bc_listing *listing);

/* How much of a path made by bc_file_join(folder, name) stands before the name. */
size_t bc_listing_below(const char *folder);

/* "train", "val", "valid", "validation" or "test" in any case; false for any other word. */
bool bc_listing_split(bc_split *split, const char *word, size_t length);

#endif
