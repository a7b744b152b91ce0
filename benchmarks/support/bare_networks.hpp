// SPDX-License-Identifier: BSL-1.0
#pragma once

// The seed's two networks in bare system calls. In a namespace that was just made the kernel counts
// indexes from 1, the loopback, so the messages can be complete before anything exists.

#include "bare.hpp"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/veth.h>

namespace bare {

[[nodiscard]] inline ifinfomsg link_header(int index, unsigned flags = 0) {
    ifinfomsg header{};
    header.ifi_index = index;
    header.ifi_flags = flags;
    header.ifi_change = flags;
    return header;
}

[[nodiscard]] inline Message set_up(int index) {
    return {RTM_SETLINK, 0, link_header(index, IFF_UP)};
}

[[nodiscard]] inline Message delete_link(int index) { return {RTM_DELLINK, 0, link_header(index)}; }

[[nodiscard]] inline Message add_address(std::uint32_t index,
                                         std::array<unsigned char, 4> address) {
    ifaddrmsg header{};
    header.ifa_family = AF_INET;
    header.ifa_prefixlen = 24;
    header.ifa_index = index;
    Message message{RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header};
    message.attribute(IFA_LOCAL, address.data(), address.size());
    message.attribute(IFA_ADDRESS, address.data(), address.size());
    return message;
}

[[nodiscard]] inline Message new_bridge(const char* name) {
    const std::array<unsigned char, 6> mac{0x02, 0, 0, 0, 0, 1};
    Message message{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_header(0, IFF_UP)};
    message.text(IFLA_IFNAME, name);
    message.attribute(IFLA_ADDRESS, mac.data(), mac.size());
    const auto info = message.open(IFLA_LINKINFO | NLA_F_NESTED);
    message.text(IFLA_INFO_KIND, "bridge");
    message.close(info);
    return message;
}

/// Makes a pair; the other end goes to the namespace whose descriptor `send` is given.
class NewPair {
public:
    NewPair(const char* name, const char* peer, std::uint32_t master = 0)
        : message_{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link_header(0, IFF_UP)} {
        message_.text(IFLA_IFNAME, name);
        if (master != 0) message_.number(IFLA_MASTER, master);
        const auto info = message_.open(IFLA_LINKINFO | NLA_F_NESTED);
        message_.text(IFLA_INFO_KIND, "veth");
        const auto data = message_.open(IFLA_INFO_DATA | NLA_F_NESTED);
        const auto far = message_.open(VETH_INFO_PEER);
        message_.append(link_header(0));
        message_.text(IFLA_IFNAME, peer);
        where_ = message_.number(IFLA_NET_NS_FD, 0);
        message_.close(far);
        message_.close(data);
        message_.close(info);
    }

    void send(int socket, int peer_namespace) {
        message_.patch(where_, peer_namespace);
        request(socket, message_, "new pair");
    }

private:
    Message message_;
    std::size_t where_ = 0;
};

/// Seed 3.1: two namespaces and a pair between them.
class Direct {
public:
    explicit Direct(int origin) : origin_{origin} {}

    void build() {
        ns1_.create(origin_);
        ns2_.create(origin_);
        pair_.send(ns1_.socket, ns2_.fd);
        request(ns1_.socket, address1_, "first address");
        request(ns2_.socket, up_, "second end up");
        request(ns2_.socket, address2_, "second address");
    }
    void remove() {
        request(ns1_.socket, delete_, "delete the pair");
        ns2_.drop();
        ns1_.drop();
    }

private:
    int origin_;
    Namespace ns1_;
    Namespace ns2_;
    NewPair pair_{"veth0", "veth1"};
    Message up_ = set_up(2);
    Message address1_ = add_address(2, {10, 1, 1, 2});
    Message address2_ = add_address(2, {10, 1, 1, 3});
    Message delete_ = delete_link(2);
};

/// Seed 3.2: two namespaces, each with a pair to a bridge in a third one.
class Bridged {
public:
    explicit Bridged(int origin) : origin_{origin} {}

    void build() {
        ns1_.create(origin_);
        ns2_.create(origin_);
        fabric_.create(origin_);
        request(fabric_.socket, bridge_, "new bridge");
        pair0_.send(fabric_.socket, ns1_.fd);
        request(ns1_.socket, up_, "first end up");
        request(ns1_.socket, address1_, "first address");
        pair1_.send(fabric_.socket, ns2_.fd);
        request(ns2_.socket, up_, "second end up");
        request(ns2_.socket, address2_, "second address");
    }
    void remove() {
        request(fabric_.socket, delete_pair1_, "delete the second pair");
        request(fabric_.socket, delete_pair0_, "delete the first pair");
        request(fabric_.socket, delete_bridge_, "delete the bridge");
        fabric_.drop();
        ns2_.drop();
        ns1_.drop();
    }

private:
    int origin_;
    Namespace ns1_;
    Namespace ns2_;
    Namespace fabric_;
    Message bridge_ = new_bridge("br0");
    NewPair pair0_{"br-veth0", "veth0", 2};
    NewPair pair1_{"br-veth1", "veth1", 2};
    Message up_ = set_up(2);
    Message address1_ = add_address(2, {10, 1, 1, 2});
    Message address2_ = add_address(2, {10, 1, 1, 3});
    Message delete_bridge_ = delete_link(2);
    Message delete_pair0_ = delete_link(3);
    Message delete_pair1_ = delete_link(4);
};

}  // namespace bare
