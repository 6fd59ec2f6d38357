#include "webhook/server/cached_facts.hpp"

#include <algorithm>

#include "crypto/hash.hpp"

namespace webhook {

namespace {

using alicloud::ImageQuestion;
using alicloud::Question;

std::string key_of(const ImageQuestion& question) {
  const auto& credentials = question.credentials;
  std::string text = credentials.key_id + "\n" + question.region + "\n" + question.image_id + "\n";
  if (credentials.key_secret) text.append(credentials.key_secret->reveal());
  auto key = crypto::sha256_hex(text);
  base::wipe(text);
  return key;
}

}  // namespace

std::vector<Question> CachedFacts::answer_known(alicloud::Facts& facts,
                                                std::vector<Question> questions) {
  std::erase_if(questions, [&](const Question& question) {
    const auto* image = std::get_if<ImageQuestion>(&question);
    if (image == nullptr) return false;
    const auto entry = entries_.find(key_of(*image));
    if (entry == entries_.end() || entry->second.until <= clock_.since_boot()) return false;
    facts.tell(*image, entry->second.is_customised);
    return true;
  });
  return questions;
}

void CachedFacts::remember(alicloud::Facts& facts, const Question& question) {
  const auto* image = std::get_if<ImageQuestion>(&question);
  const auto* answer = image != nullptr ? facts.ask(*image) : nullptr;
  if (answer == nullptr || !*answer) return;
  make_room();
  entries_[key_of(*image)] = {.is_customised = **answer,
                              .until = clock_.since_boot() + limits_.life};
}

void CachedFacts::make_room() {
  if (entries_.size() < limits_.entries) return;
  const auto now = clock_.since_boot();
  std::erase_if(entries_, [now](const auto& entry) { return entry.second.until <= now; });
  if (entries_.size() < limits_.entries) return;
  entries_.erase(
      std::ranges::min_element(entries_, {}, [](const auto& entry) { return entry.second.until; }));
}

net_io::Task<> CachedFacts::answer(std::shared_ptr<alicloud::Facts> facts,
                                   std::vector<Question> questions, net_io::Deadline deadline) {
  auto open = answer_known(*facts, std::move(questions));
  if (open.empty()) co_return;
  co_await behind_.answer(facts, open, deadline);
  for (const auto& question : open) remember(*facts, question);
}

}  // namespace webhook
