#pragma once

#include <memory>
#include <vector>

#include "net/deadline.hpp"
#include "net/task.hpp"
#include "webhook/alicloud/facts/facts.hpp"

namespace webhook {

/// The port behind which clusters and clouds are. Each thread has its own; what they share is
/// immutable.
class FactSource {
 public:
  virtual ~FactSource() = default;
  /// Tells `facts` the answer to every question, all asked at once. What is not known by `deadline`
  /// is told as an error; its text is what the user reads.
  virtual net_io::Task<> answer(std::shared_ptr<alicloud::Facts> facts,
                                std::vector<alicloud::Question> questions,
                                net_io::Deadline deadline) = 0;
};

/// Knows nothing: for a server that was given no cluster.
class NoFacts final : public FactSource {
 public:
  net_io::Task<> answer(std::shared_ptr<alicloud::Facts> facts,
                        std::vector<alicloud::Question> questions,
                        net_io::Deadline deadline) override;
};

}  // namespace webhook
