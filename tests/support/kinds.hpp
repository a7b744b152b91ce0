// SPDX-License-Identifier: BSL-1.0
// The settings of the kinds of links, for what holds for all of them.
#pragma once

#include <vethpp/kinds/bareudp.hpp>
#include <vethpp/kinds/bond.hpp>
#include <vethpp/kinds/dummy.hpp>
#include <vethpp/kinds/erspan.hpp>
#include <vethpp/kinds/geneve.hpp>
#include <vethpp/kinds/gre.hpp>
#include <vethpp/kinds/gretap.hpp>
#include <vethpp/kinds/hsr.hpp>
#include <vethpp/kinds/ifb.hpp>
#include <vethpp/kinds/ip6gre.hpp>
#include <vethpp/kinds/ip6gretap.hpp>
#include <vethpp/kinds/ip6tnl.hpp>
#include <vethpp/kinds/ipip.hpp>
#include <vethpp/kinds/ipvlan.hpp>
#include <vethpp/kinds/ipvtap.hpp>
#include <vethpp/kinds/macsec.hpp>
#include <vethpp/kinds/macvlan.hpp>
#include <vethpp/kinds/macvtap.hpp>
#include <vethpp/kinds/netkit.hpp>
#include <vethpp/kinds/nlmon.hpp>
#include <vethpp/kinds/sit.hpp>
#include <vethpp/kinds/tun.hpp>
#include <vethpp/kinds/vcan.hpp>
#include <vethpp/kinds/vlan.hpp>
#include <vethpp/kinds/vrf.hpp>
#include <vethpp/kinds/vti.hpp>
#include <vethpp/kinds/vti6.hpp>
#include <vethpp/kinds/vxlan.hpp>
#include <vethpp/kinds/xfrm_interface.hpp>

namespace vethpp_test {

/// Calls f with a value of each.
template <class F>
void for_each_kind(F&& f) {
    using namespace vethpp;
    f(BareudpSettings{});
    f(DummySettings{});
    f(GeneveSettings{});
    f(HsrSettings{});
    f(IfbSettings{});
    f(IpvlanSettings{});
    f(IpvtapSettings{});
    f(MacvlanSettings{});
    f(MacvtapSettings{});
    f(NetkitSettings{});
    f(NlmonSettings{});
    f(TunSettings{});
    f(VcanSettings{});
    f(VlanSettings{});
    f(VrfSettings{});
    f(VxlanSettings{});
}

/// The same of tunnels, bonds and MACsec, of whose members some are made of what is read.
template <class F>
void for_each_derived_kind(F&& f) {
    using namespace vethpp;
    f(BondSettings{});
    f(ErspanSettings{});
    f(GreSettings{});
    f(GretapSettings{});
    f(Ip6greSettings{});
    f(Ip6gretapSettings{});
    f(Ip6tnlSettings{});
    f(IpipSettings{});
    f(MacsecSettings{});
    f(SitSettings{});
    f(VtiSettings{});
    f(Vti6Settings{});
    f(XfrmInterfaceSettings{});
}

}  // namespace vethpp_test
