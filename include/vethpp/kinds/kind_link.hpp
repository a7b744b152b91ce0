// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>
#include <vethpp/message/any_data.hpp>
#include <vethpp/message/format.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace vethpp {

namespace detail {

/// What a KindLink does, without its type.
class AnyKindLink : public Link {
protected:
    AnyKindLink(LinkOptions&& options,
                std::string_view kind,
                Lower lower,
                const message::AnyData& settings,
                OnError on_error);

    void configure(std::string_view kind, const message::AnyData& settings, OnError on_error);
    void read(std::string_view kind,
              FunctionRef<bool(std::span<const std::byte>)> read,
              OnError on_error) const;
};

}  // namespace detail

/// A link of one kind, made, owned and asked like the nouns; one that is described by its settings
/// needs nothing else.
///
///     struct MacvlanSettings {
///         static constexpr std::string_view kind = "macvlan";  // as `ip link add type` takes it
///         static constexpr Lower lower = Lower::required;
///         std::optional<MacvlanMode> mode{};
///         static constexpr auto fields() { ... }               // what goes into IFLA_INFO_DATA
///     };
///     class Macvlan : public KindLink<MacvlanSettings> { using KindLink::KindLink; };
///
/// **Ownership, Blocking, Errors.** Those of Link.
template <class Settings>
class KindLink : public detail::AnyKindLink {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): as in `links.push_back({{.netns = ns1}, {}})`
    KindLink(LinkOptions options, const Settings& settings = {}, OnError on_error = {})
        : AnyKindLink{std::move(options),
                      Settings::kind,
                      Settings::lower,
                      message::any_data(settings),
                      on_error} {}
    KindLink(LinkOptions options, ErrorCode auto& ec) : KindLink{std::move(options), {}, ec} {}

    /// Changes the settings that are given and leaves the others.
    void configure(const Settings& settings, OnError on_error = {}) {
        AnyKindLink::configure(Settings::kind, message::any_data(settings), on_error);
    }
    /// As the kernel has them now.
    [[nodiscard]] Settings settings(OnError on_error = {}) const {
        Settings result;
        read(
            Settings::kind,
            [&](std::span<const std::byte> data) { return wire::read(data, result); },
            on_error);
        return result;
    }
};

/// Of a LinkState: `state.data<MacvlanSettings>()`.
template <wire::Described Data>
[[nodiscard]] bool read_data(std::span<const std::byte> attributes, Data& data) {
    return wire::read(attributes, data);
}

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/kinds/kind_link.ipp>
#endif
