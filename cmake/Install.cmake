# Install, export, pkg-config and the Debian package. The headers are for every machine; beside them
# are the compiled libraries of this one.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/vethpp)
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Those who have no Boost.JSON do not get the targets of Open vSwitch, but a package made with it
# serves both.
set(export_sets vethppTargets)
install(TARGETS vethpp vethpp_compiled EXPORT vethppTargets FILE_SET HEADERS FILE_SET bodies)
if(TARGET vethpp_ovs)
    list(APPEND export_sets vethppOvsTargets)
    install(TARGETS vethpp_ovs vethpp_ovs_compiled EXPORT vethppOvsTargets
        FILE_SET HEADERS FILE_SET bodies)
endif()
foreach(name IN LISTS export_sets)
    install(EXPORT ${name} NAMESPACE vethpp:: DESTINATION ${config_dir})
endforeach()

configure_package_config_file(cmake/vethppConfig.cmake.in vethppConfig.cmake
    INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(vethppConfigVersion.cmake
    COMPATIBILITY SameMinorVersion) # until 1.0, a minor version may break
install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/vethppConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/vethppConfigVersion.cmake
    DESTINATION ${config_dir})

# Found from where vethpp.pc lies, so that a staged or moved installation works.
file(RELATIVE_PATH VETHPP_PC_TO_PREFIX /prefix/${pc_dir} /prefix)
string(REGEX REPLACE "/$" "" VETHPP_PC_TO_PREFIX "${VETHPP_PC_TO_PREFIX}")
set(pkg_configs vethpp vethpp-compiled)
if(TARGET vethpp_ovs)
    list(APPEND pkg_configs vethpp-ovs vethpp-ovs-compiled)
endif()
foreach(pc IN LISTS pkg_configs)
    configure_file(cmake/${pc}.pc.in ${pc}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${pc}.pc DESTINATION ${pc_dir})
endforeach()

install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libvethpp-dev RENAME copyright)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME libvethpp-dev)
set(CPACK_PACKAGE_VENDOR vethpp)
set(CPACK_PACKAGE_CONTACT "the vethpp authors")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "libboost1.81-dev | libboost-dev (>= ${VETHPP_BOOST_VERSION}), libfmt-dev (>= ${VETHPP_FMT_VERSION})")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libboost-json1.81-dev | libboost-json-dev, openvswitch-switch")
include(CPack)
