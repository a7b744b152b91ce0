// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovsdb/value.hpp>
#include <vethpp/value/print.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vethpp::ovsdb {

// This namespace's types print like those of the one around it.
using vethpp::is_of_vethpp;
using vethpp::operator<<;

/// Operations that an OVSDB server carries out together, or not at all (RFC 7047, 5.2). Each
/// function appends one and returns its index, which is the index of its result.
class Transaction {
public:
    explicit Transaction(std::string_view database = "Open_vSwitch") : database_{database} {}

    /// name: what named_uuid() calls the row within this transaction.
    std::size_t insert(std::string_view table, json::object row, std::string_view name = {});
    std::size_t select(std::string_view table, json::array where, json::array columns = {});
    std::size_t update(std::string_view table, json::array where, json::object row);
    std::size_t mutate(std::string_view table, json::array where, json::array mutations);
    /// The operation "delete".
    std::size_t erase(std::string_view table, json::array where);
    /// Waits until the rows that match are (until = "==") or are not ("!=") those given; after the
    /// timeout the transaction fails. A timeout of zero makes it a condition.
    std::size_t wait(std::string_view table,
                     json::array where,
                     json::array columns,
                     std::string_view until,
                     json::array rows,
                     std::chrono::milliseconds timeout = std::chrono::milliseconds::zero());
    /// For people who read the server's log (ovsdb-tool show-log).
    std::size_t comment(std::string_view text);
    /// Undoes what came before: the transaction fails.
    std::size_t abort();

    [[nodiscard]] std::size_t size() const noexcept { return operations_.size(); }
    [[nodiscard]] bool empty() const noexcept { return operations_.empty(); }
    /// The parameters of the method "transact".
    [[nodiscard]] json::array parameters() const;
    /// An operation in words, for errors: "insert into Port".
    [[nodiscard]] std::string describe(std::size_t index) const;

private:
    std::size_t append(json::object&& operation);

    std::string database_;
    json::array operations_{};
};

/// The operation of a transaction that the server did not carry out.
struct OperationError {
    std::size_t index = 0;  ///< the number of operations, if it was the commit
    std::string error{};    ///< RFC 7047's word for it, such as "constraint violation"
    std::string details{};

    /// "constraint violation: why"
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const OperationError&, const OperationError&) = default;
};

/// Finds the failed operation in the result of a transaction. There is at most one: the ones after
/// it are not tried.
[[nodiscard]] std::optional<OperationError> error_in(const json::array& results);

}  // namespace vethpp::ovsdb

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovsdb/transaction.ipp>
#endif
