/*
 * A trained network with all that is needed to use it, and its file.
 *
 * model.safetensors (the public safetensors layout):
 *
 *     8 bytes        length of the header, little-endian
 *     header         JSON: {"__metadata__": {...}, "conv1.weight": {"dtype": "F32", "shape": [...],
 *                    "data_offsets": [first, last]}, ...}, padded with blanks to a multiple of 8
 *     tensors        float32, little-endian, one behind the other in the order of the network
 *
 * All of __metadata__ is strings: "format" ("bclass"), "version" (of this layout, "2"; "1", whose networks
 * have no head, is read too), "program" (its version), "network" (JSON, as in network.h), "preprocess"
 * (JSON), "positive", "negative", "data_sha256", "scores_sha256", "settings" (JSON), and where there is one
 * "calibration" (JSON, as in calibration.h).
 */
#ifndef BCLASS_MODEL_H
#define BCLASS_MODEL_H

#include <bclass/error.h>
#include <bclass/network.h>
#include <bclass/preprocess.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BC_SHA256_TEXT_SIZE = 65 }; /* hexadecimal digits and the NUL */

/* Zero-initialise or read; free. */
typedef struct bc_model {
    bc_network network;
    bc_preprocess preprocess;
    char *positive, *negative; /* names of the classes */
    char *settings;            /* JSON text: how it was trained; NULL when not known */
    char *calibration; /* JSON text of what is to be made of its logits, seen to be an object and no more;
                          NULL when they stay as they are */
    char data_sha256[BC_SHA256_TEXT_SIZE];   /* fingerprint of the data set; empty when not known */
    char scores_sha256[BC_SHA256_TEXT_SIZE]; /* of the scores.csv written with it; empty when not known */
} bc_model;

void bc_model_free(bc_model *model);

/* Written whole or not at all. The same model gives the same bytes. */
bc_status bc_model_write(const bc_model *model, const char *path, bc_error *err);

/* *model is zero-initialised by this function and freed by the caller in any case. Nothing in the file is
 * trusted: BC_ERROR_FORMAT when anything in it is not as it should be (cut short, sizes and offsets that lie,
 * overlapping tensors, another type or shape, a value that is not finite, a network that does not fit), with
 * bounded memory. */
bc_status bc_model_read(bc_model *model, const char *path, bc_error *err);

#ifdef __cplusplus
}
#endif

#endif
