// SPDX-License-Identifier: BSL-1.0
// Uses the library of which it is given the path, and unloads it at once: no thread of it may be
// there any more.
#include <cstdio>
#include <dlfcn.h>
#include <filesystem>
#include <iterator>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace {

auto count_of_threads() {
    std::filesystem::directory_iterator threads{"/proc/self/task"};
    return std::distance(begin(threads), end(threads));
}

// With the first thread of a program, the thread sanitizer starts one of its own.
void start_a_thread() {
    ::pid_t id = 0;
    std::thread{[&] { id = ::gettid(); }}.join();
    while (::syscall(SYS_tgkill, ::getpid(), id, 0) == 0) std::this_thread::yield();
}

}  // namespace

int main(int argc, char** argv) {
    const char* const path = argc == 2 ? argv[1] : "";
    start_a_thread();
    const auto before = count_of_threads();
    constexpr int rounds = 10;
    for (int i = 0; i < rounds; ++i) {
        void* const library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) {
            std::puts(::dlerror());
            return 1;
        }
        using Function = int();
        const int failed = reinterpret_cast<Function*>(::dlsym(library, "remove_a_pair"))();
        ::dlclose(library);
        if (failed != 0) return failed;
        if (::dlopen(path, RTLD_NOW | RTLD_NOLOAD) != nullptr) {
            std::puts("it is still loaded, so that this shows nothing");
            return 1;
        }
        if (count_of_threads() != before) {
            std::puts("a thread of it has been left");
            return 1;
        }
    }
    return 0;
}
