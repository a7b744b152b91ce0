// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/options.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/value/sysctl.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace vethpp {

class ScopedSysctl;

/// The sysctls of a network namespace, or those of a link in it
/// (Documentation/networking/ip-sysctl.rst of the kernel).
///
///     vethpp::Sysctls{server}.set("net.ipv4.tcp_syncookies", 2);
///     vethpp::Sysctls{pair.first()}.set("ipv6.accept_ra", 0);
///
/// **Names** are those of sysctl(8), with dots or slashes: net.ipv4.conf.eth0.forwarding. A link's
/// name that has dots itself is written net/ipv4/conf/eth0.100/forwarding or
/// net.ipv4.conf.eth0/100.forwarding. Those of a link are ipv4.X and ipv6.X for conf, ipv4.neigh.X
/// and ipv6.neigh.X for its neighbours; the link is known by its index, whatever its name is then.
/// What is not below net is no namespace's, and refused (errc::invalid_name): nothing here changes
/// the machine.
/// **Blocking.** Each call enters the namespace, which takes some 30 us. Where /proc is
/// missing, something else or read-only, a /proc of its own is mounted for the call, nowhere that
/// anybody sees (0.2 ms more); in a user namespace that takes a PID namespace of its own.
/// **Errors.** An Error names the sysctl and the namespace: ENOENT, with the reason, for one that
/// is not there; EACCES for one that cannot be written.
class Sysctls {
public:
    explicit Sysctls(NetnsRef netns) noexcept : netns_{std::move(netns)} {}
    explicit Sysctls(const LinkRef& link) : netns_{link.netns()}, link_{link.index()} {}

    /// The value as the kernel shows it, without the newline; several numbers have tabs in between.
    [[nodiscard]] std::string get(std::string_view name, OnError on_error = {}) const;
    /// As a number, a bool (whether it is not 0) or a std::vector of numbers; fails with
    /// errc::invalid_option for a value that is none, or does not fit.
    template <class T>
    [[nodiscard]] T get(std::string_view name, OnError on_error = {}) const;
    /// Whether there is one of that name now.
    [[nodiscard]] bool exists(std::string_view name, OnError on_error = {}) const;

    void set(std::string_view name, const SysctlValue& value, OnError on_error = {}) const;
    /// All of them, in that order, or none: those that were written before one that is refused get
    /// their values back.
    void set(const std::vector<Sysctl>& sysctls, OnError on_error = {}) const;
    /// Sets it until the object goes that is returned: then it has its value of before.
    [[nodiscard]] ScopedSysctl set_scoped(std::string_view name,
                                          const SysctlValue& value,
                                          OnError on_error = {}) const;

private:
    friend class ScopedSysctl;
    // What get() reads, as numbers: two's complement in 64 bits.
    [[nodiscard]] std::vector<std::uint64_t> numbers(std::string_view name,
                                                     bool one,
                                                     std::int64_t least,
                                                     std::uint64_t most,
                                                     OnError on_error) const;

    NetnsRef netns_;
    std::optional<std::uint32_t> link_{};
};

/// A sysctl that has another value as long as this object lives (Sysctls::set_scoped).
///
/// What the destructor cannot do, because the namespace or the link is gone or its process is a
/// child of the one that made the object, it leaves; who wants to know calls restore().
class [[nodiscard]] ScopedSysctl {
public:
    ScopedSysctl() noexcept = default;
    ScopedSysctl(ScopedSysctl&& other) noexcept { *this = std::move(other); }
    ScopedSysctl& operator=(ScopedSysctl&& other) noexcept;
    ~ScopedSysctl();

    /// Gives it its value back now; one that is refused is not tried again. Nothing happens to one
    /// that was moved from or released.
    void restore(OnError on_error = {});
    /// Keeps the value.
    void release() noexcept { armed_ = false; }
    [[nodiscard]] explicit operator bool() const noexcept { return armed_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& previous() const noexcept { return previous_; }

private:
    friend class Sysctls;
    void put_back() noexcept;

    Sysctls sysctls_{NetnsRef::none()};
    std::string name_{};
    std::string previous_{};
    bool armed_ = false;
};

template <class T>
T Sysctls::get(std::string_view name, OnError on_error) const {
    if constexpr (std::is_same_v<T, std::string>) {
        return get(name, on_error);
    } else if constexpr (std::is_same_v<T, bool>) {
        const auto found =
            numbers(name, true, std::numeric_limits<std::int64_t>::min(), ~0ULL, on_error);
        return !found.empty() && found[0] != 0;
    } else if constexpr (std::integral<T>) {
        using Limits = std::numeric_limits<T>;
        const auto found = numbers(name,
                                   true,
                                   static_cast<std::int64_t>(Limits::min()),
                                   static_cast<std::uint64_t>(Limits::max()),
                                   on_error);
        return found.empty() ? T{} : static_cast<T>(found[0]);
    } else {
        using Element = typename T::value_type;
        using Limits = std::numeric_limits<Element>;
        static_assert(std::integral<Element>,
                      "a sysctl is read as std::string, an integer, bool or a vector of integers");
        T out;
        for (const std::uint64_t one : numbers(name,
                                               false,
                                               static_cast<std::int64_t>(Limits::min()),
                                               static_cast<std::uint64_t>(Limits::max()),
                                               on_error))
            out.push_back(static_cast<Element>(one));
        return out;
    }
}

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/sysctls.ipp>
#endif
