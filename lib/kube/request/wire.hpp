#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "json/limits.hpp"
#include "kube/request/request.hpp"

namespace kube {

/// A request as HTTP, without server, credentials and connection: pure.
struct WireRequest {
  std::string method;
  std::string target;        ///< path and query, percent-encoded
  std::string content_type;  ///< empty where there is no body
  std::string accept;
  std::string body;
};

WireRequest to_wire(const Request& request);
WireRequest to_wire(const Watch& watch);

/// What an answer means. Status documents become Errors: kind by code and reason, `what` the
/// server's message (cut at 1,024 bytes), causes kept in the text, retryAfterSeconds (or the
/// Retry-After header, whole seconds) in retry_after. An answer that is not JSON (a proxy's HTML,
/// half a document), or JSON but no Status, is `transient`, with code, content type and length: it
/// proves nothing about the object, a 404 neither. Lists are larger than `limits` of one document.
base::Result<json::Value> from_wire(int status, std::string_view content_type,
                                    std::string_view body, std::string_view retry_after_header,
                                    const json::Limits& limits = {});
/// The Error of a Status object (also of a watch's ERROR event).
base::Error to_error(const json::Value& status_document, int http_status);

}  // namespace kube
