// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "bare_networks.hpp"

namespace bench {

/// Waits until the kernel has cleaned up the namespaces dropped so far. It does so in the
/// background, in order, and holds locks that whatever is measured next would wait for.
///
/// A pair between here and a namespace that is dropped last tells: its near end goes when the turn
/// of that namespace has come.
class Cleanup {
public:
    explicit Cleanup(int origin) : origin_{origin}, socket_{bare::open_socket()} {
        events_ = bare::open_socket();
        const int group = RTNLGRP_LINK;
        bare::must(::setsockopt(events_, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group),
                   "subscribe");
    }
    ~Cleanup() {
        ::close(events_);
        ::close(socket_);
    }
    Cleanup(const Cleanup&) = delete;
    Cleanup& operator=(const Cleanup&) = delete;

    void wait() {
        bare::Namespace last;
        last.create(origin_);
        pair_.send(socket_, last.fd);
        last.drop();
        while (next_event() != RTM_DELLINK) {
        }
        // What is left to do for it is a wait of the kind that removing a pair ends with.
        pair_.send(socket_, origin_);
        bare::request(socket_, remove_, "remove the pair");
        while (next_event() != RTM_DELLINK) {
        }
    }

private:
    // A shell's links come and go here, too, but all of them before the call of wait().
    [[nodiscard]] int next_event() const {
        std::array<unsigned char, 16384> buffer;
        for (;;) {
            const auto n = bare::must(::recv(events_, buffer.data(), buffer.size(), 0), "events");
            nlmsghdr header;
            ifinfomsg link;
            if (static_cast<std::size_t>(n) < sizeof header + sizeof link) continue;
            std::memcpy(&header, buffer.data(), sizeof header);
            const std::string_view bytes{reinterpret_cast<const char*>(buffer.data()),
                                         static_cast<std::size_t>(n)};
            if (bytes.find("cleanup0") != std::string_view::npos) return header.nlmsg_type;
        }
    }

    int origin_;
    int socket_;
    int events_ = -1;
    bare::NewPair pair_{"cleanup0", "cleanup1"};
    bare::Message remove_ = [] {
        bare::Message message{RTM_DELLINK, 0, bare::link_header(0)};
        message.text(IFLA_IFNAME, "cleanup0");
        return message;
    }();
};

}  // namespace bench
