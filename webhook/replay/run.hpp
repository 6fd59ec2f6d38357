#pragma once

#include <optional>

#include "webhook/protocol/http.hpp"
#include "webhook/replay/case.hpp"

namespace replay {

/// What our program answers, read back from the bytes it would send.
struct Outcome {
  protocol::Answer http;
  json::Value review;  ///< without response.patch; null where the body is no JSON
  std::optional<json::Value>
      patched;  ///< the request's object with the patch applied, where there is one
};

/// The real routing, decoding, judgement and encoding. `content_type` overrides that of the case.
base::Result<Outcome> run(const Case& one,
                          const std::optional<std::string>& content_type = std::nullopt);

}  // namespace replay
