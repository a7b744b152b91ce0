# The README shows the first example as it is.
cmake_minimum_required(VERSION 3.24)
set(root ${CMAKE_CURRENT_LIST_DIR}/..)
file(READ ${root}/README.md readme)
file(READ ${root}/examples/01_two_namespaces.cpp example)
string(FIND "${readme}" "```cpp\n${example}```" at)
if(at EQUAL -1)
    message(FATAL_ERROR "README.md does not contain examples/01_two_namespaces.cpp verbatim.")
endif()
