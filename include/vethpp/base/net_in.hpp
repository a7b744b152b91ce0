// SPDX-License-Identifier: BSL-1.0
#pragma once

// <netinet/in.h> of the C library before <linux/in.h> and <linux/in6.h>, which then give way
// (<linux/libc-compat.h>): unless a program has included another header of the kernel's first, with
// which they have decided for good that they come alone. Whatever includes a header of the kernel
// that includes these includes this first.
#include <netinet/in.h>
// NOLINTBEGIN(bugprone-reserved-identifier): the kernel's own
#if defined(_LIBC_COMPAT_H) && !defined(_LINUX_IN_H)
#undef __UAPI_DEF_IN_ADDR
#undef __UAPI_DEF_IN_IPPROTO
#undef __UAPI_DEF_IN_PKTINFO
#undef __UAPI_DEF_IP_MREQ
#undef __UAPI_DEF_SOCKADDR_IN
#undef __UAPI_DEF_IN_CLASS
#define __UAPI_DEF_IN_ADDR 0
#define __UAPI_DEF_IN_IPPROTO 0
#define __UAPI_DEF_IN_PKTINFO 0
#define __UAPI_DEF_IP_MREQ 0
#define __UAPI_DEF_SOCKADDR_IN 0
#define __UAPI_DEF_IN_CLASS 0
#endif
#if defined(_LIBC_COMPAT_H) && !defined(_LINUX_IN6_H)
#undef __UAPI_DEF_IN6_ADDR
#undef __UAPI_DEF_IN6_ADDR_ALT
#undef __UAPI_DEF_SOCKADDR_IN6
#undef __UAPI_DEF_IPV6_MREQ
#undef __UAPI_DEF_IPPROTO_V6
#undef __UAPI_DEF_IPV6_OPTIONS
#undef __UAPI_DEF_IN6_PKTINFO
#undef __UAPI_DEF_IP6_MTUINFO
#define __UAPI_DEF_IN6_ADDR 0
#define __UAPI_DEF_IN6_ADDR_ALT 0
#define __UAPI_DEF_SOCKADDR_IN6 0
#define __UAPI_DEF_IPV6_MREQ 0
#define __UAPI_DEF_IPPROTO_V6 0
#define __UAPI_DEF_IPV6_OPTIONS 0
#define __UAPI_DEF_IN6_PKTINFO 0
#define __UAPI_DEF_IP6_MTUINFO 0
#endif
// NOLINTEND(bugprone-reserved-identifier)
