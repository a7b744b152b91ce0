// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovsdb/client.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vethpp::detail {

/// A new interface, and what of it was asked for and can be read back.
struct OvsExpected {
    std::size_t insertion = 0;  ///< the operation that inserts its row
    std::string name{};
    std::string peer{};  ///< of a patch
    std::string mac{};
    std::optional<std::int64_t> mtu{};
    std::optional<std::int64_t> ofport{};
};

/// What goes to Open vSwitch as one transaction, and is then waited for.
class OvsRequest {
public:
    ovsdb::Transaction transaction{};
    std::vector<OvsExpected> interfaces{};  ///< those that must have been set up afterwards

    /// Makes it a condition that there is such a row in a table, or that there is none; meaning:
    /// what it means that it does not hold.
    void require(const char* table, ovsdb::json::array where, std::string meaning);
    void require_none(const char* table, ovsdb::json::array where, std::string meaning);

    /// Commits, and waits until ovs-vswitchd has carried it out (next_cfg, cur_cfg).
    void apply(ovsdb::Client& client, Deadline deadline, Failure& failure);
    /// The first half of that.
    void commit(ovsdb::Client& client, Deadline deadline, Failure& failure);
    /// Whether the database has taken it, whatever came of it then.
    [[nodiscard]] bool committed() const noexcept { return committed_; }
    /// The number of the configuration that is to be carried out, for wait_until_applied().
    [[nodiscard]] std::int64_t number() const noexcept { return number_; }
    /// The UUID of the row that an operation has inserted; empty if it has not.
    [[nodiscard]] std::string inserted(std::size_t operation) const;

private:
    struct Condition {
        std::size_t operation = 0;
        std::string meaning{};
    };

    void add_condition(const char* table,
                       ovsdb::json::array where,
                       const char* until,
                       std::string meaning);
    void explain(const ovsdb::OperationError& refused, Failure& failure) const;
    void verify(ovsdb::Client& client, Deadline deadline, Failure& failure) const;

    std::vector<Condition> conditions_{};
    ovsdb::json::array results_{};
    std::int64_t number_ = 0;
    bool committed_ = false;
};

/// Waits until ovs-vswitchd has carried out the configuration of that number, or a later one.
void wait_until_applied(ovsdb::Client& client,
                        std::int64_t number,
                        Deadline deadline,
                        Failure& failure);

/// The clauses of those rows of a table that have a name, or a UUID.
[[nodiscard]] ovsdb::json::array where_name(std::string_view name);
[[nodiscard]] ovsdb::json::array where_uuid(std::string_view uuid);
/// Those whose external_ids have that pair.
[[nodiscard]] ovsdb::json::array where_id(std::string_view key, std::string_view value);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/request.ipp>
#endif
