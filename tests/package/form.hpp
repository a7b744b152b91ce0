// SPDX-License-Identifier: BSL-1.0
// That a consumer gets the form of the library that it asked for.
#pragma once

#if defined(EXPECT_COMPILED) && !defined(VETHPP_SEPARATE_COMPILATION)
#error "the compiled library does not say that its bodies are apart"
#elif defined(EXPECT_HEADER_ONLY) && defined(VETHPP_SEPARATE_COMPILATION)
#error "the header-only library has its bodies apart"
#endif
