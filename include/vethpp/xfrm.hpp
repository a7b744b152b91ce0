// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/xfrm_policy.hpp>
#include <vethpp/message/xfrm_state.hpp>
#include <vethpp/netns/ref.hpp>
#include <vethpp/value/error.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace vethpp {

/// The states of IPsec in a namespace: `ip xfrm state` (ip-xfrm(8)). One protects the packets of
/// one direction, and both ends need it:
///
///     const vethpp::XfrmState there{.source = "10.0.0.1",
///                                   .destination = "10.0.0.2",
///                                   .spi = 0x100,
///                                   .mode = vethpp::XfrmMode::tunnel,
///                                   .request_id = 1,
///                                   .aead = vethpp::XfrmAlgorithm{"rfc4106(gcm(aes))", key, 128}};
///     vethpp::XfrmStates{a}.add(there);
///     vethpp::XfrmStates{b}.add(there);
///
/// **Blocking.** Each call is one request, over a socket of its own that is made inside the
/// namespace. The first use of an algorithm may make the kernel load a module.
/// **Errors.** An Error names the state and the namespace, and never a key; all calls need
/// CAP_NET_ADMIN there. errc::protocol_not_supported where the kernel has no ESP
/// (CONFIG_INET_ESP, CONFIG_INET6_ESP), function_not_supported where it has not the algorithm.
class XfrmStates {
public:
    explicit XfrmStates(NetnsRef netns) noexcept : netns_{std::move(netns)} {}

    /// Fails with EEXIST if there is one of that destination, protocol, SPI and mark.
    void add(const XfrmState& state, OnError on_error = {}) const;
    /// Changes the limits of the one that is there, and the ports of its encapsulation; ESRCH if
    /// there is none.
    void update(const XfrmState& state, OnError on_error = {}) const;
    /// Removes the one of that destination, protocol, SPI and mark; ESRCH if there is none. One
    /// without a mark is there for all marks.
    void remove(const XfrmState& state, OnError on_error = {}) const;
    /// The one of that destination, protocol, SPI and mark, with its key and what it has counted.
    [[nodiscard]] XfrmState get(const XfrmState& state, OnError on_error = {}) const;
    /// All of them, those that the kernel made included.
    [[nodiscard]] std::vector<XfrmState> list(OnError on_error = {}) const;
    /// Removes all, or those of a protocol.
    void flush(std::optional<XfrmProtocol> protocol = {}, OnError on_error = {}) const;

private:
    NetnsRef netns_;
};

/// The policies of IPsec in a namespace: `ip xfrm policy` (ip-xfrm(8)). They say which packets a
/// host sends protected, and which it takes only if they were; a router also needs one for what it
/// forwards.
///
///     vethpp::XfrmPolicies{a}.add(
///         {.selector = {.source = "10.1.0.0/24", .destination = "10.2.0.0/24"},
///          .templates = {{.source = "10.0.0.1",
///                         .destination = "10.0.0.2",
///                         .mode = vethpp::XfrmMode::tunnel,
///                         .request_id = 1}}});
///
/// A packet for which there is a policy and no state is lost, and the kernel asks a daemon for one.
///
/// **Blocking, Errors.** Those of XfrmStates.
class XfrmPolicies {
public:
    explicit XfrmPolicies(NetnsRef netns) noexcept : netns_{std::move(netns)} {}

    /// Fails with EEXIST if there is one of that direction, selector, mark and if_id.
    void add(const XfrmPolicy& policy, OnError on_error = {}) const;
    /// Adds it, or puts it in the place of the one of that direction, selector, mark and if_id.
    void update(const XfrmPolicy& policy, OnError on_error = {}) const;
    /// Removes the one of that direction, selector, mark and if_id; ENOENT if there is none.
    void remove(const XfrmPolicy& policy, OnError on_error = {}) const;
    /// The one of that direction, selector, mark and if_id, with what it has counted.
    [[nodiscard]] XfrmPolicy get(const XfrmPolicy& policy, OnError on_error = {}) const;
    /// All of them, those of sockets included.
    [[nodiscard]] std::vector<XfrmPolicy> list(OnError on_error = {}) const;
    /// Removes all but those of sockets.
    void flush(OnError on_error = {}) const;

private:
    NetnsRef netns_;
};

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/xfrm.ipp>
#endif
