// SPDX-License-Identifier: BSL-1.0
#pragma once

// <net/if.h> of the C library, which does not compile after <linux/if.h> (the other way round the
// kernel's header gives way, <linux/libc-compat.h>). All that it has is in there, too, but for what
// follows; so where a program has included the kernel's, the library's counts as included. Whatever
// includes Asio, which includes <net/if.h>, includes this first.
#if defined(_LINUX_IF_H) && !defined(_NET_IF_H)
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the C library's own
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"  // a struct and a function of the same name
#define _NET_IF_H 1
#define IF_NAMESIZE 16
extern "C" {
struct if_nameindex {
    unsigned int if_index;
    char* if_name;
};
unsigned int if_nametoindex(const char* name) noexcept;
char* if_indextoname(unsigned int index, char* name) noexcept;
struct if_nameindex* if_nameindex() noexcept;
void if_freenameindex(struct if_nameindex* list) noexcept;
}
#pragma GCC diagnostic pop
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
#else
#include <net/if.h>
#endif
