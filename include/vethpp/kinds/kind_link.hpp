// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>
#include <vethpp/link/foundation.hpp>
#include <vethpp/message/any_data.hpp>
#include <vethpp/message/format.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace vethpp {

namespace detail {

/// The settings of a kind of link, without their type. It refers to them.
struct AnySettings {
    std::string_view kind{};
    Foundation foundation{};
    message::AnyData data{};
    const void* value = nullptr;
    void (*check)(const void* settings, Failure& failure) = nullptr;
    void (*check_change)(const void* settings, Failure& failure) = nullptr;
    std::string_view (*why_refused)(const void* settings, error_code code) = nullptr;
};

/// What a KindLink does, without its type.
class AnyKindLink : public Link {
protected:
    /// For one that is made by other means.
    AnyKindLink() noexcept = default;
    AnyKindLink(LinkOptions&& options, const AnySettings& settings, OnError on_error);

    void configure(const AnySettings& settings, OnError on_error);
    /// For a kind that the kernel changes as a whole: `whole` is what merge(current data) makes.
    void configure_whole(const AnySettings& given,
                         const AnySettings& whole,
                         FunctionRef<bool(std::span<const std::byte>)> merge,
                         OnError on_error);
    /// read(data, lower): the index of IFLA_LINK, 0 if there is none
    void read(std::string_view kind,
              FunctionRef<bool(std::span<const std::byte>, std::uint32_t lower)> read,
              OnError on_error) const;
};

/// The index of a lower link, in the data of a kind for which it is optional.
struct LowerIndex {
    using Value = LinkRef;
    static void write(wire::Writer& w, std::uint16_t id, const LinkRef& v) noexcept {
        const std::uint32_t index = v.index();
        w.attribute(id, &index, sizeof index);
    }
    static bool read(wire::Bytes bytes, LinkRef& v) {
        std::uint32_t index = 0;
        if (!wire::load(bytes, index)) return false;
        v = LinkRef::of_index(index);
        return true;
    }
};

/// What the settings of a kind say of what it stands on.
template <class Settings>
[[nodiscard]] Foundation foundation_of(const Settings& settings) noexcept {
    Foundation foundation;
    if constexpr (requires { settings.lower.index(); }) {
        foundation.lower = &settings.lower;
        foundation.is_required = true;
    } else if constexpr (requires { settings.lower; }) {
        if (settings.lower) foundation.lower = &*settings.lower;
    }
    if constexpr (requires { settings.underlay; }) {
        if (settings.underlay) foundation.underlay = &*settings.underlay;
    }
    foundation.is_made_there = requires { Settings::is_made_in_underlay; };
    return foundation;
}

/// Addresses among the settings are checked. By pointers, so that no kind and no member makes a
/// compiler instantiate anything.
void check_setting(const IpAddress* address, Failure& failure);
void check_setting(const MacAddress* address, Failure& failure);
void check_setting(const std::optional<IpAddress>* address, Failure& failure);
void check_setting(const std::optional<MacAddress>* address, Failure& failure);
inline void check_setting(const void*, Failure&) noexcept {}

template <class Settings, class... F>
void check_settings(const Settings& settings, Failure& failure, wire::Fields<F...>) {
    (check_setting(&(settings.*F::member), failure), ...);
    if constexpr (requires { settings.check(failure); }) settings.check(failure);
}

/// Reads the data of a kind; false for malformed bytes.
template <class Settings>
[[nodiscard]] bool read_settings(std::span<const std::byte> data, Settings& settings) {
    if (!wire::read(data, settings)) return false;
    // The kernel writes 0 for no link.
    if constexpr (requires {
                      settings.lower->index();
                      settings.lower.reset();
                  })
        if (settings.lower && settings.lower->index() == 0) settings.lower.reset();
    if constexpr (requires { settings.adopt(); }) settings.adopt();
    return true;
}

/// Takes what is given over what there is.
template <class Settings, class... F>
void overlay(Settings& settings, const Settings& given, wire::Fields<F...>) {
    [[maybe_unused]] const auto take = [](auto& to, const auto& from) {
        if (from) to = from;
    };
    (take(settings.*F::member, given.*F::member), ...);
    if constexpr (requires { settings.overlay(given); }) settings.overlay(given);
}

template <class S>
[[nodiscard]] AnySettings any_settings(const S& settings) noexcept {
    AnySettings any{S::kind, foundation_of(settings), message::any_data(settings), &settings};
    any.check = [](const void* value, Failure& failure) {
        check_settings(*static_cast<const S*>(value), failure, wire::fields_of<S>());
    };
    if constexpr (requires(Failure & failure) { settings.check_change(failure); })
        any.check_change = [](const void* value, Failure& failure) {
            static_cast<const S*>(value)->check_change(failure);
        };
    if constexpr (requires(error_code ec) { settings.why_refused(ec); })
        any.why_refused = [](const void* value, error_code ec) -> std::string_view {
            return static_cast<const S*>(value)->why_refused(ec);
        };
    return any;
}

}  // namespace detail

/// A link of one kind, made, owned and asked like the nouns; one that is described by its settings
/// needs nothing else.
///
///     struct MacvlanSettings {
///         static constexpr std::string_view kind = "macvlan";  // as `ip link add type` takes it
///         LinkRef lower{};
///         std::optional<MacvlanMode> mode{};
///         static constexpr auto fields() { ... }               // what goes into IFLA_INFO_DATA
///     };
///     class Macvlan : public KindLink<MacvlanSettings> { using KindLink::KindLink; };
///
/// A kind that always stands on another link has a `LinkRef lower{}`, which is no field. One that
/// may stand on one has a `std::optional<LinkRef> lower{}`, which is a field (detail::LowerIndex).
/// One whose packets are those of a socket has a `std::optional<NetnsRef> underlay{}`, which is no
/// field: the namespace where that socket is, if it is not the link's. The lower link may be in any
/// namespace, and then that is the underlay.
///
/// Three members may serve errors. `void check(Failure&) const` fails with what the kernel would
/// not say, before anything is sent; addresses are checked anyway. `void check_change(Failure&)
/// const` is for configure() alone: what the kernel would leave as it is without a word.
/// `std::string_view why_refused(error_code) const` is the hint for what the kernel refuses without
/// a text.
///
/// Members that are no fields, such as one that stands for two, take three more: `void complete()`
/// makes the fields of them before writing, `void adopt()` makes them of the fields after reading,
/// and `void overlay(const Settings& given)` takes those that are given. Where the kernel sets back
/// what a change does not give, `static constexpr bool changes_as_a_whole = true` has configure()
/// ask first and say everything again. Where a link's packets go by the namespace that it is made
/// in, `static constexpr bool is_made_in_underlay = true` has the kernel make it there and move it.
///
/// **Ownership, Blocking, Errors.** Those of Link.
template <class Settings>
class KindLink : public detail::AnyKindLink {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): as in `links.push_back({{.netns = ns1}, {}})`
    KindLink(LinkOptions options, const Settings& settings = {}, OnError on_error = {})
        : AnyKindLink{std::move(options), detail::any_settings(settings), on_error} {}
    KindLink(LinkOptions options, ErrorCode auto& ec) : KindLink{std::move(options), {}, ec} {}

    /// Changes the settings that are given and leaves the others. A required lower link, and an
    /// underlay, stay what they are: errc::invalid_option.
    void configure(const Settings& settings, OnError on_error = {}) {
        if constexpr (requires { Settings::changes_as_a_whole; }) {
            Settings whole;
            const auto merge = [&](std::span<const std::byte> data) {
                if (!detail::read_settings(data, whole)) return false;
                detail::overlay(whole, settings, wire::fields_of<Settings>());
                return true;
            };
            configure_whole(
                detail::any_settings(settings), detail::any_settings(whole), merge, on_error);
        } else {
            AnyKindLink::configure(detail::any_settings(settings), on_error);
        }
    }
    /// As the kernel has them now. Of a lower link it tells the index, in the underlay.
    [[nodiscard]] Settings settings(OnError on_error = {}) const {
        Settings result;
        read(
            Settings::kind,
            [&](std::span<const std::byte> data, [[maybe_unused]] std::uint32_t lower) {
                if constexpr (requires { result.lower.index(); })
                    result.lower = LinkRef::of_index(lower);
                return detail::read_settings(data, result);
            },
            on_error);
        return result;
    }
};

/// Of a LinkState: `state.data<MacvlanSettings>()`.
template <wire::Described Data>
[[nodiscard]] bool read_data(std::span<const std::byte> attributes, Data& data) {
    return detail::read_settings(attributes, data);
}

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/kinds/kind_link.ipp>
#endif
