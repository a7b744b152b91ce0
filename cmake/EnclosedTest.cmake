# vethpp_add_enclosed_test(<name> <label> <target> [option of cmake/enclosed.sh...])
#
# Runs a program twice, each time where it cannot touch the host's network: as the current user, and,
# started by root, again as nobody in a user namespace (<name>.nobody, label <label>.nobody).
function(vethpp_add_enclosed_test name label target)
    foreach(suffix "" .nobody)
        set(options ${ARGN})
        if(suffix)
            list(APPEND options --as-nobody)
        endif()
        add_test(NAME ${name}${suffix}
            COMMAND ${PROJECT_SOURCE_DIR}/cmake/enclosed.sh ${options} $<TARGET_FILE:${target}>)
        set_tests_properties(${name}${suffix} PROPERTIES
            LABELS ${label}${suffix}
            ENVIRONMENT VETHPP_TEST_REPORT=${PROJECT_BINARY_DIR}/reports/${name}${suffix}
            SKIP_RETURN_CODE 77)
    endforeach()
endfunction()

file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/reports)
