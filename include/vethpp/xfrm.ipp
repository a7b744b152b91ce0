// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/netlink/list.hpp>
#include <vethpp/netns/protocol_session.hpp>
#include <vethpp/xfrm.hpp>

#include <cstdint>
#include <string>

namespace vethpp {
namespace detail {

inline void check_xfrm(const XfrmState& state, Failure& failure) {
    check_ip(state.destination, failure);
    if (state.source) check_ip(*state.source, failure);
    if (state.source && state.source->is_v6() != state.destination.is_v6())
        failure.fail(errc::invalid_option, "source and destination are not of the same family");
    message::check(state.selector, failure);
    message::check(state.limits, failure);
    if (state.flags > 255) failure.fail(errc::invalid_option, "flags are XFRM_STATE_*, of 8 bits");
    if (state.encapsulation && state.protocol != XfrmProtocol::esp)
        failure.fail(errc::invalid_option, "only ESP goes inside UDP");
    if (state.output_mark_mask && !state.output_mark)
        failure.fail(errc::invalid_option, "a mask, but no output mark");
}

inline void explain_xfrm(const XfrmState&, Failure& failure) {
    namespace code = boost::system::errc;
    // The kernel's words for these, if it has some, are of little help.
    const std::string& kernel = failure.context.kernel_message;
    const bool says_why = !kernel.empty() && !kernel.starts_with("Requested type not found") &&
                          !kernel.starts_with("Kernel was unable to initialize");
    if (failure.code == code::protocol_not_supported && !says_why)
        failure.context.hint = "the kernel has no such protocol: CONFIG_INET_ESP, CONFIG_INET6_ESP";
    else if (failure.code == code::file_exists)
        failure.explain("there is a state of that destination, protocol, SPI and mark");
    else if (failure.code == code::no_such_process)
        failure.explain("there is no state of that destination, protocol, SPI and mark");
    else if (failure.code == code::function_not_supported)
        failure.context.hint = "the kernel knows no algorithm of that name; see /proc/crypto";
    else if (failure.code == code::invalid_argument && !says_why)
        failure.context.hint = "most often a key of a length that the algorithm does not take";
}

inline void check_xfrm(const XfrmPolicy& policy, Failure& failure) {
    message::check(policy.selector, failure);
    message::check(policy.limits, failure);
    for (const XfrmTemplate& each : policy.templates) {
        if (each.source) check_ip(*each.source, failure);
        if (each.destination) check_ip(*each.destination, failure);
        if (each.source && each.destination && each.source->is_v6() != each.destination->is_v6())
            failure.fail(errc::invalid_option,
                         "the addresses of a template are not of the same family");
        // The kernel says no more than EINVAL.
        if (each.mode == XfrmMode::tunnel && !each.destination)
            failure.fail(errc::invalid_option, "a template of a tunnel says where it ends");
    }
}

inline void explain_xfrm(const XfrmPolicy&, Failure& failure) {
    namespace code = boost::system::errc;
    if (failure.code == code::file_exists)
        failure.explain("there is a policy of that direction, selector, mark and if_id");
    else if (failure.code == code::no_such_file_or_directory)
        failure.explain("there is no policy of that direction, selector, mark and if_id");
}

template <class T>
void send_xfrm(netlink::Session& session, std::uint16_t type, const T& value, Failure& failure) {
    session.request(
        {.type = type, .flags = 0, .names = &wire::message_names<T>},
        [&](wire::Writer& w) { wire::write_message(w, value); },
        failure);
}

inline message::XfrmStateKey key_of(const XfrmState& state) {
    return {.state = &state, .source = state.source, .mark = state.mark};
}
inline message::XfrmPolicyKey key_of(const XfrmPolicy& policy) {
    return {.policy = &policy, .mark = policy.mark, .if_id = policy.if_id, .type = policy.type};
}

// On a state or a policy.
template <class T, class Body>
void attempt_xfrm(
    const NetnsRef& netns, const char* operation, const T& object, OnError on_error, Body&& body) {
    const std::string name = object.name();
    attempt_with(NETLINK_XFRM,
                 netns,
                 operation,
                 name,
                 on_error,
                 [&](netlink::Session& session, Failure& failure) {
                     check_xfrm(object, failure);
                     body(session, failure);
                     explain_xfrm(object, failure);
                 });
}

template <class T>
void change_xfrm(const NetnsRef& netns,
                 const char* operation,
                 std::uint16_t type,
                 const T& object,
                 OnError on_error) {
    attempt_xfrm(
        netns, operation, object, on_error, [&](netlink::Session& session, Failure& failure) {
            send_xfrm(session, type, object, failure);
        });
}

template <class T>
void remove_xfrm(const NetnsRef& netns,
                 const char* operation,
                 std::uint16_t type,
                 const T& object,
                 OnError on_error) {
    attempt_xfrm(
        netns, operation, object, on_error, [&](netlink::Session& session, Failure& failure) {
            send_xfrm(session, type, key_of(object), failure);
        });
}

template <class T>
T get_xfrm(const NetnsRef& netns,
           const char* operation,
           std::uint16_t type,
           const T& object,
           OnError on_error) {
    T found;
    const auto ask = [&](netlink::Session& session, Failure& failure) {
        const auto key = key_of(object);
        bool good = false;
        session.request(
            {.type = type, .flags = 0, .names = &wire::message_names<decltype(key_of(object))>},
            [&](wire::Writer& w) { wire::write_message(w, key); },
            [&](const wire::RawMessage& m) { good = wire::read_message(m.payload, found); },
            failure);
        if (!good) failure.fail(errc::malformed_reply);
    };
    attempt_xfrm(netns, operation, object, on_error, ask);
    return found;
}

template <class T>
std::vector<T> list_xfrm(const NetnsRef& netns,
                         const char* operation,
                         std::uint16_t ask,
                         std::uint16_t object,
                         OnError on_error) {
    return attempt_with(NETLINK_XFRM,
                        netns,
                        operation,
                        {},
                        on_error,
                        [&](netlink::Session& session, Failure& failure) {
                            const auto all = [](wire::Writer&) {};
                            return netlink::list<T>(session, {{.type = ask}, all, object}, failure);
                        });
}

}  // namespace detail

VETHPP_INLINE void XfrmStates::add(const XfrmState& state, OnError on_error) const {
    detail::change_xfrm(netns_, "add the IPsec state", XFRM_MSG_NEWSA, state, on_error);
}
VETHPP_INLINE void XfrmStates::update(const XfrmState& state, OnError on_error) const {
    detail::change_xfrm(netns_, "update the IPsec state", XFRM_MSG_UPDSA, state, on_error);
}
VETHPP_INLINE void XfrmStates::remove(const XfrmState& state, OnError on_error) const {
    detail::remove_xfrm(netns_, "remove the IPsec state", XFRM_MSG_DELSA, state, on_error);
}
VETHPP_INLINE XfrmState XfrmStates::get(const XfrmState& state, OnError on_error) const {
    return detail::get_xfrm(netns_, "get the IPsec state", XFRM_MSG_GETSA, state, on_error);
}
VETHPP_INLINE std::vector<XfrmState> XfrmStates::list(OnError on_error) const {
    return detail::list_xfrm<XfrmState>(
        netns_, "list the IPsec states", XFRM_MSG_GETSA, XFRM_MSG_NEWSA, on_error);
}
VETHPP_INLINE void XfrmStates::flush(std::optional<XfrmProtocol> protocol, OnError on_error) const {
    xfrm_usersa_flush which{};
    if (protocol) which.proto = static_cast<__u8>(*protocol);
    constexpr const char* operation = "flush the IPsec states";
    detail::attempt_with(
        NETLINK_XFRM, netns_, operation, {}, on_error, [&](auto& session, Failure& failure) {
            const auto write = [&](wire::Writer& w) { w.pod(which); };
            session.request({.type = XFRM_MSG_FLUSHSA}, write, failure);
        });
}

VETHPP_INLINE void XfrmPolicies::add(const XfrmPolicy& policy, OnError on_error) const {
    detail::change_xfrm(netns_, "add the IPsec policy", XFRM_MSG_NEWPOLICY, policy, on_error);
}
VETHPP_INLINE void XfrmPolicies::update(const XfrmPolicy& policy, OnError on_error) const {
    detail::change_xfrm(netns_, "update the IPsec policy", XFRM_MSG_UPDPOLICY, policy, on_error);
}
VETHPP_INLINE void XfrmPolicies::remove(const XfrmPolicy& policy, OnError on_error) const {
    detail::remove_xfrm(netns_, "remove the IPsec policy", XFRM_MSG_DELPOLICY, policy, on_error);
}
VETHPP_INLINE XfrmPolicy XfrmPolicies::get(const XfrmPolicy& policy, OnError on_error) const {
    return detail::get_xfrm(netns_, "get the IPsec policy", XFRM_MSG_GETPOLICY, policy, on_error);
}
VETHPP_INLINE std::vector<XfrmPolicy> XfrmPolicies::list(OnError on_error) const {
    return detail::list_xfrm<XfrmPolicy>(
        netns_, "list the IPsec policies", XFRM_MSG_GETPOLICY, XFRM_MSG_NEWPOLICY, on_error);
}
VETHPP_INLINE void XfrmPolicies::flush(OnError on_error) const {
    constexpr const char* operation = "flush the IPsec policies";
    const auto ask = [](netlink::Session& session, std::uint32_t type, Failure& failure) {
        session.request(
            {.type = XFRM_MSG_FLUSHPOLICY},
            [&](wire::Writer& w) { message::PolicyType::write(w, XFRMA_POLICY_TYPE, type); },
            failure);
    };
    detail::attempt_with(
        NETLINK_XFRM, netns_, operation, {}, on_error, [&](auto& session, Failure& failure) {
            ask(session, XFRM_POLICY_TYPE_MAIN, failure);
            Failure of_none;  // kernels without such policies (CONFIG_XFRM_SUB_POLICY)
            ask(session, XFRM_POLICY_TYPE_SUB, failure ? failure : of_none);
        });
}

}  // namespace vethpp
