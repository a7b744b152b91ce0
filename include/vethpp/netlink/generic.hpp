// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/message/generic.hpp>
#include <vethpp/netlink/session.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace vethpp::netlink {

/// A family of generic netlink, and what the kernel needs in order to have it, for people.
struct GenericFamily {
    std::string_view name{};
    std::uint8_t version = 1;
    std::string_view needs{};  ///< "Linux 5.6 with CONFIG_ETHTOOL_NETLINK"
};

/// A command of a family, its flags beside NLM_F_REQUEST and NLM_F_ACK, and the names of its
/// attributes (message::generic_names).
struct GenericCommand {
    std::uint8_t number = 0;
    const wire::Names* names = nullptr;
};

/// Requests to one family over a session of NETLINK_GENERIC, which has to outlive it. The number of
/// a family differs from boot to boot and is asked for once; the kernel loads the module then.
/// ENOENT, with the name, for a family that the kernel does not have.
class Generic {
public:
    /// The attributes of an object.
    using OnAttributes = detail::FunctionRef<void(wire::Bytes)>;

    Generic(Session& session, const GenericFamily& family, Failure& failure);

    void request(const GenericCommand& command,
                 Session::WriteOne write,
                 OnAttributes on_object,
                 Failure& failure);
    void request(const GenericCommand& command, Session::WriteOne write, Failure& failure) {
        request(command, write, {}, failure);
    }
    /// The objects that the kernel lists; see Session::dump.
    void dump(const GenericCommand& command,
              Session::WriteOne write,
              detail::FunctionRef<void()> restart,
              OnAttributes on_object,
              Failure& failure);

    template <wire::Described T>
    [[nodiscard]] std::vector<T> list(const GenericCommand& command,
                                      Session::WriteOne write,
                                      Failure& failure) {
        std::vector<T> objects;
        bool good = true;
        const auto restart = [&] { objects.clear(), good = true; };
        const auto keep = [&](wire::Bytes attributes) {
            good = wire::read(attributes, objects.emplace_back()) && good;
        };
        dump(command, write, restart, keep, failure);
        if (!good) failure.fail(errc::malformed_reply);
        if (failure) objects.clear();
        return objects;
    }

private:
    Session* session_;
    std::uint16_t id_ = 0;
    std::uint8_t version_;
};

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/generic.ipp>
#endif
