/*
 * A network that was read, put to use.
 */
#ifndef BC_TESTS_FUZZ_RUN_NETWORK_H
#define BC_TESTS_FUZZ_RUN_NETWORK_H

#include <bclass/network.h>

enum { FUZZ_PARAMETERS = 1 << 16 };

/* Forward on two pictures, unless that takes long. */
void fuzz_run(bc_network *network);

#endif
