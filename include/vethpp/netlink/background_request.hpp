// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/netlink/background_send.hpp>
#include <vethpp/netlink/exchange.hpp>
#include <vethpp/netlink/transport.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/wire/reader.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace vethpp::netlink {

/// A request whose work is done before the kernel returns from send(2), as events tell: another
/// thread sits in there (BackgroundSend), and this one goes on with the event.
class BackgroundRequest {
public:
    /// How far it has come.
    enum class Progress {
        none,           ///< nothing was sent: no thread, descriptor or socket for it
        in_background,  ///< the kernel is still at it, but what was wanted is done
        finished,       ///< it is done, or has been refused
    };
    /// Whether an event says that the work is done. Of one that is the request's own doing, the
    /// kernel says so since Linux 6.2.
    using IsDone = detail::FunctionRef<bool(const wire::RawMessage& event, bool is_own)>;

    /// By a transport that nobody else uses meanwhile, with a buffer for what it receives, and the
    /// sequence number of the request.
    BackgroundRequest(Transport& transport,
                      std::span<std::byte> reply,
                      std::uint32_t sequence) noexcept
        : transport_{transport}, reply_{reply}, sequence_{sequence} {}

    /// request: without NLM_F_ACK, as its answer would come when nobody waits for it any more. What
    /// the kernel refuses is told to the exchange. Events that nobody took may be left in the
    /// transport's queue.
    Progress run(wire::Bytes request,
                 std::span<const int> groups,
                 IsDone is_done,
                 Exchange& exchange,
                 Failure& failure);

private:
    Progress wait(const BackgroundSend& sent, IsDone is_done, Exchange& exchange, Failure& failure);
    [[nodiscard]] bool tells_end(const Datagram& datagram, IsDone is_done) const;

    Transport& transport_;
    std::span<std::byte> reply_;
    std::uint32_t sequence_;
};

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/background_request.ipp>
#endif
