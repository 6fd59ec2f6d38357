#include "webhook/server/cached_facts.hpp"

#include "crypto/hash.hpp"

namespace webhook {

namespace {

using alicloud::Facts;
using alicloud::ImageQuestion;
using alicloud::Question;
using net_io::Deadline;
using net_io::Task;

/// How often those who wait for somebody else's answer, perhaps of another thread, look for it.
constexpr std::chrono::milliseconds kLook(5);

std::string key_of(const ImageQuestion& question) {
  const auto& credentials = question.credentials;
  std::string text = credentials.key_id + "\n" + question.region + "\n" + question.image_id + "\n";
  if (credentials.key_secret) text.append(credentials.key_secret->reveal());
  auto key = crypto::sha256_hex(text);
  base::wipe(text);
  return key;
}

base::Error not_in_time() { return base::transient("AliCloud did not answer in the time given"); }

}  // namespace

CachedFacts::Round CachedFacts::begin(Facts& facts, std::vector<Question> questions) {
  Round round;
  for (auto& question : questions) {
    const auto* image = std::get_if<ImageQuestion>(&question);
    if (image == nullptr) {
      round.open.push_back(std::move(question));
      continue;
    }
    auto look = memory_.look(key_of(*image));
    if (look.known) {
      facts.tell(*image, *look.known);
    } else if (look.flight) {
      round.flights.emplace_back(*image, std::move(look.flight));
    } else {
      round.claims.emplace_back(*image, std::move(look.claim));
      round.open.push_back(std::move(question));
    }
  }
  return round;
}

// An error that comes of this request's own deadline says nothing to the others.
void CachedFacts::land(Facts& facts, Round& round, Deadline deadline) {
  for (auto& [question, claim] : round.claims) {
    const auto* answer = facts.ask(question);
    if (answer != nullptr && (*answer || !deadline.is_over())) claim->answer(*answer);
  }
  round.claims.clear();
}

Task<std::vector<Question>> CachedFacts::await_others(std::shared_ptr<Facts> facts, Round round,
                                                      Deadline deadline) {
  std::vector<Question> free;
  for (const auto& [question, flight] : round.flights) {
    std::optional<ImageMemory::Answer> answer;
    auto state = memory_.state_of(*flight, answer);
    while (state == ImageMemory::State::flying && !deadline.is_over()) {
      if (!co_await net_io::sleep_for(kLook)) break;
      state = memory_.state_of(*flight, answer);
    }
    if (state == ImageMemory::State::lost && !deadline.is_over()) {
      free.emplace_back(question);
    } else {
      facts->tell(question, answer ? *std::move(answer) : base::fail(not_in_time()));
    }
  }
  co_return free;
}

Task<> CachedFacts::answer(std::shared_ptr<Facts> facts, std::vector<Question> questions,
                           Deadline deadline) {
  while (!questions.empty()) {
    auto round = begin(*facts, std::move(questions));
    if (!round.open.empty()) co_await behind_.answer(facts, std::move(round.open), deadline);
    land(*facts, round, deadline);
    questions = co_await await_others(facts, std::move(round), deadline);
  }
}

}  // namespace webhook
