#pragma once

// For the tests of this room: a cluster of Secrets that answers with documents and bytes as an API
// server does, and misbehaves once, where it is told to.

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/api.hpp"

namespace kube::watch {

enum class Fault {
  gone_status,
  gone_event,
  too_many,
  internal,
  too_large_version,
  end,
  reset,
  half_open,
  slow,  ///< a byte at a time: answers come too late, lines never end in time
  garbage,
  broken_utf8,
  long_line,
  bookmark_only,
  no_version,
};
enum class Phase { first_list, next_page, watch_start, mid_watch };

class TestCluster final : public Api {
 public:
  Task<base::Result<json::Value>> call(Request request) override;
  Task<base::Result<std::unique_ptr<WatchStream>>> watch(Watch watch) override;

  void put(const std::string& name);
  void remove(const std::string& name);
  void misbehave(Fault fault, Phase phase, int times = 1);
  bool has_misbehaved() const { return times_ == 0; }

  /// Names to versions, as they are now.
  const std::map<std::string, std::string>& objects() const { return objects_; }
  std::uint64_t version() const { return version_; }

  std::vector<Request> lists;
  std::vector<Watch> watches;
  /// Items added to each list, and lines to each watch: what a server should not send.
  json::Array odd_items;
  std::string odd_lines;
  /// Between the faulty answer to a too_many and the next request.
  std::optional<std::chrono::milliseconds> pause_after_too_many;

 private:
  friend class TestStream;
  std::optional<Fault> strike(Phase phase);
  void note_request();
  json::Value list_page(const List& request);
  json::Value object(const std::string& name, const std::string& version) const;
  void record(const std::string& type, const std::string& name);

  struct Event {
    std::uint64_t version;
    std::string line;
  };
  std::map<std::string, std::string> objects_;
  std::vector<Event> history_;
  std::uint64_t version_ = 98;  // so that a digit is added on the way
  std::map<std::string, std::string> snapshot_;
  std::uint64_t snapshot_version_ = 0;
  Fault fault_ = Fault::end;
  Phase phase_ = Phase::first_list;
  int times_ = 0;
  std::optional<std::chrono::steady_clock::time_point> too_many_at_;
};

}  // namespace kube::watch
