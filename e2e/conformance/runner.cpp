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

/// When the server wrote what it shows, as far as that can be seen; empty: it does not show it.
std::string latest_time(const Value& document) {
  const auto& metadata = document.at("metadata");
  std::string latest(metadata.at("creationTimestamp").string_or(""));
  latest = std::max(latest, std::string(metadata.at("deletionTimestamp").string_or("")));
  for (const auto& entry : metadata.at("managedFields").items()) {
    latest = std::max(latest, std::string(entry.at("time").string_or("")));
  }
  return latest;
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
  auto [fake, real] = co_await ask_both(step);
  const auto learnt = fake.document;
  pair_lists(fake, real, !is_shared(resource_of(step)));
  auto sides =
      normalised({.ours = std::move(fake.document), .theirs = std::move(real.document)}, names_);
  fake.document = std::move(sides.ours);
  real.document = std::move(sides.theirs);
  tally_.count(step, real.text(), real.is_error());
  if (fake.code != real.code || fake.reason != real.reason || fake.document != real.document) {
    report(translate_(step), fake, real);
  }
  if (generator && !fake.is_error()) generator->learn(learnt, resource_of(step));
}

/// The server first, so that both have the same time: the order of managers depends on seconds. A
/// watch of the server has to know how many events there are to come.
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
  const auto time = base::parse_rfc3339(latest_time(answers.real.document));
  if (time && *time > clock_.now()) clock_.jump(*time - clock_.now());
  answers.fake = co_await ask(&fake_, std::move(step), kAllEvents);
  co_return answers;
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
