#include "webhook/replay/neighbour.hpp"

#include "json/parse.hpp"
#include "webhook/replay/differences_text.hpp"

namespace replay {

Neighbour::Neighbour(const Case& one) : beside_(one) {
  if (auto* http = beside_.document["http"].as_object()) http->erase("body");
}

base::Result<Expectation> Neighbour::answer() {
  beside_.review_text = json::to_string(beside_.review);
  TRY(auto outcome, run(beside_));
  Expectation answer;
  answer.http_status = outcome.http.status;
  answer.review = std::move(outcome.review);
  answer.patched = outcome.patched ? *std::move(outcome.patched) : object();
  return answer;
}

void expect_answer(const Case& one, Expectation& expected, Expectation answer) {
  expected.http_status = answer.http_status;
  expected.review = std::move(answer.review);
  expected.patched.reset();
  expected.alternatives.clear();
  const bool allowed = expected.review.at("response").at("allowed").bool_or(false);
  if (allowed && answer.patched != object_of(one)) expected.patched = std::move(answer.patched);
}

}  // namespace replay
