# The warnings under which tests, examples and benchmarks are built. Link it PRIVATE: what a user's
# compiler says about a user's code is the user's affair.
add_library(vethpp_warnings INTERFACE)
target_compile_options(vethpp_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Woverloaded-virtual)
