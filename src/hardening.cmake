# What stops or weakens attacks through memory errors, each where the compiler and the linker know it. Not in a debug
# build, as _FORTIFY_SOURCE takes an optimiser, and not with sanitizers, which see more.

if(NOT BCLASS_HARDEN OR BCLASS_SANITIZE OR BCLASS_FUZZ OR CMAKE_BUILD_TYPE STREQUAL "Debug" OR CMAKE_CROSSCOMPILING)
  return()
endif()

set(BCLASS_HARDENED ON PARENT_SCOPE) # for the tests
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)

# Position-independent code for a program at a random address. Not CMake's property, which makes it -fPIC for libraries:
# then any function of theirs could be replaced from outside, and none is inlined into another.
target_compile_options(bc_flags INTERFACE -fPIE)
target_link_options(bc_flags INTERFACE -pie)

# Level 3 also checks sizes that are known only at run time; gcc knows it from 12 on, clang from 15.
set(fortify 2)
if((CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 12) OR
   (CMAKE_C_COMPILER_ID STREQUAL "Clang" AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 15))
  set(fortify 3)
endif()
target_compile_options(bc_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${fortify})

foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection)
  string(MAKE_C_IDENTIFIER "BCLASS_HAS${flag}" known)
  check_c_compiler_flag(${flag} ${known})
  if(${known})
    target_compile_options(bc_flags INTERFACE ${flag})
  endif()
endforeach()

# Tables that the linker fills in are read-only once the program has started.
foreach(flag -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
  string(MAKE_C_IDENTIFIER "BCLASS_HAS${flag}" known)
  set(CMAKE_REQUIRED_LINK_OPTIONS ${flag})
  check_c_source_compiles("int main(void) { return 0; }" ${known})
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  if(${known})
    target_link_options(bc_flags INTERFACE ${flag})
  endif()
endforeach()
