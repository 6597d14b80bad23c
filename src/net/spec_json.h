/*
 * A network description as JSON, both ways; the model file keeps it so.
 */
#ifndef BC_NET_SPEC_JSON_H
#define BC_NET_SPEC_JSON_H

#include "base/json.h"

#include <bclass/network.h>

/* What the network's input is called where a layer names what it takes. */
#define BC_IMAGE_NAME "image"

/* Appends a layer with defaults for its kind, taking the output of the last one, with a name made from its
 * kind and number. Returns NULL when out of memory. */
bc_layer *bc_spec_add(bc_spec *spec, bc_layer_kind kind, bc_error *err);

/* Reads the member "layers" of object. */
bc_status bc_spec_read(bc_spec *spec, const bc_json *object, const char *name, bc_shape input, bc_error *err);

/* Puts a member "layers" into the open object, with every default spelled out. */
void bc_spec_write(bc_json_builder *builder, const bc_spec *spec);

#endif
