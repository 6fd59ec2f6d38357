#pragma once

#include <memory>
#include <string_view>

namespace prometheus {
class Registry;
}

namespace webhook {

/// What is asked of the cluster and of the cloud, counted and timed. Any thread may call.
class CallMetrics {
 public:
  explicit CallMetrics(prometheus::Registry& registry);
  ~CallMetrics();

  /// `code`: of the HTTP answer, 0 where there was none. Of a watch, its start.
  void cluster(std::string_view verb, std::string_view resource, int code, double seconds);
  /// `result`: ok, throttled, refused, or unavailable.
  void cloud(std::string_view action, std::string_view result, double seconds);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace webhook
