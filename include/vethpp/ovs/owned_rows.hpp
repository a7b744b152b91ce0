// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/deadline.hpp>
#include <vethpp/ovs/leftover.hpp>
#include <vethpp/ovsdb/client.hpp>
#include <vethpp/value/error.hpp>

#include <vector>

namespace vethpp::detail {

/// A bridge or port in the database, as far as it matters whose it is.
struct OwnedRow {
    OvsLeftover what{};
    ovsdb::json::value ports{};  ///< the UUIDs of those that a bridge has

    friend bool operator==(const OwnedRow&, const OwnedRow&) = default;
};

/// What the dead have left, and nobody else uses.
[[nodiscard]] std::vector<OwnedRow> find_leftovers(ovsdb::Client& client,
                                                   Deadline deadline,
                                                   Failure& failure);

/// Takes it away, if all of it is still as it was found; otherwise errc::ovsdb_refused.
void erase_leftovers(ovsdb::Client& client,
                     const std::vector<OwnedRow>& leftovers,
                     Deadline deadline,
                     Failure& failure);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/owned_rows.ipp>
#endif
