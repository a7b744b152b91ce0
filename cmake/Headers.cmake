# The rooms of the house, a line each: floor, folder below include/vethpp (`.` is the root), and the
# target that it belongs to. A file includes only files of lower floors, and of its own room. What is
# in a room is in the tree and in no list. The file sets, the floors test and the one-definition test
# read this table.
set(VETHPP_ROOMS
    "0 base vethpp"     # text, handles, deadlines: the standard library and system calls
    "1 wire vethpp"     # bytes of netlink: writer, reader, descriptions
    "1 value vethpp"    # addresses, names, errors, and how they print
    "2 message vethpp"  # what each family of rtnetlink carries
    "2 ovsdb ovs"       # OVSDB: the protocol and its clients
    "3 netlink vethpp"  # sockets, sessions, the requests of each family
    "4 netns vethpp"    # entering namespaces; the frame of a call
    "5 link vethpp"     # making links, waiting for them
    "5 ping vethpp"     # echo requests, without I/O and with
    "6 . vethpp"        # the nouns
    "7 kinds vethpp"    # links of further kinds
    "7 ovs ovs")        # Open vSwitch
# What stands above all rooms: what includes them.
set(VETHPP_ROOF veth.hpp src.hpp)

# What of others a room may include, besides the standard library and the kernel's headers.
set(VETHPP_OUTSIDERS_vethpp "<fmt/core.h>" "<boost/system/" "<boost/asio/ip/(address|network)")
set(VETHPP_OUTSIDERS_ovs ${VETHPP_OUTSIDERS_vethpp} "<boost/json/" "<boost/asio/")

# vethpp_house(<directory>): sets for each room VETHPP_ROOM_<room> to its files, for each target
# VETHPP_HEADERS_<target> and VETHPP_BODIES_<target>, all of them relative to the directory.
macro(vethpp_house directory)
    set(VETHPP_FOLDERS "")
    foreach(target IN ITEMS vethpp ovs)
        set(VETHPP_HEADERS_${target} "")
        set(VETHPP_BODIES_${target} "")
    endforeach()
    foreach(line IN LISTS VETHPP_ROOMS)
        string(REPLACE " " ";" line "${line}")
        list(GET line 0 floor)
        list(GET line 1 room)
        list(GET line 2 target)
        list(APPEND VETHPP_FOLDERS ${room})
        set(VETHPP_FLOOR_${room} ${floor})
        set(VETHPP_TARGET_${room} ${target})
        set(prefix ${room}/)
        if(room STREQUAL .)
            set(prefix "")
        endif()
        if(CMAKE_SCRIPT_MODE_FILE)
            file(GLOB headers RELATIVE ${directory} ${directory}/${prefix}*.hpp)
            file(GLOB bodies RELATIVE ${directory} ${directory}/${prefix}*.ipp)
        else()
            file(GLOB headers RELATIVE ${directory} CONFIGURE_DEPENDS ${directory}/${prefix}*.hpp)
            file(GLOB bodies RELATIVE ${directory} CONFIGURE_DEPENDS ${directory}/${prefix}*.ipp)
        endif()
        # A file src.hpp is the bodies of a target, to be compiled once, and not a header.
        set(sources ${headers})
        list(FILTER sources INCLUDE REGEX "(^|/)src\\.hpp$")
        list(FILTER headers EXCLUDE REGEX "(^|/)src\\.hpp$")
        list(APPEND VETHPP_HEADERS_${target} ${headers})
        list(APPEND VETHPP_BODIES_${target} ${bodies} ${sources})
        if(room STREQUAL .)
            list(REMOVE_ITEM headers ${VETHPP_ROOF})
        endif()
        set(VETHPP_ROOM_${room} ${headers} ${bodies})
    endforeach()
endmacro()
