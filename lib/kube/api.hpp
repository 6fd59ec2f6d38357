#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kube/request/request.hpp"
#include "net/deadline.hpp"
#include "net/task.hpp"

namespace kube {

using net_io::Deadline;
using net_io::Task;

/// One event of a watch. `error` events and broken connections come as the Result's error instead:
/// `gone` for 410 in both shapes, `transient` for the rest.
struct WatchEvent {
  enum class Type { added, modified, deleted, bookmark };
  Type type = Type::added;
  Object object;  ///< a bookmark has metadata.resourceVersion only
};

class WatchStream {
 public:
  virtual ~WatchStream() = default;
  /// The next event; nullopt when the server ended the watch in order; `transient` when nothing
  /// came by the deadline.
  virtual Task<base::Result<std::optional<WatchEvent>>> next(Deadline deadline) = 0;
};

/// The port to one cluster. Implemented by HttpApi, InMemoryApi and FaultyApi. One loop, one
/// thread; any number of calls may be under way at once.
class Api {
 public:
  virtual ~Api() = default;
  /// The answer's document: an object, a list, a Status of a delete, a review.
  virtual Task<base::Result<json::Value>> call(Request request) = 0;
  virtual Task<base::Result<std::unique_ptr<WatchStream>>> watch(Watch watch) = 0;
};

/// One page of a list.
struct Page {
  std::vector<Object> items;  ///< apiVersion and kind are filled in from the request
  std::string continue_token;
  std::string resource_version;
};

// What one usually wants of call(). Each performs exactly one request, list_all one for each page.
Task<base::Result<Object>> get(Api& api, ObjectRef ref);
/// not_found comes as nullopt: absence is an answer, failure is not.
Task<base::Result<std::optional<Object>>> find(Api& api, ObjectRef ref);
Task<base::Result<Page>> list(Api& api, List request);
/// All pages (500 each); starts again once when a continue token has expired.
Task<base::Result<Page>> list_all(Api& api, List request);
Task<base::Result<Object>> create(Api& api, Create request);
Task<base::Result<Object>> update(Api& api, Update request);
Task<base::Result<Object>> apply(Api& api, Apply request);
Task<base::Result<Object>> patch(Api& api, Patch request);
/// not_found counts as done.
Task<base::Result<>> remove(Api& api, Delete request);

}  // namespace kube
