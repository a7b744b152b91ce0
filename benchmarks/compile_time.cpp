// SPDX-License-Identifier: BSL-1.0
// What including the library costs a compiler: <vethpp/veth.hpp> against the headers of Boost and
// fmt that it includes, which a program that uses Asio has anyway. In processor time, so that other
// programs on the machine disturb less.
//
//     compile_time INCLUDE_DIRECTORY COMPILER...
#include "support/measure.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int rounds = 5;

[[noreturn]] void fail(const std::string& what) {
    fmt::print(stderr, "compile_time: {}\n", what);
    std::exit(1);
}

// The headers of others that the umbrella reaches through headers of the library.
void collect(const std::filesystem::path& directory,
             const std::string& header,
             std::set<std::string>& seen,
             std::set<std::string>& foreign) {
    static const std::regex include{R"(^\s*#\s*include\s*<((vethpp|boost|fmt)/[^>]*)>.*)"};
    if (!seen.insert(header).second) return;
    std::ifstream file{directory / header};
    if (!file) fail(fmt::format("cannot read {}", header));
    std::smatch match;
    for (std::string line; std::getline(file, line);) {
        if (!std::regex_match(line, match, include)) continue;
        if (match[2] == "vethpp")
            collect(directory, match[1], seen, foreign);
        else
            foreign.insert(match[1]);
    }
}

double processor_seconds(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    arguments.reserve(command.size() + 1);
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0)
        fail(fmt::format("cannot run {}", command[0]));
    int status = 0;
    rusage used{};
    if (::wait4(child, &status, 0, &used) < 0 || status != 0)
        fail(fmt::format("{} failed", command[0]));
    const auto value = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return value(used.ru_utime) + value(used.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) fail("usage: compile_time INCLUDE_DIRECTORY COMPILER...");
    const std::filesystem::path include = argv[1];
    std::set<std::string> seen;
    std::set<std::string> foreign;
    collect(include, "vethpp/veth.hpp", seen, foreign);

    std::string pattern = std::filesystem::temp_directory_path() / "vethpp-compile-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) fail("cannot make a directory");
    const std::filesystem::path scratch = pattern;
    const auto whole = scratch / "library.cpp";
    const auto needed = scratch / "needed.cpp";
    std::ofstream{whole} << "#include <vethpp/veth.hpp>\n";
    {
        std::ofstream file{needed};
        for (const std::string& header : foreign) file << "#include <" << header << ">\n";
    }

    for (int i = 2; i < argc; ++i) {
        const auto compile = [&](const std::filesystem::path& source) {
            return processor_seconds(
                {argv[i], "-std=c++20", "-I", include, "-c", source, "-o", scratch / "result.o"});
        };
        std::vector<double> by_library;
        std::vector<double> by_needed;
        compile(whole);
        for (int round = 0; round < rounds; ++round) {
            by_library.push_back(compile(whole));
            by_needed.push_back(compile(needed));
        }
        const auto name = std::filesystem::path{argv[i]}.filename().string();
        bench::print_ratio(fmt::format("compiling, {}: library / needed", name),
                           by_library,
                           by_needed,
                           "at most 1.30");
    }
    std::string list;
    for (const std::string& header : foreign) list += (list.empty() ? "" : ", ") + header;
    fmt::print("    needed: {}\n", list);
    std::filesystem::remove_all(scratch);
}
