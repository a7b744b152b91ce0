# The warnings under which tests, examples and benchmarks are built. Link it PRIVATE: what a user's
# compiler says about a user's code is the user's affair.
add_library(vethpp_warnings INTERFACE)
target_compile_options(vethpp_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Woverloaded-virtual
    # GCC 12 at -O2 takes the pair of functions in Boost 1.81's asio/detail/memory.hpp
    # (aligned_new, aligned_delete) for a mismatch once both are inlined.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
