#include "operator/reconcile/reconciler.hpp"

#include "json/parse.hpp"
#include "operator/desired/lock_out.hpp"
#include "operator/reconcile/uses.hpp"

namespace reconcile {
namespace {

using kube::Done;
namespace kinds = kube::kinds;

std::optional<kube::Object> find(const kube::watch::Store& resources, const std::string& key) {
  const auto slash = key.find('/');
  const auto* object = resources.find(
      {kube::kinds::kAdmissionDeployment, key.substr(0, slash), key.substr(slash + 1)});
  return object ? std::optional(*object) : std::nullopt;
}

std::string key_of(const kube::Object& object) {
  return object.namespace_name() + "/" + object.name();
}

bool has_finalizer(const kube::Object& object) {
  for (const auto& finalizer : object.finalizers())
    if (finalizer == desired::kFinalizer) return true;
  return false;
}

/// Those that ask for something by our name, and that nothing here listens to.
std::vector<std::string> unknown_annotations(const kube::Object& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.at("metadata").at("annotations").members())
    if (name.starts_with("admission.portcullis.dev/") && name != desired::kRotateAnnotation)
      names.push_back(name);
  return names;
}

/// Why a resource is not worked on: the reason and what is wrong with which field.
struct Refusal {
  std::string reason;
  std::vector<base::Problem> problems;
};

Refusal why_refused(const api::AdmissionDeployment& resource) {
  if (!resource.problems.empty()) return {"NotSupported", resource.problems};
  if (auto problems = api::unsupported(resource); !problems.empty())
    return {"NotSupported", std::move(problems)};
  return {"MayLockOut", desired::lock_outs(resource)};
}

/// When to look again: soon after a change (its effects are to be seen), later while something is
/// wrong, else when the plan says.
std::chrono::milliseconds next_look(const plan::Plan& plan, const plan::Snapshot& seen,
                                    const plan::Outcome& outcome) {
  using namespace std::chrono_literals;
  if (outcome.changed) return 200ms;
  auto time = std::chrono::duration_cast<std::chrono::milliseconds>(plan.look_again - seen.now);
  if (seen.target_error) time = std::min<std::chrono::milliseconds>(time, 10s);
  // The wall clock may jump: no schedule is trusted for longer than a minute when it is about
  // lifetimes.
  return std::clamp<std::chrono::milliseconds>(time, 200ms, 60s);
}

}  // namespace

std::set<Watched> runtime_caches(const std::string& namespace_name) {
  std::set<Watched> all;
  for (const auto* kind : {&kinds::kSecret, &kinds::kServiceAccount, &kinds::kRole,
                           &kinds::kRoleBinding, &kinds::kPodDisruptionBudget, &kinds::kPod})
    all.insert({.kind = *kind, .namespace_name = namespace_name});
  for (const auto* kind : {&kinds::kService, &kinds::kReplicaSet, &kinds::kControllerRevision})
    all.insert({.kind = *kind, .namespace_name = namespace_name, .metadata_only = false});
  return all;
}

Reconciler::Reconciler(Parts parts)
    : parts_(std::move(parts)),
      performer_(parts_.runtime, parts_.keys, parts_.log.named("perform")) {}

std::vector<base::Problem> Reconciler::not_granted(const kube::Object& object) const {
  const auto& space = object.namespace_name();
  const base::FieldPath where("metadata.namespace");
  if (!parts_.namespaces.empty() && !parts_.namespaces.contains(space))
    return {{where,
             "the operator was not granted this namespace; add it to its --namespace flags and "
             "roles"}};
  const auto trouble = parts_.runtime.trouble(runtime_caches(space));
  if (trouble && trouble->is(base::Error::Kind::denied))
    return {{where, "the operator has no RoleBinding in this namespace: " + trouble->what}};
  return {};
}

kube::Task<base::Result<Done>> Reconciler::reconcile(std::string key) {
  const auto object = find(parts_.resources, key);
  if (!object) {
    CO_TRY_VOID(co_await forget(std::move(key)));
    co_return Done{};
  }
  auto resource = api::read(*object);
  resource.object["status"] = status_of(*object);
  const bool deleting = object->is_being_deleted();
  if (deleting && !has_finalizer(*object)) co_return Done{};  // never ours, or already released
  if (const auto missing = not_granted(*object); !missing.empty()) {
    auto status =
        plan::refused_status(resource, parts_.clock.now(), missing, "NamespaceNotGranted");
    CO_TRY_VOID(co_await write_status(*object, std::move(status)));
    co_return Done{};
  }
  // What cannot be read says nothing of what it stands for: it is not even deleted.
  const auto refusal = why_refused(resource);
  if (!resource.problems.empty() || (!refusal.problems.empty() && !deleting)) {
    auto status =
        plan::refused_status(resource, parts_.clock.now(), refusal.problems, refusal.reason);
    CO_TRY_VOID(co_await write_status(*object, std::move(status)));
    co_return Done{};
  }
  if (!deleting && !has_finalizer(*object)) {
    CO_TRY_VOID(co_await add_finalizer(*object));
    co_return Done{std::chrono::milliseconds(100)};  // go on with the object as it is then
  }
  co_await warn_of_annotations(*object);
  co_return co_await work(std::move(resource));
}

kube::Task<base::Result<Done>> Reconciler::work(api::AdmissionDeployment resource) {
  const auto object = resource.object;
  if (parts_.namespaces.contains(object.namespace_name()))
    if (auto trouble = parts_.runtime.trouble(runtime_caches(object.namespace_name())))
      co_return base::fail(base::explain("runtime cluster", std::move(*trouble)));
  auto observed = co_await observe(parts_.runtime, parts_.targets, std::move(resource),
                                   parts_.cluster_uid, parts_.clock.now());
  CO_TRY(auto observation, std::move(observed));
  observation.snapshot.min_issue_interval = parts_.min_issue_interval;
  observation.snapshot.operator_namespace = parts_.operator_namespace;
  if (parts_.runtime_skew) observation.snapshot.runtime_skew = parts_.runtime_skew();
  const auto seen = std::make_shared<Observation>(std::move(observation));
  CO_TRY_VOID(co_await look_at_uses(seen));
  auto todo = plan::make(seen->snapshot);
  auto outcome = co_await performer_.perform(seen, todo);
  if (outcome.released) co_return Done{};
  const auto status = plan::status(seen->snapshot, todo, outcome);
  CO_TRY_VOID(co_await write_status(object, status));
  for (const auto& failure : outcome.failures)
    parts_.log.warn(failure.doing, {{"resource", key_of(object)}, {"error", failure.error.what}});
  if (!outcome.failures.empty() && !outcome.changed) {
    auto error = outcome.failures.front().error;
    // A person has to act: look again now and then, do not hammer.
    if (!base::is_retryable(error)) co_return Done{std::chrono::seconds(30)};
    co_return base::fail(base::explain(outcome.failures.front().doing, std::move(error)));
  }
  co_return Done{next_look(todo, seen->snapshot, outcome)};
}

kube::Task<base::Result<>> Reconciler::look_at_uses(std::shared_ptr<Observation> seen) {
  auto& snapshot = seen->snapshot;
  const auto& object = snapshot.resource.object;
  snapshot.named = named_secrets(parts_.runtime, snapshot.resource);
  const bool leaves = object.is_being_deleted();
  if (!leaves && uses_seen_[key_of(object)] == object.generation()) co_return base::Result<>{};
  auto answer =
      co_await unused_secrets(parts_.runtime.api(), parts_.resources, object.namespace_name(),
                              leaves ? object.name() : std::string());
  CO_TRY(snapshot.unused, std::move(answer));
  if (snapshot.unused.empty()) uses_seen_[key_of(object)] = object.generation();
  co_return base::Result<>{};
}

/// Two that leave at once each count the other's Secrets as used: who is gone looks again.
kube::Task<base::Result<>> Reconciler::forget(std::string key) {
  status_written_.erase(key);
  warned_of_.erase(key);
  auto space = key.substr(0, key.find('/'));
  co_await parts_.targets.release(key);
  if (!uses_seen_.contains(key)) co_return base::Result<>{};
  auto& api = parts_.runtime.api();
  auto answer = co_await unused_secrets(api, parts_.resources, std::move(space), {});
  CO_TRY(auto unused, std::move(answer));
  for (auto& secret : unused) {
    auto freed = co_await hold_secret(api, std::move(secret), false);
    CO_TRY_VOID(std::move(freed));
  }
  uses_seen_.erase(key);
  co_return base::Result<>{};
}

kube::Task<base::Result<>> Reconciler::add_finalizer(kube::Object object) {
  json::Array finalizers;
  for (const auto& finalizer : object.finalizers()) finalizers.emplace_back(finalizer);
  finalizers.emplace_back(desired::kFinalizer);
  kube::Patch request{.ref = object.ref(), .field_manager = "portcullis"};
  request.body["metadata"] =
      json::Value::object({{"uid", object.uid().value},
                           {"resourceVersion", object.resource_version().value},
                           {"finalizers", std::move(finalizers)}});
  auto patched = co_await kube::patch(parts_.runtime.api(), std::move(request));
  CO_TRY_VOID(std::move(patched));
  co_return base::Result<>{};
}

kube::Task<base::Result<>> Reconciler::write_status(kube::Object object, json::Value status) {
  const auto key = key_of(object);
  const auto before = status_of(object);
  if (json::to_canonical_string(before) == json::to_canonical_string(status))
    co_return base::Result<>{};
  kube::Apply request{.field_manager = "portcullis-status", .force = true, .subresource = "status"};
  request.object = kube::Object::make(object.resource(), object.namespace_name(), object.name());
  request.object["metadata"]["uid"] = object.uid().value;
  request.object["status"] = status;
  auto applied = co_await kube::apply(parts_.runtime.api(), std::move(request));
  if (!applied && applied.error().is(base::Error::Kind::not_found)) co_return base::Result<>{};
  CO_TRY(const auto answer, std::move(applied));
  status_written_.insert_or_assign(key, Status{answer.resource_version(), status});
  co_await tell(std::move(object), before, std::move(status));
  co_return base::Result<>{};
}

json::Value Reconciler::status_of(const kube::Object& object) const {
  const auto written = status_written_.find(key_of(object));
  if (written == status_written_.end()) return object.at("status");
  const auto order =
      kube::compare_versions(object.resource_version().value, written->second.version.value);
  const bool is_behind = order && *order == std::strong_ordering::less;
  return is_behind ? written->second.content : object.at("status");
}

kube::Task<> Reconciler::tell(kube::Object object, json::Value before, json::Value status) {
  const auto changes = plan::transitions(before, status);
  for (const auto& change : changes) {
    const bool abnormal = change.type == "Stalled" || change.type == "FieldContested" ||
                          change.type == "AccessEnding" || change.type == "ClockSkewed";
    if (change.type == "Reconciling") continue;  // Ready says the same
    const bool bad = abnormal ? change.status == "True" : change.status == "False";
    const auto type = bad ? kube::EventRecorder::Type::warning : kube::EventRecorder::Type::normal;
    co_await parts_.events.record(object, type, change.reason, change.type,
                                  change.type + ": " + change.message);
  }
  if (before.at("observedGeneration") == status.at("observedGeneration")) co_return;
  const auto warnings = desired::doubtful(api::read(object));
  for (const auto& warning : warnings)
    co_await parts_.events.record(object, kube::EventRecorder::Type::warning, "DoubtfulWebhook",
                                  "Apply", warning);
}

/// They make no new generation: whoever asks in vain is to hear it all the same, once.
kube::Task<> Reconciler::warn_of_annotations(kube::Object object) {
  auto unknown = unknown_annotations(object);
  if (std::exchange(warned_of_[key_of(object)], unknown) == unknown) co_return;
  for (const auto& name : unknown)
    co_await parts_.events.record(object, kube::EventRecorder::Type::warning, "UnknownAnnotation",
                                  "Annotations", name + " has no effect in this version");
}

}  // namespace reconcile
