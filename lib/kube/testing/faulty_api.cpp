#include <utility>

#include "kube/testing/in_memory_api.hpp"

namespace kube::testing {

Task<base::Result<json::Value>> FaultyApi::call(Request request) {
  Verdict verdict = decide_(request, number_++);
  if (verdict.before) co_return base::fail(*std::move(verdict.before));
  auto answer = co_await inner_.call(std::move(request));
  if (verdict.after) co_return base::fail(*std::move(verdict.after));
  co_return answer;
}

Task<base::Result<std::unique_ptr<WatchStream>>> FaultyApi::watch(Watch watch) {
  co_return co_await inner_.watch(std::move(watch));
}

}  // namespace kube::testing
