# vethpp_add_enclosed_test(<name> <label>[;<label>...] <target> [option of cmake/enclosed.sh...]
#     [ARGUMENTS <argument>...])
#
# Runs a program twice, each time where it cannot touch the host's network: as the current user, and,
# started by root, again as nobody in a user namespace (<name>.nobody, labels <label>.nobody).
function(vethpp_add_enclosed_test name labels target)
    cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "ARGUMENTS")
    foreach(suffix "" .nobody)
        set(options ${arg_UNPARSED_ARGUMENTS})
        if(suffix)
            list(APPEND options --as-nobody)
        endif()
        add_test(NAME ${name}${suffix}
            COMMAND ${PROJECT_SOURCE_DIR}/cmake/enclosed.sh ${options} $<TARGET_FILE:${target}> ${arg_ARGUMENTS})
        list(TRANSFORM labels APPEND "${suffix}" OUTPUT_VARIABLE suffixed)
        set_tests_properties(${name}${suffix} PROPERTIES
            LABELS "${suffixed}"
            ENVIRONMENT VETHPP_TEST_REPORT=${PROJECT_BINARY_DIR}/reports/${name}${suffix}
            SKIP_RETURN_CODE 77)
    endforeach()
endfunction()

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/reports)
