// SPDX-License-Identifier: BSL-1.0
// A kernel that says what the test wants it to say: replies as bytes, and a transport that plays
// them.
#pragma once

#include "bytes.hpp"
#include <vethpp/netlink/session.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace vethpp_test {

/// What one receive() brings: a datagram, or an errno.
struct Delivery {
    ByteVector data{};
    int error = 0;
    std::uint32_t sender = 0;
};

/// Sequence numbers are those of the request that is answered, counted from 0; the port is 0 for
/// ours. Scripted and play() put in the real ones.
struct Header {
    std::uint16_t type = 0;
    std::uint32_t sequence = 0;
    std::uint16_t flags = 0;
    std::uint32_t port = 0;
};

inline ByteVector raw_message(Header header, const ByteVector& payload = {}) {
    ByteVector out(sizeof(nlmsghdr) + vethpp::wire::align(payload.size()));
    vethpp::wire::Writer writer{out};
    writer.message(header.type, header.flags, header.sequence, [&](vethpp::wire::Writer& w) {
        w.bytes(payload.data(), payload.size());
    });
    // The length excludes the padding at the end, as the kernel's does.
    const auto length = static_cast<std::uint32_t>(sizeof(nlmsghdr) + payload.size());
    std::memcpy(out.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
    std::memcpy(out.data() + offsetof(nlmsghdr, nlmsg_pid), &header.port, sizeof header.port);
    return out;
}

/// A recorded reply (its sequence number and port do not matter) as an answer to a request.
inline ByteVector recorded(std::string_view dump, std::uint32_t sequence, unsigned flags = 0) {
    const ByteVector all = bytes(dump);
    const auto header = *vethpp::wire::load<nlmsghdr>(all);
    return raw_message({header.nlmsg_type, sequence, static_cast<std::uint16_t>(flags)},
                       {all.begin() + sizeof(nlmsghdr), all.end()});
}

template <class Pod>
ByteVector pod(const Pod& value) {
    ByteVector out(sizeof value);
    std::memcpy(out.data(), &value, sizeof value);
    return out;
}

inline ByteVector join(const std::vector<ByteVector>& parts) {
    ByteVector out;
    for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

/// NLMSG_ERROR, with the failed request capped; `tail` are the attributes.
inline ByteVector ack(std::uint32_t sequence,
                      std::int32_t code = 0,
                      const ByteVector& tail = {},
                      unsigned flags = NLM_F_CAPPED) {
    nlmsgerr error{};
    error.error = code;
    error.msg.nlmsg_len = 64;  // of the request, which is not there
    const unsigned more = tail.empty() ? 0U : unsigned{NLM_F_ACK_TLVS};
    return raw_message({NLMSG_ERROR, sequence, static_cast<std::uint16_t>(flags | more)},
                       join({pod(error), tail}));
}

inline ByteVector done(std::uint32_t sequence, std::int32_t code = 0, unsigned flags = 0) {
    return raw_message({NLMSG_DONE, sequence, static_cast<std::uint16_t>(NLM_F_MULTI | flags)},
                       pod(code));
}

/// Puts the first sequence number and the port of a request into the replies to it, as far as the
/// bytes are messages.
inline void patch(ByteVector& data, std::uint32_t first_sequence, std::uint32_t port) {
    std::size_t at = 0;
    while (data.size() - at >= sizeof(nlmsghdr)) {
        nlmsghdr header;
        std::memcpy(&header, data.data() + at, sizeof header);
        header.nlmsg_seq += first_sequence;
        header.nlmsg_pid += port;
        std::memcpy(data.data() + at, &header, sizeof header);
        const std::size_t next = vethpp::wire::align(header.nlmsg_len);
        if (next < sizeof header || next > data.size() - at) return;
        at += next;
    }
}

using Replies = std::vector<Delivery>;

inline Replies datagrams(std::initializer_list<ByteVector> list) {
    Replies out;
    for (const auto& data : list) out.push_back({.data = data});
    return out;
}

/// A transport that answers each datagram it is given with the deliveries that `kernel` returns for
/// it; at their end, EAGAIN.
class Scripted final : public vethpp::netlink::Transport {
public:
    /// The messages of a send, sequence numbers and all.
    using Messages = std::vector<ByteVector>;

    struct Script {
        std::function<Replies(const Messages&)> kernel{};
        std::deque<int> send_errors{};  ///< of the next sends; 0 lets one through
        std::uint32_t port = 4711;
        int idle = EAGAIN;             ///< what receive() says when nothing is left
        Replies queue{};               ///< what is left to be received
        std::vector<Messages> sent{};  ///< each send that went through
        std::size_t attempts = 0;      ///< at sending
        std::size_t receives = 0;
        std::vector<std::size_t> buffers{};  ///< the sizes that were offered to receive()
    };

    explicit Scripted(std::shared_ptr<Script> script) : script_{std::move(script)} {}

    void send(vethpp::wire::Bytes datagram, vethpp::error_code& ec) override {
        ++script_->attempts;
        ec = {};
        if (!script_->send_errors.empty()) {
            const int error = script_->send_errors.front();
            script_->send_errors.pop_front();
            if (error != 0) ec = {error, boost::system::system_category()};
            if (error != 0) return;
        }
        Messages& kept = script_->sent.emplace_back();
        for (vethpp::wire::Bytes rest = datagram; !rest.empty();) {
            const auto header = vethpp::wire::load<nlmsghdr>(rest);
            if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > rest.size())
                throw std::logic_error{"what was sent is not netlink"};
            kept.push_back(copy(rest.first(header->nlmsg_len)));
            rest = vethpp::wire::after(rest, vethpp::wire::align(header->nlmsg_len));
        }
        if (!script_->kernel) return;
        for (auto& delivery : script_->kernel(kept)) {
            patch(delivery.data, vethpp::wire::load<nlmsghdr>(kept.at(0))->nlmsg_seq, port());
            script_->queue.push_back(std::move(delivery));
        }
    }

    vethpp::netlink::Datagram receive(std::span<std::byte> buffer,
                                      vethpp::error_code& ec) override {
        ++script_->receives;
        script_->buffers.push_back(buffer.size());
        const Delivery next =
            script_->queue.empty() ? Delivery{.error = script_->idle} : script_->queue.front();
        if (!script_->queue.empty()) script_->queue.erase(script_->queue.begin());
        ec = {};
        if (next.error != 0) ec = {next.error, boost::system::system_category()};
        if (next.error != 0) return {};
        // What the buffer held before must not be taken for a part of this datagram.
        std::ranges::fill(buffer.first(std::min<std::size_t>(buffer.size(), 65536)),
                          std::byte{0xee});
        const std::size_t fits = std::min(buffer.size(), next.data.size());
        if (fits != 0) std::memcpy(buffer.data(), next.data.data(), fits);
        return {.buffer = buffer, .size = next.data.size(), .sender = next.sender};
    }

    [[nodiscard]] std::uint32_t port() const noexcept override { return script_->port; }
    [[nodiscard]] int native_handle() const noexcept override { return -1; }

private:
    std::shared_ptr<Script> script_;
};

/// A session over a script. The n-th send is answered with the n-th of the replies, and what comes
/// after them with nothing.
struct ScriptedSession {
    std::shared_ptr<Scripted::Script> script = std::make_shared<Scripted::Script>();
    vethpp::netlink::Session session{std::make_unique<Scripted>(script)};

    ScriptedSession() = default;
    explicit ScriptedSession(std::vector<Replies> replies) {
        script->kernel = [replies = std::move(replies),
                          n = std::size_t{0}](const Scripted::Messages&) mutable {
            return n < replies.size() ? replies[n++] : Replies{};
        };
    }
};

/// The header of a message that was sent.
inline nlmsghdr header_of(const ByteVector& message) {
    return vethpp::wire::load<nlmsghdr>(message).value();
}

}  // namespace vethpp_test
