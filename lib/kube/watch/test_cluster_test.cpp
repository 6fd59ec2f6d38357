#include "kube/watch/test_cluster.hpp"

#include "json/parse.hpp"
#include "kube/request/wire.hpp"
#include "kube/watch/event_decoder.hpp"
#include "kube/watch/line_decoder.hpp"

namespace kube::watch {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::string_view kGoneStatus =
    R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","message":"too old","code":410})";
constexpr std::string_view kInternal =
    R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":"InternalError","message":"etcd","code":500})";
constexpr std::string_view kTooLarge =
    R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Timeout","message":"Too large resource version: 9, current: 8","code":504,"details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]}})";

base::Error status_error(std::string_view status, int code) {
  return from_wire(code, "application/json", status, "").error();
}

/// The fault as an answer with a status, or instead of one.
base::Error as_error(Fault fault) {
  switch (fault) {
    case Fault::gone_status:
    case Fault::gone_event:
      return status_error(kGoneStatus, 410);
    case Fault::too_many:
      return base::transient("too many requests", std::chrono::milliseconds(30));
    case Fault::internal:
      return status_error(kInternal, 500);
    case Fault::too_large_version:
      return status_error(kTooLarge, 504);
    case Fault::garbage:
      return from_wire(200, "application/json", "{\"items\":[{\"meta", "").error();
    case Fault::broken_utf8:
      return from_wire(200, "application/json", "{\"items\":[\"\xC3\"]}", "").error();
    case Fault::half_open:
    case Fault::slow:
      return base::transient("no answer in time");
    default:
      return base::transient("the connection was closed");
  }
}

std::string as_line(Fault fault) {
  const auto error_event = [](std::string_view status) {
    return "{\"type\":\"ERROR\",\"object\":" + std::string(status) + "}\n";
  };
  switch (fault) {
    case Fault::gone_status:
    case Fault::gone_event:
      return error_event(kGoneStatus);
    case Fault::internal:
      return error_event(kInternal);
    case Fault::too_large_version:
      return error_event(kTooLarge);
    case Fault::garbage:
      return "}{ nonsense\n";
    case Fault::broken_utf8:
      return "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"\xC3\"}}}\n";
    case Fault::long_line:
      return std::string(LineDecoder::kLimit + 1, 'x') + "\n";
    case Fault::no_version:
      return "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"ghost\"}}}\n";
    default:
      return {};
  }
}

}  // namespace

/// The history from a version on, in slices of seven bytes.
class TestStream final : public WatchStream {
 public:
  TestStream(TestCluster& cluster, std::uint64_t from, std::optional<Fault> at_start)
      : cluster_(cluster), position_(from), fault_(at_start) {
    if (!cluster_.odd_lines.empty()) pending_ = std::exchange(cluster_.odd_lines, {});
  }

  Task<base::Result<std::optional<WatchEvent>>> next(Deadline deadline) override {
    while (true) {
      if (auto line = decoder_.next()) co_return read(*line);
      if (delivered_ && !fault_) fault_ = cluster_.strike(Phase::mid_watch);
      const bool is_slow = fault_ == Fault::slow;
      if (fault_ && !is_slow) co_return co_await fail(deadline);
      fill();
      if (is_slow && deadline.is_over()) co_return base::fail(as_error(Fault::slow));
      if (is_slow) co_await net_io::sleep_for(std::chrono::milliseconds(1));
      if (!pending_.empty()) {
        const std::size_t slice = is_slow ? 1 : 7;
        CO_TRY_VOID(decoder_.feed(pending_.substr(0, slice)));
        pending_.erase(0, slice);
      } else if (deadline.is_over()) {
        co_return base::fail(base::transient("no event in time"));
      } else if (!co_await net_io::sleep_for(std::chrono::milliseconds(1))) {
        co_return base::fail(base::cancelled("cancelled"));
      }
    }
  }

 private:
  base::Result<std::optional<WatchEvent>> read(const std::string& line) {
    TRY(WatchEvent event, decode_event(kinds::kSecret, line));
    delivered_ = true;
    return event;
  }

  void fill() {
    if (!pending_.empty()) return;
    for (const auto& event : cluster_.history_) {
      if (event.version <= position_) continue;
      position_ = event.version;
      pending_ = event.line;
      return;
    }
  }

  Task<base::Result<std::optional<WatchEvent>>> fail(Deadline deadline) {
    const Fault fault = *fault_;
    if (fault == Fault::half_open) co_await net_io::sleep_for(deadline.left());
    if (fault == Fault::end) co_return std::nullopt;
    if (fault == Fault::bookmark_only) co_return bookmark();
    const std::string line = as_line(fault);
    if (line.empty()) co_return base::fail(as_error(fault));
    fault_.reset();
    CO_TRY_VOID(decoder_.feed(line));
    co_return read(*decoder_.next());
  }

  /// Once, of what was delivered; then the end.
  base::Result<std::optional<WatchEvent>> bookmark() {
    fault_ = Fault::end;
    return read(R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":")" +
                std::to_string(position_) + "\"}}}");
  }

  TestCluster& cluster_;
  std::uint64_t position_;
  std::optional<Fault> fault_;
  bool delivered_ = false;
  std::string pending_;
  LineDecoder decoder_;
};

void TestCluster::misbehave(Fault fault, Phase phase, int times) {
  fault_ = fault;
  phase_ = phase;
  times_ = times;
}

std::optional<Fault> TestCluster::strike(Phase phase) {
  if (times_ == 0 || phase != phase_) return std::nullopt;
  --times_;
  if (fault_ == Fault::too_many) too_many_at_ = Steady::now();
  return fault_;
}

void TestCluster::note_request() {
  if (!too_many_at_) return;
  pause_after_too_many =
      std::chrono::ceil<std::chrono::milliseconds>(Steady::now() - *too_many_at_);
  too_many_at_.reset();
}

Task<base::Result<json::Value>> TestCluster::call(Request request) {
  note_request();
  const auto* list = std::get_if<List>(&request);
  if (list == nullptr) co_return base::fail(base::invalid("not expected"));
  if (list->continue_token.empty()) lists.push_back(request);
  const auto fault = strike(list->continue_token.empty() ? Phase::first_list : Phase::next_page);
  if (fault && *fault != Fault::no_version) co_return base::fail(as_error(*fault));
  json::Value page = list_page(*list);
  if (fault) page["metadata"]["resourceVersion"] = "";
  co_return page;
}

json::Value TestCluster::list_page(const List& request) {
  if (request.continue_token.empty()) {
    snapshot_ = objects_;
    snapshot_version_ = version_;
  }
  json::Array items;
  auto at = request.continue_token.empty() ? snapshot_.begin()
                                           : snapshot_.lower_bound(request.continue_token);
  for (; at != snapshot_.end() && std::ssize(items) < request.limit; ++at) {
    items.push_back(object(at->first, at->second));
  }
  json::Value page = json::Value::object({{"kind", "SecretList"}, {"apiVersion", "v1"}});
  page["metadata"]["resourceVersion"] = std::to_string(snapshot_version_);
  if (at != snapshot_.end()) page["metadata"]["continue"] = at->first;
  for (const auto& odd : odd_items) items.push_back(odd);
  page["items"] = std::move(items);
  return page;
}

Task<base::Result<std::unique_ptr<WatchStream>>> TestCluster::watch(Watch watch) {
  note_request();
  watches.push_back(watch);
  const auto fault = strike(Phase::watch_start);
  const bool is_refusal = fault && (*fault == Fault::gone_status || *fault == Fault::too_many ||
                                    *fault == Fault::internal ||
                                    *fault == Fault::too_large_version || *fault == Fault::reset);
  if (is_refusal) co_return base::fail(as_error(*fault));
  co_return std::make_unique<TestStream>(*this, std::stoull(watch.resource_version), fault);
}

json::Value TestCluster::object(const std::string& name, const std::string& version) const {
  json::Value document = json::Value::object({{"kind", "Secret"}, {"apiVersion", "v1"}});
  document["metadata"]["name"] = name;
  document["metadata"]["namespace"] = "garden";
  document["metadata"]["resourceVersion"] = version;
  document["metadata"]["annotations"]["note"] = "gr\xC3\xBC\xC3\x9F\x65 \xF0\x9F\x98\x80";
  document["metadata"]["managedFields"] = json::Value::array({"much"});
  return document;
}

void TestCluster::record(const std::string& type, const std::string& name) {
  json::Value event = json::Value::object({{"type", type}});
  event["object"] = object(name, std::to_string(version_));
  history_.push_back({version_, json::to_string(event) + "\n"});
}

void TestCluster::put(const std::string& name) {
  ++version_;
  const bool is_new = objects_.insert_or_assign(name, std::to_string(version_)).second;
  record(is_new ? "ADDED" : "MODIFIED", name);
}

void TestCluster::remove(const std::string& name) {
  ++version_;
  objects_.erase(name);
  record("DELETED", name);
}

}  // namespace kube::watch
