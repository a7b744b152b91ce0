// SPDX-License-Identifier: BSL-1.0
#pragma once

// The bodies of Open vSwitch, for one source file of a program in which VETHPP_SEPARATE_COMPILATION
// is defined everywhere, beside <vethpp/src.hpp>. CMake's target vethpp::ovs_compiled does both.
#ifndef VETHPP_SEPARATE_COMPILATION
#error "<vethpp/ovs/src.hpp> needs VETHPP_SEPARATE_COMPILATION, in every source file of the program"
#endif

#include <vethpp/ovs/addition.ipp>
#include <vethpp/ovs/async_monitor.ipp>
#include <vethpp/ovs/bridge.ipp>
#include <vethpp/ovs/bridge_state.ipp>
#include <vethpp/ovs/check.ipp>
#include <vethpp/ovs/copied_memory.ipp>
#include <vethpp/ovs/daemon.ipp>
#include <vethpp/ovs/datapath.ipp>
#include <vethpp/ovs/directory.ipp>
#include <vethpp/ovs/interfaces.ipp>
#include <vethpp/ovs/leftover.ipp>
#include <vethpp/ovs/leftovers.ipp>
#include <vethpp/ovs/lookup.ipp>
#include <vethpp/ovs/monitor.ipp>
#include <vethpp/ovs/options.ipp>
#include <vethpp/ovs/owned_rows.ipp>
#include <vethpp/ovs/owner.ipp>
#include <vethpp/ovs/port.ipp>
#include <vethpp/ovs/port_watcher.ipp>
#include <vethpp/ovs/ports.ipp>
#include <vethpp/ovs/preparation.ipp>
#include <vethpp/ovs/programs.ipp>
#include <vethpp/ovs/promiscuity.ipp>
#include <vethpp/ovs/removal.ipp>
#include <vethpp/ovs/request.ipp>
#include <vethpp/ovs/rows.ipp>
#include <vethpp/ovs/supervision.ipp>
#include <vethpp/ovs/supervisor.ipp>
#include <vethpp/ovs/text_file.ipp>
#include <vethpp/ovs/userspace.ipp>
#include <vethpp/ovsdb/address.ipp>
#include <vethpp/ovsdb/async_connection.ipp>
#include <vethpp/ovsdb/async_handle.ipp>
#include <vethpp/ovsdb/call.ipp>
#include <vethpp/ovsdb/client.ipp>
#include <vethpp/ovsdb/exchange.ipp>
#include <vethpp/ovsdb/stream.ipp>
#include <vethpp/ovsdb/transaction.ipp>
#include <vethpp/ovsdb/value.ipp>
