#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "webhook/server/fact_source.hpp"
#include "webhook/server/image_memory.hpp"

namespace webhook {

/// Asks what the memory does not know, and what nobody else is asking: a shoot with many workers, a
/// retry of an API server, a dry run and requests at the same time ask the cloud once. Answers are
/// shared only by the same key pair (by its hash). For one loop; the memory is for all.
class CachedFacts final : public FactSource {
 public:
  CachedFacts(FactSource& behind, ImageMemory& memory) : behind_(behind), memory_(memory) {}

  net_io::Task<> answer(std::shared_ptr<alicloud::Facts> facts,
                        std::vector<alicloud::Question> questions,
                        net_io::Deadline deadline) override;

 private:
  template <class T>
  using AboutImages = std::vector<std::pair<alicloud::ImageQuestion, T>>;
  struct Round {
    std::vector<alicloud::Question> open;  ///< to be asked
    AboutImages<std::unique_ptr<ImageMemory::Claim>> claims;
    AboutImages<std::shared_ptr<ImageMemory::Flight>> flights;
  };
  Round begin(alicloud::Facts& facts, std::vector<alicloud::Question> questions);
  static void land(alicloud::Facts& facts, Round& round, net_io::Deadline deadline);
  /// The questions that are free again.
  net_io::Task<std::vector<alicloud::Question>> await_others(std::shared_ptr<alicloud::Facts> facts,
                                                             Round round,
                                                             net_io::Deadline deadline);

  FactSource& behind_;
  ImageMemory& memory_;
};

}  // namespace webhook
