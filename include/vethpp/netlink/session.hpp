// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/process.hpp>
#include <vethpp/netlink/background_request.hpp>
#include <vethpp/netlink/transport.hpp>
#include <vethpp/wire/names.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace vethpp::netlink {

/// What a request is: the message type (RTM_*), its flags beside NLM_F_REQUEST and NLM_F_ACK, and
/// the names of its attributes, by which an extended acknowledgement is explained.
struct RequestType {
    std::uint16_t type = 0;
    std::uint16_t flags = 0;
    const wire::Names* names = nullptr;
    bool has_prelude = true;  ///< Session::Prelude
    /// The number of the type tells whether it asks, as rtnetlink's do; otherwise it does not.
    bool type_tells = true;
};

/// Requests and dumps over one transport: sequence numbers, buffers, retries.
///
/// Blocking: a request is carried out inside send(2) on the calling thread; there is no timeout,
/// because nothing could be undone by one. Several threads may use one session; they take turns.
/// After fork(2) the child's copy refuses to work, so that it cannot take the parent's answers or
/// remove the parent's links.
class Session {
public:
    /// Objects that come with an answer. It runs while the session is locked and must not use it.
    using OnObject = detail::FunctionRef<void(const wire::RawMessage&)>;
    /// Writes the payload of a request.
    using WriteOne = detail::FunctionRef<void(wire::Writer&)>;
    // The same of request number `index` of a batch.
    using OnBatchObject = detail::FunctionRef<void(std::size_t index, const wire::RawMessage&)>;
    using WritePayload = detail::FunctionRef<void(wire::Writer&, std::size_t index)>;
    using TypeOf = detail::FunctionRef<const RequestType&(std::size_t index)>;
    using OnFailure = detail::FunctionRef<void(std::size_t index, const Failure&)>;

    /// What comes before each request, on the thread that makes it. Its own requests come without.
    class Prelude {
    public:
        Prelude() noexcept = default;
        Prelude(const Prelude&) = delete;
        Prelude& operator=(const Prelude&) = delete;
        virtual void before_request(Session& session) noexcept = 0;

    protected:
        virtual ~Prelude() = default;
    };

    static constexpr std::size_t request_size = 16384;
    static constexpr std::size_t reply_size = 32768;  ///< the kernel's largest part of a dump
    /// Answers wait in a receive buffer of 212,992 bytes by default. An acknowledgement takes 832
    /// of them, and one with an object, such as a bridge, 5 KiB: 64 a send of the former leave
    /// room, and 21 of the latter.
    static constexpr std::size_t batch_limit = 64;
    static constexpr int dump_attempts = 10;

    /// The prelude, if there is one, has to outlive the session.
    explicit Session(std::unique_ptr<Transport> transport, Prelude* prelude = nullptr);

    /// Fails with used_after_fork in a child of the process that made the session.
    void check_is_ours(Failure& failure) const;

    [[nodiscard]] Transport& transport() noexcept { return *transport_; }

    /// Sends one request and waits for its answer. Returns whether the request was sent: if so, the
    /// kernel may have acted even on failure.
    bool request(const RequestType& type, WriteOne write, OnObject on_object, Failure& failure);
    bool request(const RequestType& type, WriteOne write, Failure& failure);

    using Progress = BackgroundRequest::Progress;
    using IsDone = BackgroundRequest::IsDone;
    /// Sends a small request on another thread (BackgroundSend) and returns as soon as an event of
    /// these multicast groups says that its work is done, or it has been refused.
    Progress request_in_background(const RequestType& type,
                                   WriteOne write,
                                   std::span<const int> groups,
                                   IsDone is_done,
                                   Failure& failure);

    /// Lists objects. restart() is called before each attempt and forgets what came before: a
    /// listing that changed while it was read, or of which something was lost, is read again, up to
    /// 10 times (dump_interrupted).
    void dump(const RequestType& type,
              WriteOne write,
              detail::FunctionRef<void()> restart,
              OnObject on_object,
              Failure& failure,
              int attempts = dump_attempts);

    /// Sends requests 0 to count - 1, many in one datagram, and reports each that fails; a failed
    /// one does not stop the others. `failure` is that of the first.
    void batch(std::size_t count,
               TypeOf type,
               WritePayload write,
               OnBatchObject on_object,
               OnFailure on_failure,
               Failure& failure);
    void batch(const RequestType& type,
               std::size_t count,
               WritePayload write,
               OnFailure on_failure,
               Failure& failure);

    /// Whether the kernel is expected to echo what was created (NLM_F_ECHO for links: Linux 6.2).
    [[nodiscard]] bool expects_echo() const noexcept { return expects_echo_; }
    void expect_echo(bool expected) noexcept { expects_echo_ = expected; }

private:
    [[nodiscard]] bool may_go_on(const RequestType& type, Failure& failure);
    void append(wire::Writer& writer, const RequestType& type, WriteOne body);
    void reserve_sequence(std::size_t count) noexcept;
    std::size_t send_some(std::size_t done,
                          std::size_t count,
                          TypeOf type,
                          WritePayload write,
                          OnBatchObject on_object,
                          OnFailure on_failure);
    bool attempt(const RequestType& type,
                 WriteOne write,
                 OnObject on_object,
                 Failure& failure,
                 bool& interrupted);
    void drain() noexcept;
    void drive(Exchange& exchange, wire::Bytes request);

    std::unique_ptr<Transport> transport_;
    Prelude* prelude_;
    detail::Birthplace birthplace_{};
    std::mutex mutex_;
    std::atomic<bool> expects_echo_ = true;
    std::uint32_t sequence_ = 0;
    std::byte request_[request_size];
    std::vector<std::byte> reply_ = std::vector<std::byte>(reply_size);
};

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/session.ipp>
#endif
