// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "bare.hpp"

#include <array>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

/// Runs a script; the program ends if that fails.
inline void shell(const char* script) {
    std::array<char*, 4> arguments{
        const_cast<char*>("sh"), const_cast<char*>("-c"), const_cast<char*>(script), nullptr};
    pid_t child = 0;
    int status = 0;
    if (::posix_spawnp(&child, "sh", nullptr, nullptr, arguments.data(), environ) != 0)
        bare::fail("sh");
    if (::waitpid(child, &status, 0) < 0 || status != 0) bare::fail("the shell's commands");
}

}  // namespace bench
