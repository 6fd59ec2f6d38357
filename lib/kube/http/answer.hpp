#pragma once

#include "base/result.hpp"
#include "kube/request/request.hpp"
#include "net/http.hpp"

namespace kube {

/// What an answer to a request about `resource` means: from_wire(), but redirects are errors that
/// say so.
base::Result<json::Value> read_answer(const net_io::HttpResponse& answer);

/// The same for a request that carried `resource` in its body: where that is a Secret, a server's
/// complaint about the content is withheld, for it may quote it. What stays: code, reason, and
/// which fields.
base::Result<json::Value> read_answer_to(const Request& request,
                                         const net_io::HttpResponse& answer);

}  // namespace kube
