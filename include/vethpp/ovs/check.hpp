// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovs/options.hpp>
#include <vethpp/ovs/rows.hpp>
#include <vethpp/value/error.hpp>

#include <string_view>

// What can be said of options before anything is done: which one is meant, where the server would
// only quote a column, close the connection, or take something else.
namespace vethpp::detail {

void check_bridge(const OvsBridgeOptions& options, Failure& failure);
void check_port(const OvsPortSpec& spec, const OvsPortOptions& options, Failure& failure);
void check_tunnel(const OvsTunnel& tunnel, Failure& failure);
/// A name that is to be found: those of others may be longer than a link's.
void check_ovs_name(std::string_view name, Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/check.ipp>
#endif
