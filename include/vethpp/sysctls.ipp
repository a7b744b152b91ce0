// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/netlink/link_queries.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/sysctl.hpp>
#include <vethpp/netns/sysctl_name.hpp>
#include <vethpp/sysctls.hpp>
#include <vethpp/value/attempt.hpp>

#include <algorithm>
#include <charconv>

namespace vethpp {
namespace detail {

// Whose they are: a namespace's, or in it a link's.
struct SysctlOwner {
    NetnsPtr netns{};
    std::optional<std::string> link{};

    [[nodiscard]] std::string path(std::string_view name, Failure& failure) const {
        return link ? sysctl_path_of_link(name, *link, failure) : sysctl_path(name, failure);
    }
    void write(const SysctlFiles& files,
               const std::string& path,
               std::string_view value,
               Failure& failure) const {
        check_sysctl_value(value, failure);
        files.write(path, concat({value, "\n"}), failure);
        if (!failure && turns_detection_on(path, value)) netns->skips_duplicate_detection = false;
    }
};

// What is left of it gets its values back.
struct SysctlsBefore {
    const SysctlOwner& owner;
    const SysctlFiles& files;
    std::vector<std::pair<std::string, std::string>> values{};

    SysctlsBefore(const SysctlOwner& of, const SysctlFiles& by) noexcept : owner{of}, files{by} {}
    SysctlsBefore(const SysctlsBefore&) = delete;
    SysctlsBefore& operator=(const SysctlsBefore&) = delete;
    ~SysctlsBefore() {
        for (; !values.empty(); values.pop_back()) try {
                Failure ignored;
                owner.write(files, values.back().first, values.back().second, ignored);
            } catch (...) {
                continue;  // no memory for that one
            }
    }
};

// attempt() in the namespace: body(owner, files, failure).
template <class Body>
void attempt_sysctl(const Operation& operation,
                    const NetnsRef& netns,
                    const std::optional<std::uint32_t>& link,
                    OnError on_error,
                    Body&& body) {
    attempt(operation, on_error, [&](Failure& failure) {
        if (link && *link == 0) failure.fail(errc::no_such_link);
        SysctlOwner found{netns.resolve(failure)};
        if (!failure) found.netns->session.check_is_ours(failure);
        if (failure) return;
        if (link)
            found.link = netlink::look_up(found.netns->session, {.index = *link}, failure).name;
        const auto visit = [&](SysctlFiles& files) {
            files.use_own_proc_if_needed();
            body(found, files, failure);
        };
        with_sysctls(found.netns, visit, failure);
    });
}

// Takes the next number off a text; says what is wrong with it, or nothing.
[[nodiscard]] inline const char* take_number(std::string_view& text,
                                             std::int64_t least,
                                             std::uint64_t most,
                                             std::uint64_t& number) {
    const std::string_view word = text.substr(0, text.find_first_of(" \t"));
    const char* const begin = text.data();
    const char* const end = begin + word.size();
    text.remove_prefix(std::min(text.find_first_not_of(" \t", word.size()), text.size()));
    const bool is_negative = word.starts_with('-');
    std::int64_t below = 0;
    const auto [read, ec] =
        is_negative ? std::from_chars(begin, end, below) : std::from_chars(begin, end, number);
    if (read != end || ec == std::errc::invalid_argument) return " is not a number";
    const bool fits = ec == std::errc{} && (is_negative ? below >= least : number <= most);
    if (is_negative) number = static_cast<std::uint64_t>(below);
    return fits ? nullptr : " does not fit into that type";
}

}  // namespace detail

VETHPP_INLINE std::string Sysctls::get(std::string_view name, OnError on_error) const {
    std::string value;
    detail::attempt_sysctl(
        {"read the sysctl", name, netns_.label()},
        netns_,
        link_,
        on_error,
        [&](const auto& owner, const detail::SysctlFiles& files, Failure& failure) {
            value = files.read(owner.path(name, failure), failure);
        });
    return value;
}

VETHPP_INLINE std::vector<std::uint64_t> Sysctls::numbers(std::string_view name,
                                                          bool one,
                                                          std::int64_t least,
                                                          std::uint64_t most,
                                                          OnError on_error) const {
    std::vector<std::uint64_t> out;
    detail::attempt_sysctl(
        {"read the sysctl", name, netns_.label()},
        netns_,
        link_,
        on_error,
        [&](const auto& owner, const detail::SysctlFiles& files, Failure& failure) {
            const std::string value = files.read(owner.path(name, failure), failure);
            std::string_view rest = value;
            const char* wrong = one && rest.empty() ? " is not a number" : nullptr;
            while (wrong == nullptr && !rest.empty()) {
                wrong = detail::take_number(rest, least, most, out.emplace_back());
                if (one && wrong == nullptr && !rest.empty()) wrong = " is not one number";
            }
            if (wrong == nullptr || failure) return;
            failure.fail(errc::invalid_option, detail::quoted(value) + wrong);
            out.clear();
        });
    return out;
}

VETHPP_INLINE bool Sysctls::exists(std::string_view name, OnError on_error) const {
    bool found = false;
    detail::attempt_sysctl(
        {"look for the sysctl", name, netns_.label()},
        netns_,
        link_,
        on_error,
        [&](const auto& owner, const detail::SysctlFiles& files, Failure& failure) {
            found = files.exist(owner.path(name, failure), failure);
        });
    return found;
}

VETHPP_INLINE void Sysctls::set(std::string_view name,
                                const SysctlValue& value,
                                OnError on_error) const {
    detail::attempt_sysctl(
        {"set the sysctl", name, netns_.label()},
        netns_,
        link_,
        on_error,
        [&](const auto& owner, const detail::SysctlFiles& files, Failure& failure) {
            owner.write(files, owner.path(name, failure), value.text(), failure);
        });
}

VETHPP_INLINE void Sysctls::set(const std::vector<Sysctl>& sysctls, OnError on_error) const {
    detail::attempt_sysctl(
        {"set the sysctls", {}, netns_.label()},
        netns_,
        link_,
        on_error,
        [&](const auto& owner, const detail::SysctlFiles& files, Failure& failure) {
            detail::SysctlsBefore before{owner, files};
            for (const Sysctl& one : sysctls) {
                std::string path = owner.path(one.name, failure);
                std::string value = files.read(path, failure);
                before.values.emplace_back(std::move(path), std::move(value));
                owner.write(files, before.values.back().first, one.value.text(), failure);
                if (!failure) continue;
                failure.context.object = one.name;
                return before.values.pop_back();
            }
            before.values.clear();
        });
}

VETHPP_INLINE ScopedSysctl Sysctls::set_scoped(std::string_view name,
                                               const SysctlValue& value,
                                               OnError on_error) const {
    ScopedSysctl scope;
    scope.name_ = name;
    detail::attempt_sysctl(
        {"set the sysctl", name, netns_.label()},
        netns_,
        link_,
        on_error,
        [&](const auto& owner, const detail::SysctlFiles& files, Failure& failure) {
            const std::string path = owner.path(name, failure);
            scope.sysctls_ = *this;
            // Whichever thread it ends on, and wherever that is then.
            scope.sysctls_.netns_ = NetnsRef{owner.netns};
            scope.previous_ = files.read(path, failure);
            owner.write(files, path, value.text(), failure);
            scope.armed_ = !failure;
        });
    return scope;
}

VETHPP_INLINE ScopedSysctl& ScopedSysctl::operator=(ScopedSysctl&& other) noexcept {
    if (this == &other) return *this;
    put_back();
    sysctls_ = std::move(other.sysctls_);
    name_ = std::move(other.name_);
    previous_ = std::move(other.previous_);
    armed_ = std::exchange(other.armed_, false);
    return *this;
}

VETHPP_INLINE ScopedSysctl::~ScopedSysctl() { put_back(); }

VETHPP_INLINE void ScopedSysctl::put_back() noexcept {
    try {
        error_code ignored;
        restore(ignored);
    } catch (...) {
        return;  // no memory to say what was refused
    }
}

VETHPP_INLINE void ScopedSysctl::restore(OnError on_error) {
    if (!std::exchange(armed_, false)) return on_error({});
    sysctls_.set(name_, previous_, on_error);
}

}  // namespace vethpp
