// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/process.hpp>
#include <vethpp/netns/home.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace vethpp::detail {

/// Where `ip netns` keeps the names of namespaces (ip-netns(8)).
inline constexpr const char* netns_directory = "/run/netns";

[[nodiscard]] std::string netns_path(std::string_view name);

/// Fails with invalid_name for what would not be one file name in netns_directory.
void check_netns_name(std::string_view name, Failure& failure);

/// A name in netns_directory, as `ip netns add` makes it: an empty file with the namespace mounted
/// onto it. Removed on destruction, unless somebody else's namespace stands there by then, or this
/// is the copy of a forked child.
class PublishedName {
public:
    PublishedName(std::shared_ptr<const System> system,
                  int netns,
                  std::string_view name,
                  Failure& failure);
    PublishedName(const PublishedName&) = delete;
    PublishedName& operator=(const PublishedName&) = delete;
    ~PublishedName();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// Whether the namespace is still what has that name.
    [[nodiscard]] bool stands() const noexcept;

private:
    void prepare_directory(error_code& ec, Failure& failure);
    void attach(const std::string& source, error_code& ec, Failure& failure);
    void explain(error_code ec, Failure& failure) const;

    std::shared_ptr<const System> system_;
    std::string path_;
    NetnsPlace place_{};
    Birthplace birthplace_{};
    bool attached_ = false;
};

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netns/published_name.ipp>
#endif
