// expect: use of deleted function|call to deleted|implicitly[- ]deleted
// Two owners of one pair would remove it twice.
#include <vethpp/veth_pair.hpp>

#include <utility>

vethpp::VethPair copied(vethpp::VethPair& pair) {
#ifdef VETHPP_OK
    return std::move(pair);
#else
    return pair;
#endif
}
