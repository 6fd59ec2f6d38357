#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "conformance/generator.hpp"
#include "conformance/tally.hpp"
#include "kube/api.hpp"
#include "kube/testing/in_memory_api.hpp"

namespace conformance {

/// What one side answered: an object, a list, a Status, or the events of a watch; or an error.
struct Outcome {
  int code = 200;
  std::string reason;
  std::string message;  ///< for people; not compared
  json::Value document;
  bool is_error() const { return code >= 300 || code == 0; }
  std::string text() const { return is_error() ? std::to_string(code) + " " + reason : "ok"; }
};

/// Sends every step of one scenario to both sides and compares their answers.
class Runner {
 public:
  /// Takes lines; the first of each mismatch begins with MISMATCH.
  using Print = std::function<void(const std::string&)>;
  /// `clock` is the one of the API in memory: it follows the server's answers.
  Runner(kube::Api& real, kube::testing::InMemoryApi& fake, base::ManualClock& clock, Tally& tally,
         Print print)
      : real_(real),
        fake_(fake),
        clock_(clock),
        tally_(tally),
        print_(std::move(print)),
        translate_(names_) {}

  kube::Task<> run(Step step, Generator* generator);

 private:
  struct Answers {
    Outcome fake, real;
  };
  kube::Task<Answers> ask_both(Step step);
  /// What the server's answer depends on besides the requests: the second, because managers are in
  /// the order of their times, and chance, which orders the finalizers of a deleted Namespace.
  void hand_over(const json::Value& answer);
  kube::Task<Outcome> ask(kube::Api* api, Step step, std::size_t most_events);
  kube::Task<Outcome> ask_watch(kube::Api* api, kube::Watch watch, std::size_t most_events);
  /// Takes out of a list what no two servers share, and pairs it for later requests.
  void pair_lists(Outcome& fake, Outcome& real, bool has_only_ours);
  void report(const Step& step, const Outcome& fake, const Outcome& real);

  kube::Api& real_;
  kube::testing::InMemoryApi& fake_;
  base::ManualClock& clock_;
  Tally& tally_;
  Print print_;
  Names names_;
  Translator translate_;
};

}  // namespace conformance
