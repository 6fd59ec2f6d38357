#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "kube/api.hpp"
#include "webhook/cloud/client.hpp"
#include "webhook/cluster/cache.hpp"
#include "webhook/server/cached_facts.hpp"

namespace webhook {

/// The cluster and the cloud, as one thread sees them.
class World final : public FactSource {
 public:
  struct Parts {
    net_io::Executor executor;
    const cluster::Cache& cache;     ///< shared by all threads
    std::unique_ptr<kube::Api> api;  ///< of this thread
    cloud::ClientOptions cloud;
    const base::Clock& clock;
    std::uint64_t seed = 0;
  };
  explicit World(Parts parts);

  net_io::Task<> answer(std::shared_ptr<alicloud::Facts> facts,
                        std::vector<alicloud::Question> questions,
                        net_io::Deadline deadline) override;

 private:
  /// All questions but those that the copies answer at once.
  std::vector<alicloud::Question> answer_known(alicloud::Facts& facts,
                                               std::vector<alicloud::Question> questions) const;
  net_io::Task<> ask_cluster(std::shared_ptr<alicloud::Facts> facts,
                             alicloud::ObjectQuestion question, net_io::Deadline deadline);
  net_io::Task<> ask_images(std::shared_ptr<alicloud::Facts> facts,
                            alicloud::ImageQuestion question, net_io::Deadline deadline);
  net_io::Task<> ask_vswitches(std::shared_ptr<alicloud::Facts> facts,
                               alicloud::VSwitchQuestion question, net_io::Deadline deadline);

  net_io::Executor executor_;
  const cluster::Cache& cache_;
  std::unique_ptr<kube::Api> api_;
  cloud::Client cloud_;
};

/// A World whose answers about images are remembered for a short while.
class RememberedWorld final : public FactSource {
 public:
  /// `memory`: of all threads.
  RememberedWorld(World::Parts parts, ImageMemory& memory)
      : remembered_(world_, memory), world_(std::move(parts)) {}
  net_io::Task<> answer(std::shared_ptr<alicloud::Facts> facts,
                        std::vector<alicloud::Question> questions,
                        net_io::Deadline deadline) override {
    return remembered_.answer(std::move(facts), std::move(questions), deadline);
  }

 private:
  CachedFacts remembered_;
  World world_;
};

}  // namespace webhook
