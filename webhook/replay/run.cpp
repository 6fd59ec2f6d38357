#include "webhook/replay/run.hpp"

#include "base/base64.hpp"
#include "json/parse.hpp"
#include "json/patch.hpp"
#include "webhook/alicloud/admission.hpp"

namespace replay {

namespace {

base::Result<protocol::Verdict> judge(const protocol::Routed& routed, const World& world) {
  alicloud::Facts facts;
  const auto judgement = alicloud::begin(routed.path, routed.review);
  for (int round = 0; round < kMostRounds; ++round) {
    if (auto verdict = judgement->next(facts)) return *std::move(verdict);
    for (const auto& question : facts.take_wanted()) world.answer(facts, question);
  }
  return base::fail(base::invalid("the judgement never stops asking"));
}

base::Result<protocol::Answer> answer(const Case& one, std::string_view content_type) {
  const auto method = one.method();
  const auto target = one.path();
  protocol::Call call{
      .method = method, .target = target, .content_type = content_type, .body = one.body()};
  auto routed = protocol::route(std::move(call), alicloud::served_paths());
  if (auto* refused = std::get_if<protocol::Refused>(&routed)) return std::move(refused->answer);
  const auto& reached = std::get<protocol::Routed>(routed);
  TRY(const auto verdict, judge(reached, World(one)));
  return protocol::answer(reached.review.sender, verdict);
}

base::Result<> apply_patch(const Case& one, Outcome& outcome) {
  auto* response = outcome.review["response"].as_object();
  const auto* patch = response != nullptr ? response->find("patch") : nullptr;
  if (patch == nullptr) return {};
  const auto text = base::base64_decode(patch->string_or(""));
  TRY(const auto operations, json::parse(text.value_or("")));
  TRY(const auto review, json::parse(one.body()));
  TRY(outcome.patched, json::apply_patch(review.at("request").at("object"), operations));
  response->erase("patch");
  return {};
}

}  // namespace

base::Result<Outcome> run(const Case& one, const std::optional<std::string>& content_type) {
  Outcome outcome;
  TRY(outcome.http, answer(one, content_type.value_or(one.content_type())));
  auto review = json::parse(outcome.http.body);
  if (!review || outcome.http.status != 200) return outcome;
  outcome.review = *std::move(review);
  TRY_VOID(apply_patch(one, outcome));
  return outcome;
}

}  // namespace replay
