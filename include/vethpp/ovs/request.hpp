// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovsdb/client.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vethpp::detail {

/// What goes to Open vSwitch as one transaction, and is then waited for.
class OvsRequest {
public:
    ovsdb::Transaction transaction{};
    std::vector<std::string> interfaces{};  ///< those that must have been set up afterwards

    /// Makes it a condition that there is a row of that name in a table, or that there is none;
    /// meaning: what it means that it does not hold.
    void require(const char* table, const std::string& name, std::string meaning);
    void require_none(const char* table, const std::string& name, std::string meaning);
    void require_bridge(const std::string& bridge);

    /// Commits, and waits until ovs-vswitchd has carried it out (next_cfg, cur_cfg).
    void apply(ovsdb::Client& client, Deadline deadline, Failure& failure);
    /// Whether the database has taken it, whatever came of it then.
    [[nodiscard]] bool committed() const noexcept { return committed_; }

private:
    struct Condition {
        std::size_t operation = 0;
        std::string meaning{};
    };

    void add_condition(const char* table,
                       const std::string& name,
                       const char* until,
                       std::string meaning);
    void explain(const ovsdb::OperationError& refused, Failure& failure) const;
    [[nodiscard]] std::int64_t commit(ovsdb::Client& client, Deadline deadline, Failure& failure);
    void verify(ovsdb::Client& client, Deadline deadline, Failure& failure) const;

    std::vector<Condition> conditions_{};
    bool committed_ = false;
};

/// The clauses of those rows of a table that have a name.
[[nodiscard]] ovsdb::json::array where_name(std::string_view name);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/request.ipp>
#endif
