// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/print.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp {

/// Where an XDP program runs (XDP_ATTACHED_*).
enum class XdpMode : std::uint8_t {
    none = 0,
    native = 1,   ///< in the driver, before the kernel has made a packet of the frame
    generic = 2,  ///< behind the driver: any link can do that
    offload = 3,  ///< in hardware
    several = 4,  ///< of a LinkState only: one in hardware, and another one
};

/// "none", "native", "generic", "offload", "several".
[[nodiscard]] std::string_view to_string(XdpMode mode) noexcept;

/// The XDP programs of a link, by the numbers that the kernel gives to programs (bpftool-prog(8)).
struct XdpState {
    struct Description;  // <vethpp/message/xdp_fields.hpp>

    XdpMode mode = XdpMode::none;
    std::optional<std::uint32_t> id{};  ///< of the program; empty if there are several, or none
    std::optional<std::uint32_t> native_id{};
    std::optional<std::uint32_t> generic_id{};
    std::optional<std::uint32_t> offload_id{};

    /// A program is attached.
    [[nodiscard]] explicit operator bool() const noexcept { return mode != XdpMode::none; }

    friend bool operator==(const XdpState&, const XdpState&) = default;
};

/// "prog/xdp id 12", as ip(8) says it; empty if nothing is attached.
[[nodiscard]] std::string to_string(const XdpState& state);

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/xdp.ipp>
#endif
