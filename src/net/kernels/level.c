/* Which instruction sets there are, and which one this CPU gets. */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

#define DECLARE(level)                                                                                       \
    extern const bc_gemm_kernels bc_gemm_kernels_##level;                                                    \
    extern const bc_norm_kernels bc_norm_kernels_##level;                                                    \
    extern const bc_element_kernels bc_element_kernels_##level;                                              \
    extern const bc_pool_kernels bc_pool_kernels_##level;                                                    \
    extern const bc_winograd_kernels bc_winograd_kernels_##level;                                            \
    static const bc_level level_##level = {#level,                                                           \
                                           &bc_gemm_kernels_##level,                                         \
                                           &bc_norm_kernels_##level,                                         \
                                           &bc_element_kernels_##level,                                      \
                                           &bc_pool_kernels_##level,                                         \
                                           &bc_winograd_kernels_##level};

DECLARE(portable)
#ifdef BC_NEON_LEVEL
DECLARE(neon)
#endif
#ifdef BC_X86_LEVELS
DECLARE(avx2)
DECLARE(avx512)
#endif

const bc_level *const bc_levels[] = {
    &level_portable,
#ifdef BC_NEON_LEVEL
    &level_neon,
#endif
#ifdef BC_X86_LEVELS
    &level_avx2,
    &level_avx512,
#endif
    NULL,
};

bool bc_level_runs(const bc_level *level) {
#ifdef BC_X86_LEVELS
    if (level == &level_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2");
    if (level == &level_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("bmi2");
#endif
#ifdef BC_NEON_LEVEL
    if (level == &level_neon) /* every CPU of the architecture has it */
        return true;
#endif
    return level == &level_portable;
}

const bc_level *bc_level_choose(void) {
    const char *forced = getenv("BCLASS_LEVEL");
    const bc_level *best = NULL;
    for (const bc_level *const *level = bc_levels; *level != NULL; level++) {
        bool wanted = forced == NULL || strcmp(forced, (*level)->name) == 0;
        if (wanted && bc_level_runs(*level))
            best = *level;
    }
    return best;
}
