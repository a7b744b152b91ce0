// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/options.hpp>
#include <vethpp/value/error.hpp>

#include <initializer_list>
#include <span>

namespace vethpp {

class VethPair;

/// Each end knows the other for ever: its addresses, with its MAC address, are permanent neighbours
/// there, so that nothing is resolved any more. IPv6 addresses, link-local ones included, are known
/// where the end has IPv6 addresses itself. Call it when the ends are up and have their addresses:
/// what an end knows goes when it is set down or gets another MAC address.
///
/// **Errors.** The Error says which end could not be told; the other one is then as it was.
void pin_neighbours(const VethPair& pair, OnError on_error = {});
/// The same for links that share a wire, such as those of several pairs into one bridge: each knows
/// all others.
void pin_neighbours(std::span<const LinkRef> links, OnError on_error = {});
inline void pin_neighbours(std::initializer_list<LinkRef> links, OnError on_error = {}) {
    pin_neighbours(std::span<const LinkRef>{links.begin(), links.size()}, on_error);
}

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/pin_neighbours.ipp>
#endif
