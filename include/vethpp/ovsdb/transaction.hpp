// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/ovsdb/value.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace vethpp::ovsdb {

/// Operations that an OVSDB server carries out together, or not at all (RFC 7047, 5.2). Each
/// function appends one and returns its index, which is the index of its result.
class Transaction {
public:
    explicit Transaction(std::string_view database = "Open_vSwitch")
        : parameters_{json::string{database}} {}

    /// name: what named_uuid() calls the row within this transaction.
    std::size_t insert(std::string_view table, json::object row, std::string_view name = {}) {
        json::object op = operation("insert", table);
        op["row"] = std::move(row);
        if (!name.empty()) op["uuid-name"] = json::string{name};
        return append(std::move(op));
    }
    std::size_t select(std::string_view table, json::array where, json::array columns = {}) {
        json::object op = operation("select", table);
        op["where"] = std::move(where);
        if (!columns.empty()) op["columns"] = std::move(columns);
        return append(std::move(op));
    }
    std::size_t update(std::string_view table, json::array where, json::object row) {
        json::object op = operation("update", table);
        op["where"] = std::move(where);
        op["row"] = std::move(row);
        return append(std::move(op));
    }
    std::size_t mutate(std::string_view table, json::array where, json::array mutations) {
        json::object op = operation("mutate", table);
        op["where"] = std::move(where);
        op["mutations"] = std::move(mutations);
        return append(std::move(op));
    }
    /// The operation "delete".
    std::size_t erase(std::string_view table, json::array where) {
        json::object op = operation("delete", table);
        op["where"] = std::move(where);
        return append(std::move(op));
    }
    /// Waits until the rows that match are (until = "==") or are not ("!=") those given; after the
    /// timeout the transaction fails. A timeout of zero makes it a condition.
    std::size_t wait(std::string_view table,
                     json::array where,
                     json::array columns,
                     std::string_view until,
                     json::array rows,
                     std::chrono::milliseconds timeout = std::chrono::milliseconds::zero()) {
        json::object op = operation("wait", table);
        op["timeout"] = timeout.count();
        op["where"] = std::move(where);
        op["columns"] = std::move(columns);
        op["until"] = json::string{until};
        op["rows"] = std::move(rows);
        return append(std::move(op));
    }
    /// For people who read the server's log (ovsdb-tool show-log).
    std::size_t comment(std::string_view text) {
        return append({{"op", "comment"}, {"comment", json::string{text}}});
    }
    /// Undoes what came before: the transaction fails.
    std::size_t abort() { return append({{"op", "abort"}}); }

    [[nodiscard]] std::size_t size() const noexcept { return parameters_.size() - 1; }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    /// The parameters of the method "transact".
    [[nodiscard]] const json::array& parameters() const noexcept { return parameters_; }
    /// An operation in words, for errors: "insert into Port".
    [[nodiscard]] std::string describe(std::size_t index) const {
        if (index >= size()) return "the commit";
        const json::object& op = parameters_[index + 1].get_object();
        std::string out{op.at("op").get_string()};
        if (const json::value* table = op.if_contains("table"))
            (out += out == "insert" ? " into " : " of ") += std::string{table->get_string()};
        return out;
    }

private:
    static json::object operation(std::string_view name, std::string_view table) {
        return {{"op", json::string{name}}, {"table", json::string{table}}};
    }
    std::size_t append(json::object&& op) {
        parameters_.push_back(std::move(op));
        return size() - 1;
    }

    json::array parameters_;
};

/// The operation of a transaction that the server did not carry out.
struct OperationError {
    std::size_t index = 0;  ///< the number of operations, if it was the commit
    std::string error{};    ///< RFC 7047's word for it, such as "constraint violation"
    std::string details{};
};

/// Finds the failed operation in the result of a transaction. There is at most one: the ones after
/// it are not tried.
[[nodiscard]] inline std::optional<OperationError> error_in(const json::array& results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
        const json::object* result = results[i].if_object();
        const json::value* error = result != nullptr ? result->if_contains("error") : nullptr;
        if (error == nullptr || error->is_null()) continue;
        return OperationError{
            .index = i, .error = text(*error), .details = text(column(*result, "details"))};
    }
    return std::nullopt;
}

}  // namespace vethpp::ovsdb
