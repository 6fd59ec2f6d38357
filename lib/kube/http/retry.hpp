#pragma once

#include <optional>

#include "base/error.hpp"
#include "base/result.hpp"
#include "net/http.hpp"

namespace kube {

struct Attempt {
  bool is_read = false;
  int number = 1;  ///< of the one that was just made
  int most = 4;
  double unit_random = 0;  ///< [0, 1)
};

/// How long to wait before the same request may be sent again; nullopt: this is its answer. Pure.
std::optional<base::Millis> wait_before_retry(const Attempt& attempt,
                                              const base::Result<net_io::HttpResponse>& answer);

}  // namespace kube
