// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/error.hpp>
#include <vethpp/wire/writer.hpp>

#include <cstddef>

namespace vethpp::netlink {

/// A message that is sent by a thread of its own, for requests whose sender the kernel keeps much
/// longer than their work takes: of 20 ms for the deletion of a link, 0.5 ms are work, and the rest
/// waits for a grace period with no lock held, which deletions at the same time share.
///
/// The thread sits in send(2) and ends with it, whether or not this object is still there; all
/// signals are blocked in it. A process has at most 64 such threads, and at its end, or that of the
/// shared object that has this code, they are waited for: in static destructors, too, nothing runs
/// that is not there any more. A child process has none of its parent's.
///
/// Why a thread: the kernel knows no other way to let a request go. io_uring(7) has threads as
/// well, its workers, beside a ring for each process, and containers do not allow it.
class BackgroundSend {
public:
    static constexpr std::size_t limit = 64;         ///< threads of one process
    static constexpr std::size_t largest_size = 64;  ///< of a message, in bytes

    /// Nothing is sent, and operator bool says so, if there is no thread to be had, no descriptor
    /// (the thread has one of its own), or the process is about to end.
    BackgroundSend(int socket, wire::Bytes message) noexcept;
    BackgroundSend(const BackgroundSend&) = delete;
    BackgroundSend& operator=(const BackgroundSend&) = delete;
    ~BackgroundSend();

    [[nodiscard]] explicit operator bool() const noexcept { return slot_ != nullptr; }
    /// Whether send(2) has returned, and then, in the error_code, how.
    [[nodiscard]] bool has_returned(error_code& ec) const noexcept;

    /// Who calls this before a static object is complete can be sure that the destructor of that
    /// object still finds threads.
    static void prepare() noexcept;
    /// Waits until all threads of this process have ended.
    static void wait_for_all() noexcept;

    /// For the implementation.
    struct Slot;

private:
    Slot* slot_ = nullptr;
};

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/background_send.ipp>
#endif
