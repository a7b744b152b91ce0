// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/message/xfrm_policy.hpp>

#include <array>
#include <netinet/in.h>
#include <sys/socket.h>

namespace vethpp {

VETHPP_INLINE std::string to_string(XfrmDirection direction) {
    switch (direction) {
        case XfrmDirection::in:
            return "in";
        case XfrmDirection::out:
            return "out";
        case XfrmDirection::forward:
            return "fwd";
    }
    // Those of sockets (IP_XFRM_POLICY in ip(7)).
    const auto number = static_cast<unsigned>(direction);
    if (number == XFRM_POLICY_IN + XFRM_POLICY_MAX) return "in (socket)";
    if (number == XFRM_POLICY_OUT + XFRM_POLICY_MAX) return "out (socket)";
    return std::to_string(number);
}

VETHPP_INLINE std::string to_string(XfrmAction action) {
    switch (action) {
        case XfrmAction::allow:
            return "allow";
        case XfrmAction::block:
            return "block";
    }
    return std::to_string(static_cast<unsigned>(action));
}

namespace message {

VETHPP_INLINE void Templates::write(wire::Writer& w, std::uint16_t id, const Value& v) noexcept {
    std::array<xfrm_user_tmpl, 6> out{};  // XFRM_MAX_DEPTH
    if (v.size() > out.size()) return w.refuse("a policy has at most 6 templates");
    if (v.empty()) return;
    for (std::size_t i = 0; i < v.size(); ++i) {
        const XfrmTemplate& from = v[i];
        xfrm_user_tmpl& to = out.at(i);
        if (from.source) to.saddr = to_kernel(*from.source);
        if (from.destination) to.id.daddr = to_kernel(*from.destination);
        // Without an address, the kernel takes that of the policy.
        if (from.source || from.destination) to.family = from.is_v6() ? AF_INET6 : AF_INET;
        to.id.spi = htonl(from.spi.value_or(0));
        to.id.proto = static_cast<__u8>(from.protocol);
        to.reqid = from.request_id;
        to.mode = static_cast<__u8>(from.mode);
        to.optional = from.optional ? 1 : 0;
        to.aalgos = to.ealgos = to.calgos = ~0U;
    }
    w.attribute(id, out.data(), v.size() * sizeof out[0]);
}

VETHPP_INLINE bool Templates::read(wire::Bytes bytes, Value& v) {
    v.clear();
    for (xfrm_user_tmpl in{}; wire::load(bytes, in) && v.size() < 6;
         bytes = bytes.subspan(sizeof in)) {
        XfrmTemplate& to = v.emplace_back();
        to.source = from_kernel(in.saddr, in.family);
        to.destination = from_kernel(in.id.daddr, in.family);
        if (in.id.spi != 0) to.spi = ntohl(in.id.spi);
        to.protocol = static_cast<XfrmProtocol>(in.id.proto);
        to.request_id = in.reqid;
        to.mode = static_cast<XfrmMode>(in.mode);
        to.optional = in.optional != 0;
    }
    return bytes.empty();
}

VETHPP_INLINE void PolicyType::write(wire::Writer& w, std::uint16_t id, std::uint32_t v) noexcept {
    if (v > 255) return w.refuse("the type of a policy is 0 to 255");
    xfrm_userpolicy_type out{};
    out.type = static_cast<__u8>(v);
    wire::Scalar<xfrm_userpolicy_type>::write(w, id, out);
}

VETHPP_INLINE bool PolicyType::read(wire::Bytes bytes, std::uint32_t& v) noexcept {
    xfrm_userpolicy_type in{};
    if (!wire::load(bytes, in)) return false;
    v = in.type;
    return true;
}

VETHPP_INLINE void XfrmPolicyKey::complete(xfrm_userpolicy_id& header) const noexcept {
    header.sel = to_kernel(policy->selector, policy->is_v6() ? AF_INET6 : AF_INET);
    header.index = policy->index;
    header.dir = static_cast<__u8>(policy->direction);
}

}  // namespace message

VETHPP_INLINE bool XfrmPolicy::is_v6() const noexcept {
    if (selector.source || selector.destination) return selector.is_v6();
    for (const XfrmTemplate& each : templates)
        if (each.is_v6()) return true;
    return false;
}

VETHPP_INLINE void XfrmPolicy::complete(xfrm_userpolicy_info& header) const noexcept {
    header.sel = message::to_kernel(selector, is_v6() ? AF_INET6 : AF_INET);
    header.lft = message::to_kernel(limits);
}

VETHPP_INLINE void XfrmPolicy::adopt(const xfrm_userpolicy_info& header) {
    selector = message::from_kernel(header.sel);
    limits = message::from_kernel(header.lft);
    use = {.bytes = header.curlft.bytes,
           .packets = header.curlft.packets,
           .replayed = 0,
           .integrity_failed = 0};
}

VETHPP_INLINE std::string XfrmTemplate::to_string() const {
    const std::string any = is_v6() ? "::" : "0.0.0.0";
    std::string out = detail::concat({"src ",
                                      source ? source->to_string() : any,
                                      " dst ",
                                      destination ? destination->to_string() : any,
                                      " proto ",
                                      vethpp::to_string(protocol)});
    if (spi) out += " spi 0x" + detail::hex(*spi, 8);
    out +=
        detail::concat({" reqid ", std::to_string(request_id), " mode ", vethpp::to_string(mode)});
    if (optional) out += " level use";
    return out;
}

VETHPP_INLINE std::string XfrmPolicy::name() const {
    const bool any_v6 = is_v6() && !selector.is_v6();
    XfrmSelector shown = selector;
    if (any_v6) shown.source = Prefix{boost::asio::ip::address_v6::any(), 0};
    return detail::concat({shown.to_string(), " dir ", vethpp::to_string(direction)});
}

VETHPP_INLINE std::string XfrmPolicy::to_string() const {
    std::string out = name();
    if (action != XfrmAction::allow) out += " action " + vethpp::to_string(action);
    out += " priority " + std::to_string(priority);
    if (type) out += *type == XFRM_POLICY_TYPE_MAIN ? " ptype main" : " ptype sub";
    if (flags != 0) out += " flag";
    if ((flags & XFRM_POLICY_LOCALOK) != 0) out += " localok";
    if ((flags & XFRM_POLICY_ICMP) != 0) out += " icmp";
    message::append(out, " mark ", mark);
    for (const XfrmTemplate& each : templates) out += " tmpl " + each.to_string();
    message::append(out, offload);
    if (if_id) out += " if_id " + message::hex_number(*if_id);
    return out;
}

}  // namespace vethpp
