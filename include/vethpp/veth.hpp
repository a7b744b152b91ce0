// SPDX-License-Identifier: BSL-1.0
#pragma once

// The nouns of the library. Tools that use them, such as <vethpp/ping.hpp>, have headers of their
// own.
#include <vethpp/bridge.hpp>
#include <vethpp/error.hpp>
#include <vethpp/interface_address.hpp>
#include <vethpp/link.hpp>
#include <vethpp/mac_address.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>
