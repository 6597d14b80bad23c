/* Multiply-adds on registers, compiled once a level like the kernels. Twelve sums hide the latency of two
 * units. */
#include "net/kernels/vector.h"

enum { SUMS = 12 };

double BC_AT_LEVEL(bc_fma_loop)(long rounds, float *result);

double BC_AT_LEVEL(bc_fma_loop)(long rounds, float *result) {
    bc_vector sums[SUMS], factor = {0}, term = {0};
    for (int k = 0; k < BC_WIDTH; k++) {
        factor[k] = 0.999F;
        term[k] = 1e-3F;
    }
    BC_UNROLL
    for (int i = 0; i < SUMS; i++)
        sums[i] = term * (float)i;
    for (long round = 0; round < rounds; round++) {
        BC_UNROLL
        for (int i = 0; i < SUMS; i++)
            sums[i] = sums[i] * factor + term;
    }
    bc_vector sum = sums[0];
    BC_UNROLL
    for (int i = 1; i < SUMS; i++)
        sum += sums[i];
    *result = sum[0];
    return 2.0 * SUMS * BC_WIDTH * (double)rounds;
}
