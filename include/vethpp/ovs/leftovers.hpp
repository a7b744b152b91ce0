// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/leftover.hpp>
#include <vethpp/ovsdb/options.hpp>
#include <vethpp/value/error.hpp>

#include <string>
#include <vector>

namespace vethpp {

/// What processes that are certainly dead have left in an Open vSwitch. What cannot be judged is
/// not listed: owners of another PID namespace, another machine or an earlier boot; and, if the id
/// is in use, owners of another time namespace or of whom the kernel does not tell when they
/// started. Nor is a bridge listed in which somebody else has a port.
[[nodiscard]] std::vector<OvsLeftover> list_ovs_leftovers(
    const std::string& database = ovsdb::default_address, OnError on_error = {});

/// Removes it, in one transaction, and returns what it was. What becomes another's in between is
/// not removed.
std::vector<OvsLeftover> remove_ovs_leftovers(const std::string& database = ovsdb::default_address,
                                              OnError on_error = {});

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/leftovers.ipp>
#endif
