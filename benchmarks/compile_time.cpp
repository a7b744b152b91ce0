// SPDX-License-Identifier: BSL-1.0
// What the library costs a compiler, in processor time, so that other programs on the machine
// disturb less, and in memory: the first example, in both forms, against a program that uses an
// address of Asio, an error and fmt::print, with the headers of Boost and fmt that the library's
// interface needs; and one more kind of link, against nothing.
//
//     compile_time SOURCE_DIRECTORY COMPILER...
#include "support/measure.hpp"

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int rounds = 7;
constexpr int kinds = 20;

[[noreturn]] void fail(const std::string& what) {
    fmt::print(stderr, "compile_time: {}\n", what);
    std::exit(1);
}

// The headers of others that a header reaches, but for those that only bodies include.
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
        if (line.find("ifndef VETHPP_SEPARATE_COMPILATION") != std::string::npos) return;
        if (!std::regex_match(line, match, include)) continue;
        if (match[2] == "vethpp")
            collect(directory, match[1], seen, foreign);
        else
            foreign.insert(match[1]);
    }
}

std::string needed_program(const std::set<std::string>& headers) {
    std::string text;
    for (const std::string& header : headers) text += fmt::format("#include <{}>\n", header);
    return text + R"(
int main() {
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address("10.0.0.1", ec);
    if (ec) throw boost::system::system_error{ec};
    fmt::print("{}\n", address.to_string());
}
)";
}

// A program with that many kinds of links of its own, each made, changed and asked.
std::string program_of_kinds(int count) {
    std::string text =
        "#include <vethpp/kinds/kind_link.hpp>\n#include <vethpp/netns.hpp>\n"
        "#include <vethpp/message/scalars.hpp>\n";
    for (int i = 0; i < count; ++i) {
        std::string kind = R"(
struct Settings@ {
    static constexpr std::string_view kind = "kind@";
    std::optional<std::uint32_t> one{};
    std::optional<std::uint16_t> two{};
    std::optional<bool> three{};
    static constexpr auto fields() {
        using namespace vethpp::wire;
        return Fields<Field<&Settings@::one, Attribute<1, vethpp::message::U32, "one">>,
                      Field<&Settings@::two, Attribute<2, vethpp::message::U16, "two">>,
                      Field<&Settings@::three, Attribute<3, vethpp::message::Flag8, "three">>>{};
    }
};
void use@(const vethpp::Netns& netns) {
    vethpp::KindLink<Settings@> link{{.netns = netns}, {.one = 1}};
    link.configure({.two = 2});
    (void)link.settings();
}
)";
        for (std::size_t at; (at = kind.find('@')) != std::string::npos;)
            kind.replace(at, 1, std::to_string(i));
        text += kind;
    }
    return text + "int main() {}\n";
}

struct Cost {
    double seconds = 0;
    double kibibytes = 0;
};

Cost compile(const std::vector<std::string>& command) {
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
    return {static_cast<double>(used.ru_utime.tv_sec) +
                static_cast<double>(used.ru_utime.tv_usec) / 1e6,
            static_cast<double>(used.ru_maxrss)};
}

struct Series {
    std::vector<double> seconds{};
    std::vector<double> kibibytes{};
    void add(const Cost& cost) {
        seconds.push_back(cost.seconds);
        kibibytes.push_back(cost.kibibytes);
    }
};

class Compiler {
public:
    Compiler(std::string program, std::filesystem::path include, std::filesystem::path result)
        : program_{std::move(program)}, include_{std::move(include)}, result_{std::move(result)} {}

    [[nodiscard]] std::string name() const {
        return std::filesystem::path{program_}.filename().string();
    }
    [[nodiscard]] Cost header_only(const std::filesystem::path& source) const {
        return compile(
            {program_, "-std=c++20", "-O0", "-I", include_, "-c", source, "-o", result_});
    }
    [[nodiscard]] Cost apart(const std::filesystem::path& source) const {
        return compile({program_,
                        "-std=c++20",
                        "-O0",
                        "-DVETHPP_SEPARATE_COMPILATION",
                        "-I",
                        include_,
                        "-c",
                        source,
                        "-o",
                        result_});
    }

private:
    std::string program_;
    std::filesystem::path include_;
    std::filesystem::path result_;
};

void compare(const Compiler& compiler,
             const std::filesystem::path& example,
             const std::filesystem::path& needed) {
    Series header_only;
    Series apart;
    Series base;
    (void)compiler.header_only(example);  // from here on, all files are in memory
    for (int round = 0; round < rounds; ++round) {
        header_only.add(compiler.header_only(example));
        base.add(compiler.header_only(needed));
        apart.add(compiler.apart(example));
    }
    const auto line = [&](const char* form, const Series& series, const char* aim) {
        bench::print_ratio(fmt::format("example 01, {}, {}", compiler.name(), form),
                           series.seconds,
                           base.seconds,
                           aim);
        bench::print_count(
            fmt::format("    memory: {:.0f} / {:.0f} MiB",
                        bench::median(series.kibibytes) / 1024,
                        bench::median(base.kibibytes) / 1024),
            fmt::format("{:.2f}", bench::median(series.kibibytes) / bench::median(base.kibibytes)),
            aim);
    };
    line("compiled", apart, "at most 2.00");
    line("header-only", header_only, "at most 4.00");
}

void one_more_kind(const Compiler& compiler,
                   const std::filesystem::path& few,
                   const std::filesystem::path& many) {
    std::vector<double> header_only;
    std::vector<double> apart;
    for (int round = 0; round < rounds; ++round) {
        const double one = compiler.header_only(few).seconds;
        header_only.push_back((compiler.header_only(many).seconds - one) / kinds);
        const double other = compiler.apart(few).seconds;
        apart.push_back((compiler.apart(many).seconds - other) / kinds);
    }
    for (const auto& [form, series] : {std::pair{"compiled", apart}, {"header-only", header_only}})
        bench::print_count(fmt::format("one more kind, {}, {}", compiler.name(), form),
                           bench::with_unit(bench::median(series)),
                           "under 20 ms");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) fail("usage: compile_time SOURCE_DIRECTORY COMPILER...");
    const std::filesystem::path root = argv[1];
    std::set<std::string> seen;
    std::set<std::string> foreign;
    collect(root / "include", "vethpp/veth.hpp", seen, foreign);
    collect(root / "include", "vethpp/ping.hpp", seen, foreign);

    std::string pattern = std::filesystem::temp_directory_path() / "vethpp-compile-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) fail("cannot make a directory");
    const std::filesystem::path scratch = pattern;
    const auto needed = scratch / "needed.cpp";
    const auto few = scratch / "few.cpp";
    const auto many = scratch / "many.cpp";
    std::ofstream{needed} << needed_program(foreign);
    std::ofstream{few} << program_of_kinds(1);
    std::ofstream{many} << program_of_kinds(1 + kinds);

    for (int i = 2; i < argc; ++i) {
        const Compiler compiler{argv[i], root / "include", scratch / "result.o"};
        compare(compiler, root / "examples/01_two_namespaces.cpp", needed);
        one_more_kind(compiler, few, many);
    }
    std::string list;
    for (const std::string& header : foreign) list += (list.empty() ? "" : ", ") + header;
    fmt::print("    needed: {}\n", list);
    std::filesystem::remove_all(scratch);
}
