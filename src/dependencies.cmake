# Finds the libraries, all from the system, and names the package to install when one is missing.

find_package(Threads REQUIRED)
find_package(PkgConfig)
if(NOT PKG_CONFIG_FOUND)
  message(FATAL_ERROR "pkg-config is missing. Debian/Ubuntu: apt install pkg-config; Fedora: pkgconf-pkg-config; "
                      "Arch: pkgconf; Homebrew: pkgconf")
endif()

# bclass_library(NAME MODULE pkg-config-module DEBIAN package FEDORA package ARCH package BREW package)
function(bclass_library name)
  cmake_parse_arguments(LIB "" "MODULE;DEBIAN;FEDORA;ARCH;BREW" "" ${ARGN})
  pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${LIB_MODULE})
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "${LIB_MODULE} is missing. Debian/Ubuntu: apt install ${LIB_DEBIAN}; "
                        "Fedora: ${LIB_FEDORA}; Arch: ${LIB_ARCH}; Homebrew: ${LIB_BREW}")
  endif()
endfunction()

bclass_library(CJSON MODULE libcjson DEBIAN libcjson-dev FEDORA cjson-devel ARCH cjson BREW cjson)
bclass_library(ZLIB MODULE zlib DEBIAN zlib1g-dev FEDORA zlib-devel ARCH zlib BREW zlib)
bclass_library(SODIUM MODULE libsodium DEBIAN libsodium-dev FEDORA libsodium-devel ARCH libsodium BREW libsodium)
bclass_library(CAIRO MODULE cairo DEBIAN libcairo2-dev FEDORA cairo-devel ARCH cairo BREW cairo)
if(NOT BCLASS_SCORES_ONLY)
  bclass_library(PNG MODULE libpng DEBIAN libpng-dev FEDORA libpng-devel ARCH libpng BREW libpng)
  bclass_library(TURBOJPEG MODULE libturbojpeg DEBIAN libturbojpeg0-dev FEDORA turbojpeg-devel
                 ARCH libjpeg-turbo BREW jpeg-turbo)
  bclass_library(EXIF MODULE libexif DEBIAN libexif-dev FEDORA libexif-devel ARCH libexif BREW libexif)
  find_path(STB_INCLUDE_DIR stb_image.h PATH_SUFFIXES stb)
  if(NOT STB_INCLUDE_DIR)
    message(FATAL_ERROR "stb_image is missing. Debian/Ubuntu: apt install libstb-dev; "
                        "Fedora: stb_image-devel; Arch: stb; Homebrew: stb")
  endif()
endif()
if(BUILD_TESTING)
  bclass_library(CMOCKA MODULE cmocka DEBIAN libcmocka-dev FEDORA libcmocka-devel ARCH cmocka BREW cmocka)
endif()
