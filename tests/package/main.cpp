// SPDX-License-Identifier: BSL-1.0
// What a user's first program does, built as a user would build it.
#include "form.hpp"
#include <vethpp/veth.hpp>

#include <fmt/core.h>

int main() {
    const auto ns = vethpp::Netns::create("consumer");
    fmt::print("built with vethpp: {}\n", ns.label());
}
