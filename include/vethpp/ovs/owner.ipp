// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/ovs/owner.hpp>
#include <vethpp/ovs/text_file.hpp>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <sys/stat.h>
#include <unistd.h>

namespace vethpp::detail {

// The parts of an owner's text; empty for what is none.
struct OwnerParts {
    ::pid_t process = 0;
    std::string_view processes{};  // the PID namespace
    std::string_view times{};      // the time namespace
    std::string_view boot{};
    std::string_view start{};
};

// Everything up to a separator, which is taken off as well.
[[nodiscard]] inline std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t end = text.find(separator);
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return part;
}

[[nodiscard]] inline OwnerParts owner_parts(std::string_view text) {
    OwnerParts parts;
    const std::string_view process = take_until(text, '@');
    const char* const begin = process.data();
    const char* const end = begin + process.size();
    const auto parsed = std::from_chars(begin, end, parts.process);
    if (parsed.ec != std::errc{} || parsed.ptr != end || parts.process <= 0) return {};
    parts.processes = take_until(text, ',');
    parts.times = take_until(text, ',');
    parts.boot = take_until(text, ':');
    parts.start = text;
    return parts;
}

// Of the calling process, whatever the procfs is that is mounted.
[[nodiscard]] inline std::string own_namespace(const char* path) {
    struct stat info {};
    return ::stat(path, &info) == 0 ? std::to_string(info.st_ino) : "";
}

[[nodiscard]] inline std::string boot_id() {
    std::string id = read_text_file("/proc/sys/kernel/random/boot_id");
    while (!id.empty() && id.back() == '\n') id.pop_back();
    return id;
}

// When a process started, by the clock of the reader's time namespace; empty if that cannot be
// read.
[[nodiscard]] inline std::string start_time(const std::string& process) {
    const std::string stat = read_text_file(concat({"/proc/", process, "/stat"}));
    // The name, in parentheses, may contain anything; the start time is field 22 of proc(5).
    const std::size_t end = stat.rfind(')');
    if (end == stat.npos) return {};
    std::string_view fields = std::string_view{stat}.substr(end);
    for (int field = 2; field < 22; ++field) (void)take_until(fields, ' ');
    const std::string_view start = take_until(fields, ' ');
    const bool is_number = start.find_first_not_of("0123456789") == start.npos;
    return is_number ? std::string{start} : std::string{};
}

// Whether /proc counts processes as this one does: its own line of ids has but one then.
[[nodiscard]] inline bool proc_is_of_own_namespace() {
    const std::string status = read_text_file("/proc/self/status");
    constexpr std::string_view word = "\nNSpid:\t";
    const std::size_t at = status.find(word);
    if (at == status.npos) return false;
    std::string_view ids = std::string_view{status}.substr(at + word.size());
    return take_until(ids, '\n') == std::to_string(::getpid());
}

VETHPP_INLINE std::string OvsOwner::self() {
    return concat({std::to_string(::getpid()),
                   "@",
                   own_namespace("/proc/self/ns/pid"),
                   ",",
                   own_namespace("/proc/self/ns/time"),
                   ",",
                   boot_id(),
                   ":",
                   start_time("self")});
}

VETHPP_INLINE bool OvsOwner::is_dead(std::string_view owner) {
    const OwnerParts parts = owner_parts(owner);
    const std::string boot = boot_id();
    const std::string processes = own_namespace("/proc/self/ns/pid");
    if (parts.process == 0 || boot.empty() || processes.empty()) return false;
    if (parts.boot != boot || parts.processes != processes) return false;
    if (::kill(parts.process, 0) != 0) {
        if (errno == ESRCH) return true;
        if (errno != EPERM) return false;
    }
    // The id is in use, by whomever.
    if (parts.times != own_namespace("/proc/self/ns/time") || !proc_is_of_own_namespace())
        return false;
    const std::string start = start_time(std::to_string(parts.process));
    return !start.empty() && !parts.start.empty() && start != parts.start;
}

}  // namespace vethpp::detail
