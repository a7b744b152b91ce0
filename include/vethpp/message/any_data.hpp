// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/wire/description.hpp>

namespace vethpp::message {

/// What a kind of link says in IFLA_INFO_DATA, without its type: the functions that make and change
/// links are then not templates, and one more kind costs its description only. It refers to the
/// value. What the program says otherwise than the wire, `void complete()` puts into the fields; it
/// is called on a copy.
struct AnyData {
    const void* value = nullptr;  ///< null where the kind says nothing
    void (*write)(wire::Writer&, const void*) = nullptr;
    const wire::Names* names = nullptr;
};

template <wire::Described D>
void write_data(wire::Writer& w, const D& data) {
    if constexpr (requires(D copy) { copy.complete(); }) {
        D completed = data;
        completed.complete();
        wire::write(w, completed);
    } else {
        wire::write(w, data);
    }
}

template <wire::Described D>
[[nodiscard]] AnyData any_data(const D& data) noexcept {
    if constexpr (decltype(wire::fields_of<D>())::count == 0) return {};
    return {
        &data,
        [](wire::Writer& w, const void* value) { write_data(w, *static_cast<const D*>(value)); },
        &wire::names<D>};
}

}  // namespace vethpp::message
