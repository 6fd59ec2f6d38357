#pragma once

#include <map>
#include <string>

#include "base/clock.hpp"
#include "webhook/server/fact_source.hpp"

namespace webhook {

/// Remembers for a short while which images are customised: a shoot with many workers, a retry of
/// an API server and a dry run ask the cloud once. Only answers are kept, no errors; only for the
/// same key pair (by its hash). For one loop.
class CachedFacts final : public FactSource {
 public:
  struct Limits {
    std::chrono::milliseconds life{60'000};
    std::size_t entries = 1'024;
  };
  CachedFacts(FactSource& behind, const base::Clock& clock)
      : CachedFacts(behind, clock, Limits()) {}
  CachedFacts(FactSource& behind, const base::Clock& clock, Limits limits)
      : behind_(behind), clock_(clock), limits_(limits) {}

  net_io::Task<> answer(std::shared_ptr<alicloud::Facts> facts,
                        std::vector<alicloud::Question> questions,
                        net_io::Deadline deadline) override;

 private:
  struct Entry {
    bool is_customised;
    base::BootTime until;
  };
  /// The questions that nothing is remembered about; the others are answered.
  std::vector<alicloud::Question> answer_known(alicloud::Facts& facts,
                                               std::vector<alicloud::Question> questions);
  void remember(alicloud::Facts& facts, const alicloud::Question& question);
  void make_room();

  FactSource& behind_;
  const base::Clock& clock_;
  Limits limits_;
  std::map<std::string, Entry> entries_;
};

}  // namespace webhook
