// SPDX-License-Identifier: BSL-1.0
// ip(8) and its kin as an oracle: the request that a program sends for a command, taken from the
// bytes that strace(1) shows, against ours for the same thing.
#pragma once

#include "live.hpp"
#include "recorder.hpp"
#include "skip.hpp"
#include <vethpp/message/address.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/socket.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/netns/system.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp_test {

/// What is different, a line each; empty is what is hoped for.
using Differences = std::vector<std::string>;

// --- Running the program -------------------------------------------------------------------------

struct Output {
    std::string text{};
    int status = 0;
};

/// Runs a shell command inside a namespace: a child process belongs to the namespace of the thread
/// that starts it.
inline Output shell(const vethpp::Netns& netns, const std::string& command) {
    return netns.run([&] {
        Output output;
        FILE* pipe = ::popen(("PATH=$PATH:/usr/sbin:/sbin; " + command).c_str(), "re");
        REQUIRE(pipe != nullptr);
        char buffer[4096];
        for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
            output.text.append(buffer, n);
        output.status = ::pclose(pipe);
        return output;
    });
}

/// Runs one that must succeed.
inline void run_command(const vethpp::Netns& netns, const std::string& command) {
    const Output output = shell(netns, command + " 2>&1");
    INFO(command << ": " << output.text);
    REQUIRE(output.status == 0);
}

/// Skips the test where there is no such program.
inline void need(const vethpp::Netns& netns, const std::string& program) {
    if (shell(netns, "command -v " + program).status != 0)
        vethpp_test::skip(program + " is not installed");
}

/// The datagrams that a command sends, from strace's hexadecimal dumps: " | 00010  01 02 ...
/// ASCII |".
inline std::vector<ByteVector> sent_by_command(const vethpp::Netns& netns,
                                               const std::string& command) {
    const Output output = shell(
        netns, "strace -qq -e trace=sendmsg,sendto -e write=all " + command + " 2>&1 >/dev/null");
    std::vector<ByteVector> datagrams;
    std::size_t at = 0;
    while (at < output.text.size()) {
        const std::size_t end = std::min(output.text.find('\n', at), output.text.size());
        const std::string line = output.text.substr(at, end - at);
        at = end + 1;
        if (!line.starts_with(" | ") || line.size() < 58) continue;
        if (line.substr(3, 5) == "00000") datagrams.emplace_back();
        REQUIRE_FALSE(datagrams.empty());
        const ByteVector row = vethpp_test::bytes(line.substr(8, 50));
        datagrams.back().insert(datagrams.back().end(), row.begin(), row.end());
    }
    INFO(output.text);
    REQUIRE_FALSE(datagrams.empty());
    return datagrams;
}

// --- Taking requests apart -----------------------------------------------------------------------

using Contents = std::map<std::string, std::string>;

inline bool ends_with_one_of(const std::string& name,
                             std::initializer_list<std::string_view> words) {
    const std::string last = name.substr(name.rfind('.') + 1);
    return std::find(words.begin(), words.end(), last) != words.end();
}

/// Puts each attribute of a payload under its dotted name, those of nests that have names, too;
/// names may be null.
inline void take_apart(vethpp::wire::Bytes attributes,
                       const vethpp::wire::Names* names,
                       const std::string& prefix,
                       Contents& out) {
    vethpp::wire::Attributes list{attributes};
    for (const auto& attribute : list) {
        const vethpp::wire::NamedField* field =
            names != nullptr ? names->find(attribute.type) : nullptr;
        std::string name =
            prefix + (field != nullptr ? std::string{field->name} : std::to_string(attribute.type));
        const vethpp::wire::Names* below = field != nullptr ? field->below : nullptr;
        if (below != nullptr || attribute.type == IFLA_PROP_LIST) {
            const std::size_t header = below != nullptr ? below->header : 0;
            REQUIRE(attribute.payload.size() >= header);
            while (out.contains(name + ".header")) name += "'";
            if (header != 0)
                out[name + ".header"] = vethpp_test::hex(attribute.payload.first(header));
            take_apart(attribute.payload.subspan(header), below, name + ".", out);
            continue;
        }
        while (out.contains(name)) name += "'";
        // Some senders end their texts with a NUL and some do not.
        out[name] = ends_with_one_of(name, {"name", "alias", "label", "kind", "port_kind"}) ||
                            attribute.type == IFLA_ALT_IFNAME
                        ? std::string{vethpp::wire::text(attribute.payload)}
                        : vethpp_test::hex(attribute.payload);
    }
    REQUIRE_FALSE(list.malformed());
}

struct Message {
    std::uint16_t type = 0;
    std::uint16_t flags = 0;
    ByteVector payload{};

    void move_address_flags() {
        if (payload[2] == std::byte{0}) return;
        for (const unsigned byte : {8U, 0U, unsigned{IFA_FLAGS}, 0U})
            payload.push_back(static_cast<std::byte>(byte));
        payload.push_back(std::exchange(payload[2], std::byte{0}));
        payload.resize(payload.size() + 3);
    }
};

enum class Which { first, last };

/// The last message of a type that says something: iproute2 first sends an empty RTM_NEWLINK to
/// find out what the kernel knows, and then looks up names.
inline Message find(const std::vector<ByteVector>& datagrams,
                    std::uint16_t type,
                    Which which = Which::last) {
    std::optional<Message> found;
    for (const ByteVector& datagram : datagrams) {
        vethpp::wire::Messages list{datagram};
        for (const auto& message : list) {
            const bool empty_probe = type == RTM_NEWLINK &&
                                     message.payload.size() == sizeof(ifinfomsg) &&
                                     vethpp::wire::load<ifinfomsg>(message.payload)->ifi_index == 0;
            if (message.header.nlmsg_type != type || empty_probe) continue;
            if (which == Which::first && found) continue;
            found = Message{type, message.header.nlmsg_flags, vethpp_test::copy(message.payload)};
            // An address's flags are those in the header, unless there is an attribute.
            if (type == RTM_NEWADDR || type == RTM_DELADDR) found->move_address_flags();
        }
    }
    REQUIRE(found);
    return *found;
}

/// fixed: the size of the header before the attributes.
inline Differences compare(const Message& theirs,
                           const Message& ours,
                           std::size_t fixed,
                           const vethpp::wire::Names& names) {
    const auto contents = [&](const Message& message) {
        Contents out;
        out["type"] = fmt::format("{}", message.type);
        out["message flags"] = fmt::format("{:04x}", message.flags);
        const vethpp::wire::Bytes payload{message.payload};
        REQUIRE(payload.size() >= fixed);
        out["header"] = vethpp_test::hex(payload.first(fixed));
        take_apart(vethpp::wire::after(payload, vethpp::wire::align(fixed)), &names, "", out);
        return out;
    };
    const Contents a = contents(theirs);
    const Contents b = contents(ours);
    Differences out;
    for (const auto& [name, value] : a) {
        const auto other = b.find(name);
        if (other == b.end())
            out.push_back("only ip: " + name + " " + value);
        else if (other->second != value)
            // Descriptors of the same namespace are other numbers in other processes.
            out.push_back(ends_with_one_of(name, {"netns_fd"})
                              ? name + ": a descriptor"
                              : name + ": ip " + value + ", vethpp " + other->second);
    }
    for (const auto& [name, value] : b)
        if (!a.contains(name))
            out.push_back("only vethpp: " + name +
                          (ends_with_one_of(name, {"group"}) ? "" : " " + value));
    return out;
}

// --- Our requests --------------------------------------------------------------------------------

using Log = std::vector<ByteVector>;

/// A transport that keeps what goes through it.
class Tap final : public vethpp::netlink::Transport {
public:
    Tap(std::shared_ptr<Log> log, std::unique_ptr<Transport> socket)
        : log_{std::move(log)}, socket_{std::move(socket)} {}
    void send(vethpp::wire::Bytes datagram, vethpp::error_code& ec) override {
        log_->push_back(vethpp_test::copy(datagram));
        socket_->send(datagram, ec);
    }
    vethpp::netlink::Datagram receive(std::span<std::byte> buffer,
                                      vethpp::error_code& ec) override {
        return socket_->receive(buffer, ec);
    }
    [[nodiscard]] std::uint32_t port() const noexcept override { return socket_->port(); }
    [[nodiscard]] int native_handle() const noexcept override { return socket_->native_handle(); }

private:
    std::shared_ptr<Log> log_;
    std::unique_ptr<Transport> socket_;
};

class TappedSystem final : public vethpp::System {
public:
    explicit TappedSystem(std::shared_ptr<Log> log) : log_{std::move(log)} {}
    std::unique_ptr<vethpp::netlink::Transport> netlink(int protocol,
                                                        vethpp::error_code& ec) const override {
        auto socket = System::netlink(protocol, ec);
        if (ec) return nullptr;
        return std::make_unique<Tap>(log_, std::move(socket));
    }

private:
    std::shared_ptr<Log> log_;
};

/// Two namespaces in the same state: in one a program does something, in the other we do.
struct Oracle {
    std::shared_ptr<Log> log = std::make_shared<Log>();
    vethpp::Netns theirs = vethpp::Netns::create("theirs");
    vethpp::Netns ours =
        vethpp::Netns::create("ours", {.system = std::make_shared<TappedSystem>(log)});

    Oracle() {
        need(theirs, "strace");
        need(theirs, "ip");
        if (shell(theirs, "strace -o /dev/null true 2>&1").status != 0)
            vethpp_test::skip("strace is not allowed here");
    }

    /// In both namespaces: `ip` with these arguments.
    void both(const std::string& arguments) const {
        run_command(theirs, "ip " + arguments);
        run_command(ours, "ip " + arguments);
    }
    void with_bridge_port() const {
        both("link add br0 address 02:00:00:00:00:0b type bridge");
        both("link add veth0 address 02:00:00:00:00:01 type veth peer name veth1");
        both("link set veth0 master br0");
    }

    /// What differs between a command's request of a type and that of do_it(ours); `fixed` is the
    /// size of the header before the attributes.
    template <class F>
    Differences request(const std::string& command,
                        std::uint16_t type,
                        std::size_t fixed,
                        const vethpp::wire::Names& names,
                        F&& do_it,
                        Which which = Which::last) const {
        const Message theirs_sent = find(sent_by_command(theirs, command), type, which);
        log->clear();
        do_it(ours);
        const Message ours_sent = find(*log, type, which);
        return compare(theirs_sent, ours_sent, fixed, names);
    }
    template <class F>
    Differences link(const std::string& arguments,
                     std::uint16_t type,
                     const vethpp::wire::Names& names,
                     F&& do_it,
                     Which which = Which::last) const {
        return request("ip " + arguments, type, sizeof(ifinfomsg), names, do_it, which);
    }
    template <class F>
    Differences address(const std::string& arguments, std::uint16_t type, F&& do_it) const {
        const vethpp::wire::Names& names =
            vethpp::wire::message_names<vethpp::message::AddressMessage>;
        return request("ip " + arguments, type, sizeof(ifaddrmsg), names, do_it);
    }
    /// Link::set_* against `ip link set veth0`, which sends RTM_NEWLINK for what RTM_SETLINK is.
    template <class F>
    Differences set(const std::string& arguments, F&& do_it) const {
        const Message theirs_sent =
            find(sent_by_command(theirs, "ip link set dev veth0 " + arguments), RTM_NEWLINK);
        log->clear();
        vethpp::Link link = ours.link("veth0");
        do_it(link);
        Message ours_sent = find(*log, RTM_SETLINK);
        ours_sent.type = RTM_NEWLINK;
        return compare(
            theirs_sent, ours_sent, sizeof(ifinfomsg), vethpp::message::link_request_names);
    }
};

/// Intended for links: we ask the kernel to echo what it made, and mark it by a group.
inline const std::string echo = "message flags: ip 0605, vethpp 060d";

}  // namespace vethpp_test
