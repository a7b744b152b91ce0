# The headers in the tree are those of cmake/Headers.cmake: what is not listed would not be installed.
cmake_minimum_required(VERSION 3.24)
set(root ${CMAKE_CURRENT_LIST_DIR}/..)
include(${root}/cmake/Headers.cmake)
file(GLOB_RECURSE tree RELATIVE ${root}/include/vethpp ${root}/include/*)

set(unlisted ${tree})
list(REMOVE_ITEM unlisted ${VETHPP_ALL_HEADERS})
set(missing ${VETHPP_ALL_HEADERS})
list(REMOVE_ITEM missing ${tree})
if(unlisted OR missing)
    message(FATAL_ERROR "cmake/Headers.cmake and include/ differ.\n"
        "in the tree, not in the list: ${unlisted}\nin the list, not in the tree: ${missing}")
endif()
