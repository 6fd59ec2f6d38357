#include "operator/reconcile/perform.hpp"

#include <algorithm>

#include "operator/reconcile/certificates.hpp"
#include "operator/reconcile/copied.hpp"
#include "operator/reconcile/drift.hpp"
#include "operator/reconcile/federation.hpp"
#include "operator/reconcile/issue.hpp"
#include "operator/reconcile/secrets.hpp"
#include "operator/reconcile/uses.hpp"

namespace reconcile {
namespace {

using desired::Cluster;

template <class... F>
struct Match : F... {
  using F::operator()...;
};

/// The stage in which something new may come to be.
desired::Stage stage_of(const plan::Action& action) {
  using desired::Stage;
  return std::visit(Match{[](const plan::Apply& apply) { return apply.item.stage; },
                          [](const plan::IssueToken&) { return Stage::credential; },
                          [](const credentials::CertificateStep&) { return Stage::credential; },
                          [](const plan::CopyCredential&) { return Stage::credential; },
                          [](const plan::TrustToken&) { return Stage::credential; },
                          [](const plan::MakeServing&) { return Stage::serving; },
                          [](const auto&) { return Stage::replicas; }},
                    action);
}

/// An answer about this one object, as opposed to one about the whole cluster.
bool is_about_the_object(const base::Error& error) {
  using Kind = base::Error::Kind;
  return error.is(Kind::invalid) || error.is(Kind::denied) || error.is(Kind::exists) ||
         error.is(Kind::not_found) || error.is(Kind::conflict);
}

/// What may still be done after failures.
struct Progress {
  bool runtime_is_down = false, target_is_down = false;
  std::optional<desired::Stage> refused;  ///< the first stage in which an object was refused

  void failed(Cluster cluster, desired::Stage stage, const base::Error& error) {
    if (is_about_the_object(error))
      refused = refused ? std::min(*refused, stage) : stage;
    else if (cluster == Cluster::runtime)
      runtime_is_down = true;
    else
      target_is_down = true;
  }

  bool allows(const plan::Action& action, const plan::Snapshot& seen) const {
    if (runtime_is_down) return false;
    if (target_is_down && cluster_of(action) == Cluster::target) return false;
    return !refused || keeps_what_is_there(action, seen);
  }

 private:
  /// Where an object was refused nothing is removed, and nothing new is built on what is missing;
  /// what is there is kept as it should be, and kept from expiring.
  bool keeps_what_is_there(const plan::Action& action, const plan::Snapshot& seen) const {
    return std::visit(
        Match{[&](const plan::Apply& apply) {
                return apply.item.stage < *refused || seen.world.contains(plan::key_of(apply.item));
              },
              [&](const plan::IssueToken&) { return seen.delivered().has_value(); },
              [&](const credentials::CertificateStep&) { return seen.delivered().has_value(); },
              [&](const plan::CopyCredential&) { return seen.delivered().has_value(); },
              [&](const plan::MakeServing&) {
                return *refused > desired::Stage::serving || seen.serving.ca.has_value();
              },
              [](const plan::RetireToken&) { return true; }, [](const auto&) { return false; }},
        action);
  }
};

plan::Remove dropped(const credentials::SigningRequest& request) {
  return {desired::Stage::credential,
          {Cluster::target, {kube::kinds::kCertificateSigningRequest, "", request.name}},
          request.uid};
}

plan::Remove dropped(const plan::Snapshot& seen, const kube::Uid& key_uid) {
  return {desired::Stage::credential,
          {Cluster::runtime,
           {kube::kinds::kSecret, seen.resource.namespace_name(),
            desired::names(seen.inputs()).pending_key}},
          key_uid};
}

Cluster side_of(const credentials::CertificateStep& step) {
  const bool is_about_key = std::holds_alternative<credentials::MakeKey>(step) ||
                            std::holds_alternative<credentials::DropKey>(step);
  return is_about_key ? Cluster::runtime : Cluster::target;
}

}  // namespace

desired::Cluster cluster_of(const plan::Action& action) {
  return std::visit(Match{[](const plan::Apply& apply) { return apply.item.cluster; },
                          [](const plan::Remove& remove) { return remove.key.cluster; },
                          [](const plan::IssueToken&) { return Cluster::target; },
                          [](const plan::RetireToken&) { return Cluster::target; },
                          [](const credentials::CertificateStep& step) { return side_of(step); },
                          [](const plan::TrustToken&) { return Cluster::target; },
                          [](const auto&) { return Cluster::runtime; }},
                    action);
}

ClusterView* Performer::view_of(const Observation& seen, Cluster cluster) const {
  return cluster == Cluster::runtime ? &runtime_ : seen.target ? seen.target->view.get() : nullptr;
}

kube::Task<plan::Outcome> Performer::perform(std::shared_ptr<const Observation> seen,
                                             plan::Plan todo) {
  plan::Outcome outcome;
  Progress progress;
  if (!seen->target) progress.target_is_down = true;
  for (auto& action : todo.actions) {
    if (!progress.allows(action, seen->snapshot)) continue;
    const auto cluster = cluster_of(action);
    const auto stage = stage_of(action);
    const auto doing = plan::describe(action);
    const bool releases = std::holds_alternative<plan::ReleaseFinalizer>(action);
    auto done = co_await one(seen, std::move(action));
    if (!done) {
      progress.failed(cluster, stage, done.error());
      outcome.failures.push_back({doing, cluster, std::move(done).error()});
      continue;
    }
    if (done->changed)
      log_.info(doing, {{"resource", kube::to_string(seen->snapshot.resource.object.ref())}});
    outcome.changed = outcome.changed || done->changed;
    outcome.released = outcome.released || releases;
    for (auto& field : done->contested) outcome.contested.push_back(std::move(field));
  }
  co_return outcome;
}

kube::Task<base::Result<Performer::Done>> Performer::one(Seen seen, plan::Action action) {
  return std::visit(Match{[&](plan::Apply& a) { return apply(seen, std::move(a.item)); },
                          [&](plan::Remove& a) { return remove(seen, a); },
                          [&](plan::IssueToken& a) { return issue(seen, a.issue); },
                          [&](plan::RetireToken& a) { return retire(seen, a.anchor); },
                          [&](credentials::CertificateStep& a) { return certify(seen, a); },
                          [&](plan::CopyCredential& a) { return copy(seen, a.copy); },
                          [&](plan::TrustToken& a) { return trust(seen, std::move(a.access)); },
                          [&](plan::MakeServing& a) { return make_serving(seen, a.with_ca); },
                          [&](plan::HoldSecret& a) { return hold(std::move(a)); },
                          [&](plan::ReleaseFinalizer&) { return release(seen); }},
                    action);
}

kube::Task<base::Result<Performer::Done>> Performer::apply(Seen seen, desired::Item item) {
  auto& view = *view_of(*seen, item.cluster);
  const auto owner = desired::owner(seen->snapshot.inputs());
  const auto policy = seen->snapshot.resource.spec.adoption_policy;
  const bool is_secret = item.object.resource() == kube::kinds::kSecret;
  auto applied = co_await ensure(view, std::move(item), owner, policy);
  CO_TRY(auto result, std::move(applied));
  if (result.changed && is_secret) co_await nudge(seen);
  co_return Done{result.changed, std::move(result.contested)};
}

kube::Task<base::Result<Performer::Done>> Performer::remove(Seen seen, plan::Remove action) {
  auto& view = *view_of(*seen, action.key.cluster);
  kube::Delete request{.ref = action.key.ref, .uid = action.uid};
  auto removed = co_await kube::remove(view.api(), std::move(request));
  CO_TRY_VOID(std::move(removed));
  view.removed(action.key.ref);
  co_return Done{};
}

kube::Task<base::Result<Performer::Done>> Performer::issue(Seen seen, credentials::Issue issue) {
  const auto number = issue.generation;
  seen->target->issues.push_back(seen->target->view->since_boot());
  auto issued = co_await issue_token(*seen->target, seen, std::move(issue));
  CO_TRY(auto token, std::move(issued));
  auto secret =
      credential_secret(seen->snapshot, {.generation = number,
                                         .inputs = plan::credential_inputs(seen->snapshot),
                                         .rotation = plan::asked_rotation(seen->snapshot),
                                         .user = {},
                                         .token = token.reveal()});
  co_return co_await deliver(seen, std::move(secret));
}

kube::Task<base::Result<Performer::Done>> Performer::deliver(Seen seen, kube::Object secret) {
  auto written = co_await write_secret(seen, std::move(secret));
  if (written) co_await nudge(seen);
  co_return written;
}

kube::Task<base::Result<Performer::Done>> Performer::certify(Seen seen,
                                                             credentials::CertificateStep step) {
  namespace cr = credentials;
  base::Result<> done;
  if (const auto* key = std::get_if<cr::MakeKey>(&step)) {
    CO_TRY(auto secret, pending_key_secret(seen->snapshot, key->generation, keys_));
    co_return co_await write_secret(seen, std::move(secret));
  }
  if (const auto* taken = std::get_if<cr::DeliverCertificate>(&step))
    co_return co_await take(seen, taken->request);
  if (const auto* make = std::get_if<cr::MakeRequest>(&step)) {
    seen->target->issues.push_back(seen->target->view->since_boot());
    done = co_await make_request(*seen->target, seen, *make);
  }
  if (const auto* approved = std::get_if<cr::ApproveRequest>(&step))
    done = co_await approve(*seen->target, approved->request);
  CO_TRY_VOID(std::move(done));
  if (const auto* request = std::get_if<cr::DropRequest>(&step))
    co_return co_await remove(seen, dropped(request->request));
  if (const auto* key = std::get_if<cr::DropKey>(&step))
    co_return co_await remove(seen, dropped(seen->snapshot, key->uid));
  co_return Done{};
}

kube::Task<base::Result<Performer::Done>> Performer::take(Seen seen,
                                                          credentials::SigningRequest request) {
  auto taken = co_await take_certificate(runtime_.api(), *seen->target, seen, std::move(request));
  CO_TRY(auto secret, std::move(taken));
  co_return co_await deliver(seen, std::move(secret));
}

kube::Task<base::Result<Performer::Done>> Performer::trust(Seen seen, desired::Item access) {
  auto trusted = co_await verify_trust(runtime_.api(), *seen->asks, seen);
  CO_TRY_VOID(std::move(trusted));
  co_return co_await apply(seen, std::move(access));
}

kube::Task<base::Result<Performer::Done>> Performer::copy(Seen seen, credentials::Copy copy) {
  auto copied = co_await copy_source(runtime_.api(), *seen->asks, seen, copy);
  CO_TRY(auto secret, std::move(copied));
  co_return co_await deliver(seen, std::move(secret));
}

kube::Task<base::Result<Performer::Done>> Performer::retire(Seen seen, credentials::Anchor anchor) {
  auto& view = *seen->target->view;
  const kube::ObjectRef ref{kube::kinds::kSecret, seen->snapshot.resource.target_namespace(),
                            anchor.name};
  kube::Delete request{.ref = ref, .uid = anchor.uid, .resource_version = anchor.version};
  auto removed = co_await kube::remove(view.api(), std::move(request));
  CO_TRY_VOID(std::move(removed));
  view.removed(ref);
  co_return Done{};
}

kube::Task<base::Result<Performer::Done>> Performer::make_serving(Seen seen, bool with_ca) {
  auto old = co_await read_serving_ca(runtime_.api(), seen);
  CO_TRY(auto current, std::move(old));
  CO_TRY(auto made, make_serving_secrets(seen->snapshot, std::move(current), with_ca, keys_));
  if (made.ca) {
    auto written = co_await write_secret(seen, std::move(*made.ca));
    CO_TRY_VOID(std::move(written));
  }
  if (!made.leaf) co_return Done{};
  auto written = co_await write_secret(seen, std::move(*made.leaf));
  if (written) co_await nudge(seen);
  co_return written;
}

/// A kubelet looks at Secrets again when their Pod changes: a tenth of a second instead of a minute
/// (measured: median 57 s without). Best effort: without it the files arrive all the same.
kube::Task<> Performer::nudge(Seen seen) {
  for (const auto& pod : runtime_.objects()) {
    if (!is_pod_of(pod, seen->snapshot) || pod.is_being_deleted()) continue;
    kube::Patch request{.ref = pod.ref(), .field_manager = "portcullis-secrets"};
    request.body["metadata"]["annotations"]["admission.portcullis.dev/delivered"] =
        base::to_rfc3339_micro(seen->snapshot.now);
    auto patched = co_await kube::patch(runtime_.api(), std::move(request));
    if (!patched) log_.debug("a Pod was not nudged", {{"error", patched.error().what}});
  }
}

kube::Task<base::Result<Performer::Done>> Performer::hold(plan::HoldSecret action) {
  auto held = co_await hold_secret(runtime_.api(), std::move(action.secret), action.held);
  CO_TRY(const bool is_done, std::move(held));
  co_return Done{is_done, {}};
}

kube::Task<base::Result<Performer::Done>> Performer::release(Seen seen) {
  const auto& object = seen->snapshot.resource.object;
  json::Array kept;
  for (const auto& finalizer : object.finalizers())
    if (finalizer != desired::kFinalizer) kept.emplace_back(finalizer);
  kube::Patch request{.ref = object.ref(), .field_manager = "portcullis"};
  request.body["metadata"] =
      json::Value::object({{"uid", object.uid().value},
                           {"resourceVersion", object.resource_version().value},
                           {"finalizers", std::move(kept)}});
  auto patched = co_await kube::patch(runtime_.api(), std::move(request));
  if (!patched && !patched.error().is(base::Error::Kind::not_found))
    co_return base::fail(patched.error());
  co_return Done{};
}

/// Contents of a Secret are replaced as a whole: force, because a hand that edited them owns the
/// fields now. Only what the decision was made upon is replaced: a leader that was slow must not
/// put an older generation over a newer one.
kube::Task<base::Result<Performer::Done>> Performer::write_secret(Seen seen, kube::Object secret) {
  const auto ref = secret.ref();
  auto answer = co_await kube::find(runtime_.api(), ref);
  CO_TRY(const auto live, std::move(answer));
  // Never adopted: what is in another's Secret would be lost.
  const auto& snapshot = seen->snapshot;
  const auto whose = live ? foreign_owner(*live, desired::owner(snapshot.inputs()),
                                          snapshot.resource.uid().value, "Never")
                          : std::string();
  if (!whose.empty()) co_return base::fail(foreign_error(ref, whose));
  if (live) {
    const auto read = snapshot.secrets.find(ref);
    if (read == snapshot.secrets.end() || read->second != live->resource_version())
      co_return base::fail(base::Error{.kind = base::Error::Kind::conflict,
                                       .what = kube::to_string(ref) + " changed meanwhile"});
    secret["metadata"]["resourceVersion"] = live->resource_version().value;
  }
  kube::Apply request{
      .object = std::move(secret), .field_manager = "portcullis-secrets", .force = true};
  auto applied = co_await kube::apply(runtime_.api(), std::move(request));
  CO_TRY(auto object, std::move(applied));
  runtime_.wrote(std::move(object));
  co_return Done{};
}

}  // namespace reconcile
