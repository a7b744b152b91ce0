# vethpp_add_library(<target> <rooms>): the header-only library of the rooms of a target in
# cmake/Headers.cmake; vethpp::<what follows vethpp_>.
function(vethpp_add_library target rooms)
    list(TRANSFORM VETHPP_HEADERS_${rooms} PREPEND ${PROJECT_SOURCE_DIR}/include/vethpp/
        OUTPUT_VARIABLE headers)
    list(TRANSFORM VETHPP_BODIES_${rooms} PREPEND ${PROJECT_SOURCE_DIR}/include/vethpp/
        OUTPUT_VARIABLE bodies)
    string(REGEX REPLACE "^vethpp_" "" name ${target})
    add_library(${target} INTERFACE)
    add_library(vethpp::${name} ALIAS ${target})
    target_sources(${target} INTERFACE
        FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${headers}
        FILE_SET bodies TYPE HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES ${bodies})
    target_compile_features(${target} INTERFACE cxx_std_20)
    set_target_properties(${target} PROPERTIES
        EXPORT_NAME ${name}
        VERIFY_INTERFACE_HEADER_SETS OFF) # tests/CMakeLists.txt does, without optimisation
endfunction()

# vethpp_add_compiled_library(<target> <library>): the same with its bodies compiled once, for
# programs of many source files. Built only where something links it.
function(vethpp_add_compiled_library target library)
    set(room "")
    if(library STREQUAL vethpp_ovs)
        set(room ovs/)
    endif()
    file(CONFIGURE OUTPUT ${target}.cpp CONTENT "#include <vethpp/${room}src.hpp>\n" @ONLY)
    string(REGEX REPLACE "^vethpp_" "" name ${target})
    add_library(${target} STATIC ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp)
    add_library(vethpp::${name} ALIAS ${target})
    target_link_libraries(${target} PUBLIC ${library})
    target_compile_definitions(${target} PUBLIC VETHPP_SEPARATE_COMPILATION)
    set_target_properties(${target} PROPERTIES
        EXPORT_NAME ${name}
        POSITION_INDEPENDENT_CODE ON) # also for those who link it into a shared library
    if(NOT VETHPP_INSTALL)
        set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
endfunction()
