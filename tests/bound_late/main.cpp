// SPDX-License-Identifier: BSL-1.0
// Loads the library of which it is given the path, when there is a heap.
#include <cstddef>
#include <cstdio>
#include <dlfcn.h>
#include <vector>

int main(int argc, char** argv) {
    constexpr std::size_t many = 100'000;
    const std::vector<std::vector<char>> heap(many, std::vector<char>(100));
    void* const library = argc == 2 ? ::dlopen(argv[1], RTLD_LAZY) : nullptr;
    if (library == nullptr) {
        std::puts(::dlerror());
        return 1;
    }
    using Function = int();
    return reinterpret_cast<Function*>(::dlsym(library, "start_and_end"))();
}
