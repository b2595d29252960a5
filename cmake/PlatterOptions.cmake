# SPDX-License-Identifier: GPL-3.0-or-later
# What every target of Platter is compiled with; nothing is set globally.
add_library(platter_options INTERFACE)
target_compile_features(platter_options INTERFACE cxx_std_20)
target_include_directories(platter_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(platter_options INTERFACE _FILE_OFFSET_BITS=64)
target_compile_options(platter_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Woverloaded-virtual
  -Wconversion -Wsign-conversion -Wimplicit-fallthrough)

# GCC 12 takes "text" + std::string for overlapping copies when it inlines at -O3 (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(platter_options INTERFACE -Wno-restrict)
endif()

option(PLATTER_WERROR "Treat warnings as errors" OFF)
if(PLATTER_WERROR)
  target_compile_options(platter_options INTERFACE -Werror)
endif()
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
