// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>

#include <string>

namespace vethpp::detail {

/// For a few milliseconds after "it is carried out", frames still go the way that they went before,
/// which may lead past a new port: the flows are revised in the background. A switch of one's own
/// is told to forget them; one that serves others is left alone.
void forget_flows(const std::string& database, Deadline deadline);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/userspace.ipp>
#endif
