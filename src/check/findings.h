/*
 * What is wrong with a data set, or worth knowing before training on it.
 */
#ifndef BC_CHECK_FINDINGS_H
#define BC_CHECK_FINDINGS_H

#include <bclass/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum bc_severity {
    BC_SEVERITY_NOTE,    /* worth knowing */
    BC_SEVERITY_WARNING, /* results will mislead, or pictures are lost */
    BC_SEVERITY_ERROR,   /* the data contradicts itself */
    BC_SEVERITY_COUNT
} bc_severity;

typedef enum bc_finding_kind {
    BC_FINDING_CLASS,      /* it has no readable picture to train on */
    BC_FINDING_UNREADABLE, /* train leaves the file out */
    BC_FINDING_MISNAMED,   /* the extension says another kind */
    BC_FINDING_ROTATED,    /* by EXIF; it is turned upright */
    BC_FINDING_CMYK,       /* it is converted without a colour profile */
    BC_FINDING_ANIMATED,   /* only its first frame is used */
    BC_FINDING_TINY,       /* enlarged to more than twice its size */
    BC_FINDING_HUGE,       /* takes long to decode */
    BC_FINDING_COPIES,     /* of one picture */
    BC_FINDING_SHORTCUT,   /* the class can be told without looking at what is shown */
    BC_FINDING_POSITIVES,  /* too few to choose a cutoff on */
    BC_FINDING_ORIGIN,     /* pictures that a run was made of are missing */
    BC_FINDING_SUSPECT,    /* the label may be wrong */
    BC_FINDING_KINDS
} bc_finding_kind;

typedef enum bc_likeness {
    BC_LIKE_BYTES,  /* the same file */
    BC_LIKE_PIXELS, /* the same pixels at the size that the network sees */
    BC_LIKE_NEAR    /* nearly: saved again, scaled, cut a little */
} bc_likeness;

typedef struct bc_finding {
    bc_finding_kind kind;
    bc_severity severity;
    const char *path; /* of an unreadable file, lent */
    const char
        *words; /* why it is unreadable; of a shortcut what tells the class, of a class its name; lent */
    size_t first, count;               /* the pictures it is about, in samples below */
    bc_likeness likeness;              /* of copies, the least among them */
    bool across_splits, contradictory; /* of copies: in more than one split or fold; with both labels */
    double value, low, high;           /* of a shortcut AUROC and its 95 % interval; of a suspect the
                                          probability of the other class in value; of positives how many there
                                          are in value, how many it takes in low; of an origin how many of the
                                          pictures that the run recorded are there, all of them, and how many
                                          a part of its data as large as this would have */
    bool likely;                       /* of a suspect, see bclass/suspects.h */
} bc_finding;

/* Zero-initialise; add; free. */
typedef struct bc_findings {
    bc_finding *items;
    size_t count, capacity;
    uint32_t *samples; /* indices in the data set */
    size_t samples_count, samples_capacity;
    size_t severities[BC_SEVERITY_COUNT]; /* findings of each */
} bc_findings;

/* "error" ...; "unreadable" ...; "bytes" ... */
const char *bc_severity_name(bc_severity severity);
const char *bc_finding_name(bc_finding_kind kind);
const char *bc_likeness_name(bc_likeness likeness);

/* Adds a copy of the finding, about so many samples, whose indices are copied too. */
bc_status bc_findings_add(bc_findings *findings, const bc_finding *finding, const uint32_t *samples,
                          size_t count, bc_error *err);

void bc_findings_free(bc_findings *findings);

#endif
