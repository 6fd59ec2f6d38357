#pragma once

#include <string>
#include <utility>

#include "net/http.hpp"

namespace webhook {

/// An answer for kubelets and people, which nobody may keep.
inline net_io::HttpResponse plain_text(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
          .body = std::move(body)};
}

}  // namespace webhook
