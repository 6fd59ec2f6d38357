#include "conformance/runner.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "json/parse.hpp"
#include "json/patch.hpp"

namespace conformance {
namespace {

using json::Value;
using namespace std::chrono_literals;

/// An event that should come is waited for as long as a busy machine may need, one that should not
/// a moment.
constexpr auto kExpectedEvent = 10'000ms;
constexpr auto kUnexpectedEvent = 5ms;
constexpr std::size_t kAllEvents = 1'000'000;

Outcome refused(const base::Error& error) {
  return {.code = error.code, .reason = error.reason, .message = error.what, .document = {}};
}

/// When the server last looked at its clock for managers, or for the conditions that it dates
/// itself, as far as that can be seen; empty: it does not show it. The other times of an object may
/// be those of the next second.
std::string latest_time(const Value& document) {
  std::string latest;
  for (const auto& condition : document.at("status").at("conditions").items()) {
    if (condition.at("lastUpdateTime").is_null()) continue;
    for (const auto* key : {"lastUpdateTime", "lastTransitionTime"})
      latest = std::max(latest, std::string(condition.at(key).string_or("")));
  }
  for (const auto& entry : document.at("metadata").at("managedFields").items()) {
    latest = std::max(latest, std::string(entry.at("time").string_or("")));
  }
  return latest;
}

/// What a request is about, as the API in memory has it.
Value subject_of(const Step& step, const kube::testing::InMemoryApi& api) {
  const auto ref = ref_of(step);
  const auto object = ref ? api.peek(*ref) : std::nullopt;
  return object ? object->document() : Value();
}

bool is_list(const Value& document) { return document.at("kind").string_or("").ends_with("List"); }

const char* to_string(kube::WatchEvent::Type type) {
  switch (type) {
    case kube::WatchEvent::Type::added:
      return "ADDED";
    case kube::WatchEvent::Type::modified:
      return "MODIFIED";
    case kube::WatchEvent::Type::deleted:
      return "DELETED";
    case kube::WatchEvent::Type::bookmark:
      return "BOOKMARK";
  }
  return "";
}

}  // namespace

kube::Task<> Runner::run(Step step, Generator* generator) {
  const auto before = subject_of(step, fake_);
  const auto [our_answer, their_answer] = co_await ask_both(step);
  auto fake = our_answer, real = their_answer;
  pair_lists(fake, real, !is_shared(resource_of(step)));
  auto sides =
      normalised({.ours = std::move(fake.document), .theirs = std::move(real.document)}, names_);
  fake.document = std::move(sides.ours);
  real.document = std::move(sides.theirs);
  tally_.count(step, real.text(), real.is_error());
  if (fake.code != real.code || fake.reason != real.reason || fake.document != real.document) {
    report(translate_(step), fake, real);
    print_("  in memory before: " + json::to_string(before));
    print_("  in memory answer: " + json::to_string(our_answer.document));
    print_("  server's answer:  " + json::to_string(their_answer.document));
  }
  if (generator && !fake.is_error()) generator->learn(our_answer.document, resource_of(step));
}

/// The server first, so that the other side has from it what no request says. A watch of the server
/// has to know how many events there are to come.
kube::Task<Runner::Answers> Runner::ask_both(Step step) {
  auto translated_step = translate_(step);
  Answers answers;
  if (std::holds_alternative<kube::Watch>(step.call)) {
    answers.fake = co_await ask(&fake_, std::move(step), kAllEvents);
    const auto count = answers.fake.document.items().size();
    answers.real = co_await ask(&real_, std::move(translated_step), count);
    co_return answers;
  }
  answers.real = co_await ask(&real_, std::move(translated_step), 0);
  hand_over(answers.real.document);
  answers.fake = co_await ask(&fake_, std::move(step), kAllEvents);
  co_return answers;
}

void Runner::hand_over(const Value& answer) {
  const auto time = base::parse_rfc3339(latest_time(answer));
  if (time && *time > clock_.now()) clock_.jump(*time - clock_.now());
  std::vector<std::string> finalizers;
  for (const auto& name : answer.at("metadata").at("finalizers").items()) {
    finalizers.emplace_back(name.string_or(""));
  }
  fake_.put_finalizers_in_order(std::move(finalizers));
}

kube::Task<Outcome> Runner::ask(kube::Api* api, Step step, std::size_t most_events) {
  if (auto* watch = std::get_if<kube::Watch>(&step.call)) {
    co_return co_await ask_watch(api, std::move(*watch), most_events);
  }
  auto answer = co_await api->call(std::get<kube::Request>(std::move(step.call)));
  if (!answer) co_return refused(answer.error());
  Outcome outcome;
  outcome.document = *std::move(answer);
  co_return outcome;
}

kube::Task<Outcome> Runner::ask_watch(kube::Api* api, kube::Watch watch, std::size_t most_events) {
  auto stream = co_await api->watch(std::move(watch));
  if (!stream) co_return refused(stream.error());
  json::Array events;
  while (true) {
    const bool expected = most_events != kAllEvents && events.size() < most_events;
    const auto deadline = kube::Deadline::in(expected ? kExpectedEvent : kUnexpectedEvent);
    auto event = co_await (*stream)->next(deadline);
    if (!event && event.error().code != 0) co_return refused(event.error());
    if (!event || !*event) break;
    if ((*event)->type == kube::WatchEvent::Type::bookmark) continue;
    events.push_back(Value::object(
        {{"type", to_string((*event)->type)}, {"object", (*event)->object.document()}}));
  }
  Outcome outcome;
  outcome.document = std::move(events);
  co_return outcome;
}

void Runner::pair_lists(Outcome& fake, Outcome& real, bool has_only_ours) {
  if (!is_list(fake.document) || !is_list(real.document)) return;
  // Go writes an empty list as null.
  if (real.document.at("items").is_null()) real.document["items"] = json::Array();
  const auto take = [](Value& metadata, std::string_view key) {
    const std::string text(metadata.at(key).string_or(""));
    metadata.as_object()->erase(key);
    return text;
  };
  auto& ours = fake.document["metadata"];
  auto& theirs = real.document["metadata"];
  const auto our_version = take(ours, "resourceVersion");
  translate_.pair_version(our_version, take(theirs, "resourceVersion"));
  const auto our_token = take(ours, "continue"), their_token = take(theirs, "continue");
  if (!our_token.empty()) translate_.pair_token(our_token, their_token);
  // The server may have more objects behind ours.
  const bool comparable = has_only_ours || !our_token.empty();
  ours["continue"] = comparable && !our_token.empty();
  theirs["continue"] = comparable && !their_token.empty();
}

void Runner::report(const Step& step, const Outcome& fake, const Outcome& real) {
  print_("MISMATCH at request " + std::to_string(tally_.requests()) + ": " + describe(step));
  print_("  server:    " + real.text() + (real.message.empty() ? "" : ": " + real.message));
  print_("  in memory: " + fake.text() + (fake.message.empty() ? "" : ": " + fake.message));
  if (real.is_error() || fake.is_error()) return;
  print_("  diff from server to memory:");
  for (const auto& operation : json::diff(real.document, fake.document).items()) {
    const auto path = operation.at("path").string_or("");
    const auto* was = json::resolve(real.document, path);
    print_("    " + json::to_string(operation) + (was ? " was " + json::to_string(*was) : ""));
  }
}

}  // namespace conformance
