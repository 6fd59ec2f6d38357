#include "kube/runtime/leader_election.hpp"

namespace kube {

Task<base::Result<json::Value>> FencedApi::call(Request request) {
  if (is_mutating(request) && !may_write_()) {
    co_return base::fail(base::explain(describe(request), base::cancelled("not the leader")));
  }
  co_return co_await inner_.call(std::move(request));
}

Task<base::Result<std::unique_ptr<WatchStream>>> FencedApi::watch(Watch watch) {
  co_return co_await inner_.watch(std::move(watch));
}

}  // namespace kube
