# cmake -DBUILD=dir -DINTO=dir -DDPKG_DEB=dpkg-deb -P deb_test.cmake: makes libvethpp-dev, checks it,
# unpacks it.
cmake_minimum_required(VERSION 3.24)
file(REMOVE_RECURSE ${INTO})
file(MAKE_DIRECTORY ${INTO})
execute_process(COMMAND ${CMAKE_CPACK_COMMAND} -G DEB -B ${INTO} --config ${BUILD}/CPackConfig.cmake
    WORKING_DIRECTORY ${BUILD} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
# Of one architecture, that of the compiled libraries.
execute_process(COMMAND dpkg --print-architecture
    OUTPUT_VARIABLE architecture OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(GLOB deb ${INTO}/libvethpp-dev_*_${architecture}.deb)
if(NOT deb)
    message(FATAL_ERROR "no libvethpp-dev_<version>_${architecture}.deb")
endif()
execute_process(COMMAND ${DPKG_DEB} --field ${deb} Depends Section
    OUTPUT_VARIABLE fields COMMAND_ERROR_IS_FATAL ANY)
foreach(wanted "libboost1.81-dev | libboost-dev (>= 1.81)" "libfmt-dev (>= 9)" "Section: libdevel")
    string(FIND "${fields}" "${wanted}" at)
    if(at EQUAL -1)
        message(FATAL_ERROR "missing in the package's fields: ${wanted}\n${fields}")
    endif()
endforeach()
execute_process(COMMAND ${DPKG_DEB} --extract ${deb} ${INTO} COMMAND_ERROR_IS_FATAL ANY)
