// SPDX-License-Identifier: BSL-1.0
#pragma once

// The nouns of the library. Tools that use them, such as <vethpp/ping.hpp>, have headers of their
// own.
#include <vethpp/bridge.hpp>
#include <vethpp/link.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/removal.hpp>
#include <vethpp/value/error.hpp>
#include <vethpp/value/interface_address.hpp>
#include <vethpp/value/mac_address.hpp>
#include <vethpp/veth_pair.hpp>
