// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netlink/session.hpp>
#include <vethpp/netlink/socket.hpp>
#include <vethpp/netns/state.hpp>
#include <vethpp/netns/visit.hpp>
#include <vethpp/ovs/datapath.hpp>
#include <vethpp/wire/codec.hpp>

#include <cstdint>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/openvswitch.h>
#include <memory>
#include <optional>
#include <utility>

namespace vethpp {

VETHPP_INLINE std::string_view to_string(OvsDatapath datapath) noexcept {
    switch (datapath) {
        case OvsDatapath::automatic:
            return "automatic";
        case OvsDatapath::kernel:
            return "kernel";
        case OvsDatapath::userspace:
            return "userspace";
        case OvsDatapath::dummy:
            return "dummy";
    }
    return "";
}

namespace detail {

VETHPP_INLINE std::string_view datapath_type(OvsDatapath datapath) noexcept {
    switch (datapath) {
        case OvsDatapath::kernel:
            return "system";
        case OvsDatapath::userspace:
            return "netdev";
        case OvsDatapath::dummy:
            return "dummy";
        case OvsDatapath::automatic:
            break;
    }
    return "";
}

// Generic netlink in a namespace; copy: its socket once more, if it is wanted.
[[nodiscard]] inline std::unique_ptr<netlink::Session> generic_session(const NetnsRef& netns,
                                                                       UniqueFd* copy,
                                                                       Failure& failure) {
    std::unique_ptr<netlink::Socket> socket;
    error_code ec;
    if (netns.state()) netns.state()->share();
    visit(
        netns, [&] { socket = std::make_unique<netlink::Socket>(NETLINK_GENERIC, ec); }, failure);
    failure.fail(ec);
    if (failure) return nullptr;
    if (copy != nullptr) {
        *copy = UniqueFd{::fcntl(socket->native_handle(), F_DUPFD_CLOEXEC, 0)};
        if (!*copy) failure.fail(last_error());
    }
    return std::make_unique<netlink::Session>(std::move(socket));
}

// The message type of requests about datapaths. Asking loads the module where it exists and the
// caller may.
[[nodiscard]] inline std::uint16_t datapath_family(netlink::Session& session, Failure& failure) {
    std::uint16_t family = 0;
    session.request(
        {.type = GENL_ID_CTRL},
        [](wire::Writer& w) {
            w.pod(genlmsghdr{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0});
            w.attribute(CTRL_ATTR_FAMILY_NAME, std::string_view{OVS_DATAPATH_FAMILY});
        },
        [&](const wire::RawMessage& m) {
            wire::Attributes attributes{wire::after(m.payload, sizeof(genlmsghdr))};
            for (const auto& attribute : attributes)
                if (attribute.type == CTRL_ATTR_FAMILY_ID)
                    family = wire::load<std::uint16_t>(attribute.payload).value_or(family);
        },
        failure);
    return family;
}

// That this process has come to its limits says nothing about the machine.
[[nodiscard]] inline bool is_exhaustion(const error_code& ec) {
    namespace reason = boost::system::errc;
    return ec == reason::too_many_files_open || ec == reason::too_many_files_open_in_system ||
           ec == reason::not_enough_memory || ec == reason::no_buffer_space;
}

// Why there is no datapath in the kernel; empty if there is one.
[[nodiscard]] inline std::string without_module(Failure& failure) {
    Failure found;
    const auto session = generic_session({}, nullptr, found);
    if (!found) (void)datapath_family(*session, found);
    if (is_exhaustion(found.code)) failure.fail(found.code);
    return found ? "the kernel has no module openvswitch" : "";
}

[[nodiscard]] inline std::string without_taps(Failure& failure) {
    const UniqueFd tun{::open("/dev/net/tun", O_RDWR | O_CLOEXEC)};
    if (tun) return "";
    const error_code ec = last_error();
    if (is_exhaustion(ec)) failure.fail(ec);
    return concat({"/dev/net/tun cannot be opened: ", ec.message()});
}

VETHPP_INLINE OvsDatapathChoice choose_datapath(OvsDatapath wanted, Failure& failure) {
    using enum OvsDatapath;
    if (failure) return {};
    if (to_string(wanted).empty()) failure.fail(errc::invalid_option, "datapath: there is no such");
    if (failure || wanted == dummy) return {wanted, "it was asked for"};
    const std::string module = without_module(failure);
    const std::string taps = without_taps(failure);
    if (wanted == kernel && !module.empty()) failure.fail(errc::invalid_option, module);
    if (wanted == userspace && !taps.empty()) failure.fail(errc::invalid_option, taps);
    if (wanted != automatic) return {wanted, "it was asked for"};
    if (module.empty()) return {kernel, "the kernel has the module openvswitch"};
    if (taps.empty()) return {userspace, module};
    return {dummy, concat({module, ", and ", taps})};
}

inline void write_datapath_request(wire::Writer& w, std::uint8_t command) {
    w.pod(genlmsghdr{.cmd = command, .version = OVS_DATAPATH_VERSION, .reserved = 0});
    w.pod(ovs_header{.dp_ifindex = 0});
    w.attribute(OVS_DP_ATTR_NAME, std::string_view{"ovs-system"});
}

VETHPP_INLINE OvsDatapathRemoval removal_of_datapath(const NetnsRef& netns, Failure& failure) {
    OvsDatapathRemoval removal;
    const auto session = generic_session(netns, &removal.kernel, failure);
    if (failure) return {};
    const std::uint16_t family = datapath_family(*session, failure);
    if (failure) return {};
    Failure answer;
    session->request(
        {.type = family},
        [](wire::Writer& w) { write_datapath_request(w, OVS_DP_CMD_GET); },
        answer);
    if (answer.code != boost::system::errc::no_such_device) return {};
    removal.request.resize(128);
    wire::Writer writer{removal.request};
    writer.message(family, NLM_F_REQUEST, 1, [](wire::Writer& w) {
        write_datapath_request(w, OVS_DP_CMD_DEL);
    });
    removal.request.resize(writer.size());
    return removal;
}

}  // namespace detail
}  // namespace vethpp
