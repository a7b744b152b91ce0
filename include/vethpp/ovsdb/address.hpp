// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/value/error.hpp>

#include <string_view>
#include <sys/socket.h>

namespace vethpp::ovsdb {

/// An OVSDB server's address as a socket address: "unix:/path", "tcp:127.0.0.1:6640" or
/// "tcp:[::1]:6640", as in ovs-vsctl(8). Names are not looked up.
class Address {
public:
    Address(std::string_view text, Failure& failure);

    [[nodiscard]] const sockaddr* data() const noexcept {
        return reinterpret_cast<const sockaddr*>(&storage_);
    }
    [[nodiscard]] socklen_t size() const noexcept { return size_; }
    [[nodiscard]] int family() const noexcept { return storage_.ss_family; }

private:
    void set_path(std::string_view path, Failure& failure);
    void set_tcp(std::string_view text, Failure& failure);

    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

}  // namespace vethpp::ovsdb

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovsdb/address.ipp>
#endif
