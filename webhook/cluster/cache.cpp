#include "webhook/cluster/cache.hpp"

#include "webhook/cluster/kinds.hpp"
#include "webhook/cluster/live.hpp"

namespace cluster {

using alicloud::ReadKind;
using kube::watch::ReflectorHealth;

namespace {

/// Rights that were granted a moment ago may not be known everywhere yet.
constexpr int kMeantRefusals = 3;
/// An API server says it of a group that it does not serve, and in plain text.
constexpr int kNotServed = 404;

std::optional<base::Error> refusal_of(ReadKind kind, const ReflectorHealth& health) {
  if (health.synced || !health.last_error) return std::nullopt;
  const auto& error = *health.last_error;
  if (error.code == kNotServed) {
    return base::invalid("no matches for kind \"" + std::string(to_string(kind)) +
                         "\" in version \"" + resource_of(kind).api_version() + "\"");
  }
  const bool is_meant = health.failures >= kMeantRefusals;
  return error.is(base::Error::Kind::denied) && is_meant ? std::optional(error) : std::nullopt;
}

}  // namespace

Cache::Cache(kube::Api& api, const base::Log& log, base::Random& random, base::Backoff backoff)
    : log_(log.named("cache")), random_(random) {
  for (const auto kind : kCachedKinds) watch(kind, api, backoff);
}

void Cache::watch(ReadKind kind, kube::Api& api, const base::Backoff& backoff) {
  copies_[kind];
  kube::watch::ReflectorOptions options{.resource = resource_of(kind), .backoff = backoff};
  options.trim = [](json::Value document) {
    if (auto* metadata = document["metadata"].as_object()) metadata->erase("managedFields");
    return document;
  };
  auto reflector = std::make_unique<kube::watch::Reflector>(api, std::move(options), log_, random_);
  reflector->store().on_change([this, kind](const kube::Object* before, const kube::Object* after) {
    keep(kind, before, after);
  });
  reflector->on_health([this, kind](const ReflectorHealth& health) { note(kind, health); });
  reflectors_.push_back(std::move(reflector));
}

void Cache::start(net_io::TaskGroup& tasks) {
  for (const auto& reflector : reflectors_) tasks.spawn(reflector->run());
}

void Cache::keep(ReadKind kind, const kube::Object* before, const kube::Object* after) {
  const auto& object = after != nullptr ? *after : *before;
  Name name{object.namespace_name(), object.name()};
  Answer answer;
  if (after != nullptr) {
    auto parsed = to_answer(after->document());
    if (parsed) {
      answer = *std::move(parsed);
    } else {
      log_.error("passing over an object",
                 {{"object", to_string(after->ref())}, {"error", parsed.error().what}});
    }
  }
  const std::lock_guard held(mutex_);
  auto& objects = copies_.at(kind).objects;
  if (answer) {
    objects.insert_or_assign(std::move(name), std::move(answer));
  } else {
    objects.erase(name);
  }
}

void Cache::note(ReadKind kind, const ReflectorHealth& health) {
  auto refusal = refusal_of(kind, health);
  const std::lock_guard held(mutex_);
  auto& copy = copies_.at(kind);
  copy.is_listed = health.synced;
  // One that was refused stays so until it is listed: a cluster that is away for a moment has not
  // got the kind meanwhile.
  if (refusal || health.synced) copy.refusal = std::move(refusal);
}

std::string Cache::why_not_ready() const {
  const std::lock_guard held(mutex_);
  std::string missing;
  for (const auto& [kind, copy] : copies_) {
    if (copy.is_listed || copy.refusal) continue;
    missing.append(missing.empty() ? "not listed yet: " : ", ").append(resource_of(kind).name());
  }
  return missing;
}

std::optional<base::Result<Cache::Answer>> Cache::find(
    const alicloud::ObjectQuestion& question) const {
  const std::lock_guard held(mutex_);
  const auto copy = copies_.find(question.kind);
  if (copy == copies_.end()) return base::fail(alicloud::not_found(question));
  if (copy->second.refusal) return base::fail(*copy->second.refusal);
  if (!copy->second.is_listed) return std::nullopt;
  const bool is_namespaced = question.kind != ReadKind::cloud_profile;
  const Name name{is_namespaced ? question.namespace_name : std::string(), question.name};
  const auto found = copy->second.objects.find(name);
  if (found == copy->second.objects.end()) return base::fail(alicloud::not_found(question));
  return found->second;
}

}  // namespace cluster
