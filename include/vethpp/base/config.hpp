// SPDX-License-Identifier: BSL-1.0
#pragma once

// Bodies lie beside their header, in an .ipp. By default each header includes its own at its end,
// and they are inline. Where VETHPP_SEPARATE_COMPILATION is defined no header does; one source file
// of the program includes <vethpp/src.hpp>, which is all of them (CMake: vethpp::compiled).
#ifdef VETHPP_SEPARATE_COMPILATION
#define VETHPP_INLINE
#else
#define VETHPP_INLINE inline
#endif
