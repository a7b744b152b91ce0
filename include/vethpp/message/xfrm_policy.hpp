// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/net_in.hpp>
#include <vethpp/message/scalars.hpp>
#include <vethpp/message/xfrm.hpp>
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <linux/xfrm.h>
#include <optional>
#include <string>
#include <vector>

namespace vethpp {

/// Which packets: those that arrive for this host, that it sends, or that it forwards.
enum class XfrmDirection : std::uint8_t {
    in = XFRM_POLICY_IN,
    out = XFRM_POLICY_OUT,
    forward = XFRM_POLICY_FWD,
};
enum class XfrmAction : std::uint8_t {
    allow = XFRM_POLICY_ALLOW,
    block = XFRM_POLICY_BLOCK,
};

/// "in", "out", "fwd"; "allow", "block": as ip(8) says them.
[[nodiscard]] std::string to_string(XfrmDirection direction);
[[nodiscard]] std::string to_string(XfrmAction action);

/// What protects the packets of a policy: any state that fits.
struct XfrmTemplate {
    std::optional<IpAddress> source{};  ///< of the outer header; in transport mode the packet's
    std::optional<IpAddress> destination{};
    XfrmProtocol protocol = XfrmProtocol::esp;
    std::optional<std::uint32_t> spi{};
    XfrmMode mode = XfrmMode::transport;
    std::uint32_t request_id = 0;  ///< of the state; 0 is any
    bool optional = false;         ///< packets that come without are taken, too ("level use")

    [[nodiscard]] bool is_v6() const noexcept {
        return (source && source->is_v6()) || (destination && destination->is_v6());
    }
    /// "src 10.0.0.1 dst 10.0.0.2 proto esp reqid 7 mode tunnel"
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const XfrmTemplate&, const XfrmTemplate&) = default;
};

namespace message {

struct Templates {
    using Value = std::vector<XfrmTemplate>;
    static bool has(const Value& v) noexcept { return !v.empty(); }
    static void write(wire::Writer& w, std::uint16_t id, const Value& v) noexcept;
    static bool read(wire::Bytes bytes, Value& v);
};
struct PolicyType {
    using Value = std::uint32_t;
    static void write(wire::Writer& w, std::uint16_t id, std::uint32_t v) noexcept;
    static bool read(wire::Bytes bytes, std::uint32_t& v) noexcept;
};

}  // namespace message

/// Which packets have to be protected, and how (ip-xfrm(8)). A policy is known by its direction,
/// selector, mark, if_id and type.
struct XfrmPolicy {
    XfrmDirection direction = XfrmDirection::out;
    XfrmSelector selector{};
    std::uint32_t priority = 0;  ///< of several that fit, the lowest counts
    XfrmAction action = XfrmAction::allow;
    std::optional<XfrmMark> mark{};
    std::optional<std::uint32_t> if_id{};  ///< of the xfrm link whose packets are meant
    /// One after another, the innermost first; without, packets go as they are.
    std::vector<XfrmTemplate> templates{};
    std::uint32_t flags = 0;  ///< XFRM_POLICY_*
    XfrmLimits limits{};
    std::uint32_t index = 0;              ///< the kernel's number of it, unless given
    std::optional<std::uint32_t> type{};  ///< XFRM_POLICY_TYPE_*; the main one unless given
    std::optional<XfrmOffload> offload{};
    XfrmUse use{};

    /// That of the selector; where it has no address, that of the templates, or IPv4.
    [[nodiscard]] bool is_v6() const noexcept;
    /// "src 10.1.0.0/24 dst 10.2.0.0/24 dir out priority 100 ...": as `ip xfrm policy`, on one
    /// line.
    [[nodiscard]] std::string to_string() const;
    /// What it is known by: "src 10.1.0.0/24 dst 10.2.0.0/24 dir out".
    [[nodiscard]] std::string name() const;
    friend bool operator==(const XfrmPolicy&, const XfrmPolicy&) = default;

    void complete(xfrm_userpolicy_info& header) const noexcept;
    void adopt(const xfrm_userpolicy_info& header);
    static constexpr auto header() {
        using Info = xfrm_userpolicy_info;
        using wire::Fixed;
        return wire::Header<Info,
                            Fixed<&XfrmPolicy::direction, &Info::dir, "direction">,
                            Fixed<&XfrmPolicy::priority, &Info::priority, "priority">,
                            Fixed<&XfrmPolicy::action, &Info::action, "action">,
                            Fixed<&XfrmPolicy::flags, &Info::flags, "flags">,
                            Fixed<&XfrmPolicy::index, &Info::index, "index">>{};
    }
    static constexpr auto fields() {
        using P = XfrmPolicy;
        using wire::Attribute, wire::Field;
        return wire::Fields<
            Field<&P::mark, Attribute<XFRMA_MARK, message::Marked, "mark">>,
            Field<&P::if_id, Attribute<XFRMA_IF_ID, message::U32, "if_id">>,
            Field<&P::templates, Attribute<XFRMA_TMPL, message::Templates, "templates">>,
            Field<&P::type, Attribute<XFRMA_POLICY_TYPE, message::PolicyType, "type">>,
            Field<&P::offload, Attribute<XFRMA_OFFLOAD_DEV, message::OffloadTo, "offload">>>{};
    }
};

namespace message {

/// By what a policy is asked for.
struct XfrmPolicyKey {
    const XfrmPolicy* policy = nullptr;
    std::optional<XfrmMark> mark{};
    std::optional<std::uint32_t> if_id{};
    std::optional<std::uint32_t> type{};

    void complete(xfrm_userpolicy_id& header) const noexcept;
    static constexpr auto header() { return wire::Header<xfrm_userpolicy_id>{}; }
    static constexpr auto fields() {
        using K = XfrmPolicyKey;
        using wire::Attribute, wire::Field;
        return wire::Fields<Field<&K::mark, Attribute<XFRMA_MARK, Marked, "mark">>,
                            Field<&K::if_id, Attribute<XFRMA_IF_ID, U32, "if_id">>,
                            Field<&K::type, Attribute<XFRMA_POLICY_TYPE, PolicyType, "type">>>{};
    }
};

}  // namespace message
}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/xfrm_policy.ipp>
#endif
